using System;

namespace Epollsrv.Native;

/// <summary>The kernel, or a limit somebody set, refuses what the program cannot
/// do without. The message is for people: what, why, and what to do.</summary>
internal sealed class SystemRefusedException : Exception
{
    /// <summary>What was refused, with what to do about it.</summary>
    public SystemRefusedException(string message)
        : base(message)
    {
    }

    /// <summary>The result of a call, when it is none of −errno.</summary>
    /// <param name="result">What the wrapper returned.</param>
    /// <param name="what">What it was for: "a descriptor for signals (signalfd)".</param>
    /// <exception cref="SystemRefusedException">It was refused.</exception>
    public static int Check(int result, string what) => result >= 0 ? result : throw new SystemRefusedException(
        what + " cannot be had: " + Errno.Describe(result) + (result is -Errno.TooManyFiles
            ? "; raise the limit of open files (ulimit -n, LimitNOFILE=)"
            : result is -Errno.NotPermitted or -Errno.NotImplemented or -Errno.AccessDenied
                ? "; a system call filter (seccomp, a container's profile) must allow it" : string.Empty));
}

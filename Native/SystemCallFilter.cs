using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>The list of system calls that the kernel allows this process (seccomp): Native/Sandbox/calls.h.</summary>
internal static partial class SystemCallFilter
{
    /// <summary>Installs it in every thread, for good: a call that it does not have ends the process.</summary>
    /// <returns>0 or −errno.</returns>
    public static int Install() => Call(epollsrv_filter);

    /// <summary>Whether <see cref="Install"/> could work: 0 or −errno. Changes nothing.</summary>
    public static int Probe() => Call(epollsrv_filter_probe);

    private static int Call(Func<int> function)
    {
        try
        {
            return function();
        }
        catch (EntryPointNotFoundException)
        {
            // Not the native program but its assembly, run by the runtime: in the tests.
            return -Errno.NotImplemented;
        }
    }

    [LibraryImport("libc")]
    private static partial int epollsrv_filter();

    [LibraryImport("libc")]
    private static partial int epollsrv_filter_probe();
}

using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>Waiting on a 32-bit word in native memory (futex(2), private). Any thread.</summary>
internal static unsafe partial class Futex
{
    private const int WaitPrivate = 0 | 128;
    private const int WakePrivate = 1 | 128;

    // The futex system call's number differs by architecture; the C library has no wrapper for it.
    private static readonly nint _number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 98 : 202;

    /// <summary>Sleeps while <paramref name="word"/> holds <paramref name="expected"/>; may return early, so callers look again.</summary>
    /// <param name="word">4-byte aligned native memory.</param>
    /// <param name="expected">The value that lets the thread sleep.</param>
    /// <param name="milliseconds">The longest sleep, or −1 for no limit.</param>
    public static void Wait(int* word, int expected, int milliseconds = -1)
    {
        TimeSpec time;
        time.Seconds = milliseconds / 1000;
        time.Nanoseconds = milliseconds % 1000 * 1_000_000L;
        _ = Call(_number, word, WaitPrivate, expected, milliseconds < 0 ? null : &time, null, 0);
    }

    /// <summary>Wakes at most <paramref name="count"/> threads that sleep on <paramref name="word"/>.</summary>
    /// <returns>How many were woken.</returns>
    public static int Wake(int* word, int count) => (int)Call(_number, word, WakePrivate, count, null, null, 0);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, int* word, nint operation, nint value, TimeSpec* timeout, int* second, nint third);
}

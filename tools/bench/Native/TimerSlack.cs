using System.Runtime.InteropServices;

namespace Epollsrv.Bench;

/// <summary>How late the kernel may let the calling thread's waits end.</summary>
internal static partial class TimerSlack
{
    private const int SetTimerSlack = 29;

    /// <summary>As little as possible instead of 50 µs (prctl(2), PR_SET_TIMERSLACK).</summary>
    public static void Minimize() => _ = prctl(SetTimerSlack, 1, 0, 0, 0);

    [LibraryImport("libc")]
    private static partial int prctl(int option, nuint first, nuint second, nuint third, nuint fourth);
}

using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>The kernel's clocks. Any thread.</summary>
internal static unsafe partial class Clock
{
    private const int Realtime = 0;
    private const int MonotonicId = 1;
    private const int ProcessCpu = 2;
    private const int ThreadCpu = 3;

    // CPUCLOCK_PERTHREAD | CPUCLOCK_SCHED: how the kernel makes a clock's number of a thread's (include/linux/posix-timers.h).
    private const int ThreadClock = 6;

    /// <summary>Nanoseconds since an arbitrary start; never goes back.</summary>
    public static long Monotonic() => Read(MonotonicId);

    /// <summary>Nanoseconds since 1970-01-01 UTC; may jump when the clock is set.</summary>
    public static long Wall() => Read(Realtime);

    /// <summary>CPU time of the calling thread, nanoseconds.</summary>
    public static long ThreadCpuTime() => Read(ThreadCpu);

    /// <summary>CPU time of all threads of the process, nanoseconds.</summary>
    public static long ProcessCpuTime() => Read(ProcessCpu);

    /// <summary>Sleeps. The kernel may add 50 µs; a signal may end it early.</summary>
    /// <param name="nanoseconds">At least 0.</param>
    public static void Sleep(long nanoseconds)
    {
        TimeSpec time;
        time.Seconds = nanoseconds / 1_000_000_000;
        time.Nanoseconds = nanoseconds % 1_000_000_000;
        _ = nanosleep(&time, null);
    }

    /// <summary>The calling thread's number, for <see cref="CpuTimeOf"/>.</summary>
    public static int ThreadNumber() => gettid();

    /// <summary>CPU time of a thread of this process by its number, nanoseconds.</summary>
    public static long CpuTimeOf(int thread) => Read((~thread << 3) | ThreadClock);

    private static long Read(int clock)
    {
        TimeSpec time;
        _ = ClockGetTime(clock, &time);
        return (time.Seconds * 1_000_000_000L) + time.Nanoseconds;
    }

    [LibraryImport("libc")]
    private static partial int gettid();

    [LibraryImport("libc")]
    private static partial int nanosleep(TimeSpec* time, TimeSpec* left);

    // vDSO, about 20 ns, takes no lock and never blocks: the GC transition would double its cost.
    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    private static partial int ClockGetTime(int clock, TimeSpec* time);
}

using System;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>What this process may use: descriptors, processors, memory.</summary>
internal static unsafe partial class ProcessLimits
{
    private const int OpenFiles = 7;

    /// <summary>Raises the soft limit of descriptors to the hard one and returns it.</summary>
    public static long RaiseOpenFiles()
    {
        ulong* limits = stackalloc ulong[2];
        if (getrlimit(OpenFiles, limits) != 0)
        {
            return 1024;
        }

        ulong soft = limits[0];
        if (soft < limits[1])
        {
            limits[0] = limits[1];
            if (setrlimit(OpenFiles, limits) != 0)
            {
                limits[0] = soft;
            }
        }

        return (long)Math.Min(limits[0], int.MaxValue);
    }

    /// <summary>Processors this process may use: its affinity mask, cut by the cgroup's CPU quota (rounded up); at least 1.</summary>
    public static int Processors()
    {
        ulong* mask = stackalloc ulong[128];
        int bytes = sched_getaffinity(0, 1024, mask);
        int count = 0;
        if (bytes < 0)
        {
            count = Environment.ProcessorCount;
        }
        else
        {
            for (int i = 0; i < 128; i++)
            {
                count += BitOperations.PopCount(mask[i]);
            }
        }

        return Math.Max(1, Math.Min(count, CgroupProcessors()));
    }

    /// <summary>The cgroup's memory limit in bytes, or 0 when there is none.</summary>
    public static long CgroupMemory()
    {
        string? text = Files.ReadText("/sys/fs/cgroup/memory.max", 4096, out _)
            ?? Files.ReadText("/sys/fs/cgroup/memory/memory.limit_in_bytes", 4096, out _);
        // cgroup v1 writes "no limit" as a number near 2^63.
        return text is not null && long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long limit) && limit < 1L << 60 ? limit : 0;
    }

    /// <summary>Gives the processor away for a moment.</summary>
    public static void Yield() => _ = sched_yield();

    private static int CgroupProcessors()
    {
        // cgroup v2: "max 100000" or "QUOTA PERIOD", microseconds.
        string? text = Files.ReadText("/sys/fs/cgroup/cpu.max", 4096, out _);
        if (text is null)
        {
            return int.MaxValue;
        }

        ReadOnlySpan<char> line = text.AsSpan().Trim();
        int space = line.IndexOf(' ');
        bool limited = space > 0
            & long.TryParse(space > 0 ? line[..space] : line, NumberStyles.None, CultureInfo.InvariantCulture, out long quota)
            & long.TryParse(line[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long period);
        return limited && period > 0 ? (int)Math.Clamp((quota + period - 1) / period, 1, int.MaxValue) : int.MaxValue;
    }

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, ulong* limits);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, ulong* limits);

    // The system call returns how many bytes it wrote; the C library's wrapper clears the rest and returns 0.
    [LibraryImport("libc")]
    private static partial int sched_getaffinity(int process, nuint size, ulong* mask);

    [LibraryImport("libc")]
    private static partial int sched_yield();
}

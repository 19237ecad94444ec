using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>What this process may use: descriptors and processors.</summary>
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

    /// <summary>The soft limit of descriptors; 0: it is not known.</summary>
    public static long MostOpenFiles()
    {
        ulong* limits = stackalloc ulong[2];
        return getrlimit(OpenFiles, limits) == 0 ? (long)Math.Min(limits[0], long.MaxValue) : 0;
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

        return Math.Max(1, Math.Min(count, Cgroup.Own().Processors()));
    }

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, ulong* limits);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, ulong* limits);

    // The system call returns how many bytes it wrote; the C library's wrapper clears the rest and returns 0.
    [LibraryImport("libc")]
    private static partial int sched_getaffinity(int process, nuint size, ulong* mask);
}

using System.Numerics;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Where a duration is counted: four buckets for each doubling from 64 ns to 34 s, so that a percentile is at most 25 % too high. (Redis
/// uses HdrHistogram with two digits, 40 KB a command; this is 1 KB.)
/// </summary>
internal static class LatencyBuckets
{
    /// <summary>Buckets of a histogram.</summary>
    public const int Count = ((LargestLog - SmallestLog) * PerDoubling) + 1;

    /// <summary>Buckets for each doubling.</summary>
    public const int PerDoubling = 4;

    private const int SmallestLog = 6;
    private const int LargestLog = 35;

    /// <summary>The bucket of a duration: it holds everything above the one before it, up to <see cref="HighestOf"/>.</summary>
    public static int BucketOf(long nanoseconds)
    {
        if (nanoseconds <= 1L << SmallestLog)
        {
            return 0;
        }

        ulong value = (ulong)nanoseconds - 1;
        int log = BitOperations.Log2(value);
        return log >= LargestLog ? Count - 1 : ((log - SmallestLog) * PerDoubling) + (int)((value >> (log - 2)) & 3) + 1;
    }

    /// <summary>The longest duration of a bucket, nanoseconds.</summary>
    public static long HighestOf(int bucket)
    {
        if (bucket == 0)
        {
            return 1L << SmallestLog;
        }

        int log = SmallestLog + ((bucket - 1) / PerDoubling);
        return (1L << log) + ((((bucket - 1) % PerDoubling) + 1L) << (log - 2));
    }
}

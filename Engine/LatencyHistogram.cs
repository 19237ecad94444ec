using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Epollsrv.Engine;

/// <summary>
/// How long requests took on one thread, in buckets of powers of two. Written by that thread, read by others in passing. A job's time is
/// shared out evenly among the requests it answered: no clock is read between them.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal unsafe struct LatencyHistogram
{
    /// <summary>Buckets; the last one takes everything longer.</summary>
    public const int Buckets = 24;

    private const int FirstLog = 10;
    private fixed long _counts[Buckets];

    /// <summary>Nanoseconds of all requests together.</summary>
    public long Sum;

    /// <summary>Longest time of a bucket, nanoseconds: 1.024 µs, doubling, to 4.3 s. The last bucket has no limit.</summary>
    public static long LimitOf(int bucket) => 1L << (FirstLog + bucket);

    /// <summary>Requests in a bucket.</summary>
    public long this[int bucket] => _counts[bucket];

    /// <summary>The time that a share of the requests stayed below, nanoseconds; 0 without requests.</summary>
    /// <param name="counts">Requests by bucket.</param>
    /// <param name="share">From 0 to 1.</param>
    public static long Quantile(ReadOnlySpan<long> counts, double share)
    {
        long all = 0;
        foreach (long count in counts)
        {
            all += count;
        }

        double wanted = all * share;
        long seen = 0;
        for (int bucket = 0; bucket < counts.Length; bucket++)
        {
            if (counts[bucket] > 0 && seen + counts[bucket] >= wanted)
            {
                // Within a bucket the requests are taken to be spread evenly.
                long low = bucket == 0 ? 0 : LimitOf(bucket - 1);
                return low + (long)((LimitOf(bucket) - low) * (wanted - seen) / counts[bucket]);
            }

            seen += counts[bucket];
        }

        return 0;
    }

    /// <summary>Counts a job.</summary>
    /// <param name="requests">Requests it answered, at least 1.</param>
    /// <param name="nanoseconds">What it took.</param>
    public void Add(long requests, long nanoseconds)
    {
        ulong each = (ulong)(nanoseconds / requests);
        int bucket = 64 - BitOperations.LeadingZeroCount(each >> FirstLog);
        _counts[bucket < Buckets ? bucket : Buckets - 1] += requests;
        Sum += nanoseconds;
    }
}

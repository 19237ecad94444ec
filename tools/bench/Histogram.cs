using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollsrv.Bench;

/// <summary>
/// Counts of times in buckets whose width grows with the time (the idea of HdrHistogram): 64 buckets for every doubling, and a value
/// given back is a bucket's middle, so it is at most 1/128 = 0.8 % off. From 1 ns to 73 minutes; longer counts as that.
/// One thread adds; others may read at the same time and see every count, a moment late.
/// </summary>
internal sealed unsafe class Histogram : IDisposable
{
    private const int SubBits = 6;
    private const int SubBuckets = 1 << SubBits;
    private const int HighestShift = 35;
    private const int BucketCount = (HighestShift + 2) * SubBuckets;
    private const long Highest = (1L << (HighestShift + SubBits + 1)) - 1;

    private readonly long* _counts = (long*)NativeMemory.AllocZeroed(BucketCount, sizeof(long));

    /// <summary>Counts a time.</summary>
    /// <param name="nanoseconds">0 or more; a negative one counts as 0.</param>
    /// <param name="times">How often.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(long nanoseconds, long times) => _counts[Index(nanoseconds)] += times;

    /// <summary>How many were counted.</summary>
    public long Count()
    {
        long sum = 0;
        for (int i = 0; i < BucketCount; i++)
        {
            sum += _counts[i];
        }

        return sum;
    }

    /// <summary>Adds (or with a negative factor takes away) another's counts.</summary>
    public void Merge(Histogram other, int factor = 1)
    {
        for (int i = 0; i < BucketCount; i++)
        {
            _counts[i] += factor * other._counts[i];
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => new Span<long>(_counts, BucketCount).Clear();

    /// <summary>The time that <paramref name="millionths"/> of all do not exceed, nanoseconds; 0 when nothing was counted.</summary>
    /// <param name="millionths">500,000 for the median; 1,000,000 for the maximum.</param>
    public long Percentile(int millionths)
    {
        long total = Count();
        long wanted = Math.Max(1, (long)Math.Ceiling(total * (millionths / 1e6)));
        long seen = 0;
        for (int i = 0; i < BucketCount; i++)
        {
            seen += Math.Max(0, _counts[i]);
            if (seen >= wanted)
            {
                return Middle(i);
            }
        }

        return 0;
    }

    /// <summary>The mean in nanoseconds; 0 when nothing was counted.</summary>
    public double Mean()
    {
        double sum = 0;
        long count = 0;
        for (int i = 0; i < BucketCount; i++)
        {
            sum += (double)_counts[i] * Middle(i);
            count += _counts[i];
        }

        return count == 0 ? 0 : sum / count;
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.Free(_counts);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Index(long value)
    {
        // A negative value becomes 0 and a huge one the highest that has a bucket.
        value = Math.Clamp(value, 0, Highest);
        int shift = Math.Max(0, 63 - SubBits - BitOperations.LeadingZeroCount((ulong)value));
        return (shift * SubBuckets) + (int)(value >> shift);
    }

    private static long Middle(int index)
    {
        int shift = Math.Max(0, (index / SubBuckets) - 1);
        long low = (long)(index - (shift * SubBuckets)) << shift;
        return low + ((1L << shift) >> 1);
    }
}

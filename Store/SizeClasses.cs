using System.Numerics;
using System.Runtime.CompilerServices;

namespace Epollsrv.Store;

/// <summary>
/// Record sizes are rounded up to a class: steps of 8 bytes to 128, of 16 to 256, then eight steps per doubling (at most
/// 12.5 % of padding, 6 % on average). Class 0 holds the index's overflow buckets.
/// </summary>
internal static class SizeClasses
{
    /// <summary>The largest record kept inline: 16 KB of value, a header and a key of usual length.</summary>
    internal const int LargestRecord = 18432;

    /// <summary>The class of the index's overflow buckets, whose size is a cache line.</summary>
    internal const int OverflowBuckets = 0;

    /// <summary>How many classes there are.</summary>
    internal const int Count = 74;

    /// <summary>Answers for a record that is too large for any class.</summary>
    internal const int None = -1;

    /// <summary>The class of a record of <paramref name="size"/> bytes, or <see cref="None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Of(long size)
    {
        if (size <= 128)
        {
            return (int)((size + 7) >> 3);
        }

        return OfLonger(size);
    }

    /// <summary>Whether records of these sizes have the same class, so that one can take
    /// the place of the other. Equal sizes are the usual case, and need no class.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool AreSame(long size, long other) => size <= LargestRecord && (size == other || Of(other) == Of(size));

    /// <summary>Bytes in a record of a class.</summary>
    internal static int SizeOf(int sizeClass)
    {
        if (sizeClass == OverflowBuckets)
        {
            return Bucket.Size;
        }

        if (sizeClass <= 16)
        {
            return sizeClass << 3;
        }

        if (sizeClass <= 24)
        {
            return 128 + ((sizeClass - 16) << 4);
        }

        int doubling = (sizeClass - 25) >> 3;
        int step = (sizeClass - 25) & 7;
        return (256 << doubling) + ((step + 1) << (doubling + 5));
    }

    private static int OfLonger(long size)
    {
        if (size <= 256)
        {
            return 16 + (int)((size - 128 + 15) >> 4);
        }

        if (size > LargestRecord)
        {
            return None;
        }

        int log = BitOperations.Log2((uint)(size - 1));
        return 25 + ((log - 8) << 3) + (int)((size - 1 - (1L << log)) >> (log - 3));
    }
}

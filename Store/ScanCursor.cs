using System.Buffers.Binary;

namespace Epollsrv.Store;

/// <summary>
/// A place in the order in which SCAN goes through the store: partition by partition, and within one by the hash with
/// its bits reversed. In that order a bucket covers one interval whatever the number of buckets is, because splitting
/// cuts an interval in two and joining puts two neighbours together; so "everything before the cursor has been shown"
/// stays true under growth and shrinking. 50 bits, so that clients that keep numbers in doubles keep it whole.
/// </summary>
internal static class ScanCursor
{
    /// <summary>Bits of a position. The bucket number never has more.</summary>
    internal const int PositionBits = 44;

    /// <summary>The position behind all others.</summary>
    internal const ulong End = 1UL << PositionBits;

    /// <summary>Splits a cursor that a client sent.</summary>
    /// <returns>Whether it is a place in this store.</returns>
    internal static bool TryRead(ulong cursor, int partitions, out int partition, out ulong position)
    {
        position = cursor & (End - 1);
        ulong number = cursor >> PositionBits;
        partition = (int)number;
        return number < (ulong)partitions;
    }

    /// <summary>The cursor of a place; 0 when everything has been shown.</summary>
    internal static ulong Make(int partition, ulong position, int partitions)
    {
        if (position >= End)
        {
            partition++;
            position = 0;
        }

        return partition >= partitions ? 0 : ((ulong)partition << PositionBits) | position;
    }

    /// <summary>The position of a hash.</summary>
    internal static ulong PositionOf(ulong hash) => Reverse(hash) >> (64 - PositionBits);

    /// <summary>A hash with this position.</summary>
    internal static ulong HashAt(ulong position) => Reverse(position << (64 - PositionBits));

    private static ulong Reverse(ulong value)
    {
        value = ((value >> 1) & 0x5555555555555555) | ((value & 0x5555555555555555) << 1);
        value = ((value >> 2) & 0x3333333333333333) | ((value & 0x3333333333333333) << 2);
        value = ((value >> 4) & 0x0F0F0F0F0F0F0F0F) | ((value & 0x0F0F0F0F0F0F0F0F) << 4);
        return BinaryPrimitives.ReverseEndianness(value);
    }
}

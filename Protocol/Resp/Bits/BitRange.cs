using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Epollsrv.Protocol.Resp;

/// <summary>Counting and finding bits in a range of a value. Bit 0 is the highest of the first byte; ranges include both ends.</summary>
internal static unsafe class BitRange
{
    /// <summary>How many bits are set.</summary>
    public static long Count(byte* data, long first, long last)
    {
        long firstByte = first >> 3;
        long lastByte = last >> 3;
        int head = 0xFF >> (int)(first & 7);
        int tail = 0xFF << (7 - (int)(last & 7));
        if (firstByte == lastByte)
        {
            return BitOperations.PopCount((uint)(data[firstByte] & head & tail));
        }

        long count = BitOperations.PopCount((uint)(data[firstByte] & head)) + BitOperations.PopCount((uint)(data[lastByte] & tail & 0xFF));
        byte* at = data + firstByte + 1;
        byte* end = data + lastByte;
        for (; end - at >= 32; at += 32)
        {
            // Four independent sums keep the processor's adders busy.
            count += BitOperations.PopCount(Unsafe.ReadUnaligned<ulong>(at)) + BitOperations.PopCount(Unsafe.ReadUnaligned<ulong>(at + 8))
                + BitOperations.PopCount(Unsafe.ReadUnaligned<ulong>(at + 16))
                    + BitOperations.PopCount(Unsafe.ReadUnaligned<ulong>(at + 24));
        }

        for (; at < end; at++)
        {
            count += BitOperations.PopCount((uint)*at);
        }

        return count;
    }

    /// <summary>The first bit that is set (or clear), or −1.</summary>
    public static long Find(byte* data, long first, long last, bool set)
    {
        byte flip = set ? (byte)0 : (byte)0xFF;
        long firstByte = first >> 3;
        long lastByte = last >> 3;
        int head = (data[firstByte] ^ flip) & (0xFF >> (int)(first & 7));
        if (head != 0)
        {
            return Within(firstByte, head, last);
        }

        ulong wide = set ? 0 : ulong.MaxValue;
        long index = firstByte + 1;
        while (index + 8 <= lastByte)
        {
            ulong word = Unsafe.ReadUnaligned<ulong>(data + index) ^ wide;
            if (word != 0)
            {
                return (index << 3) + BitOperations.LeadingZeroCount(BinaryPrimitives.ReverseEndianness(word));
            }

            index += 8;
        }

        for (; index <= lastByte; index++)
        {
            int bits = data[index] ^ flip;
            if (bits != 0)
            {
                return Within(index, bits, last);
            }
        }

        return -1;
    }

    private static long Within(long index, int bits, long last)
    {
        long found = (index << 3) + BitOperations.LeadingZeroCount((uint)bits) - 24;
        return found <= last ? found : -1;
    }
}

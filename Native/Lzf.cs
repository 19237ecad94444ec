using System.Runtime.CompilerServices;

namespace Epollsrv.Native;

/// <summary>LZF, the compression of strings in Redis's files and in DUMP: only reading it. Nothing in it is trusted. Any thread.</summary>
internal static unsafe class Lzf
{
    private const int LongestLiterals = 32;

    // Three bytes become 264 at most.
    private const long MostTimes = 88;

    /// <summary>Whether so few bytes can stand for so many: to be asked before memory is taken for them.</summary>
    public static bool CanHold(long compressed, long length) => length / MostTimes <= compressed;

    /// <summary>
    /// Writes compressed data out; false: it is broken, or has not just this length. With <paramref name="to"/> null nothing is
    /// written: room is only made for what is what it announces.
    /// </summary>
    /// <param name="from">The compressed bytes.</param>
    /// <param name="compressed">How many these are.</param>
    /// <param name="to">Where they go, or null.</param>
    /// <param name="length">Bytes that there are room for, and that they must become.</param>
    public static bool TryDecompress(byte* from, long compressed, byte* to, long length)
    {
        byte* end = from + compressed;
        long written = 0;
        while (from < end)
        {
            int control = *from++;
            if (control < LongestLiterals)
            {
                int literals = control + 1;
                if (length - written < literals || end - from < literals)
                {
                    return false;
                }

                if (to != null)
                {
                    Unsafe.CopyBlockUnaligned(to + written, from, (uint)literals);
                }

                from += literals;
                written += literals;
                continue;
            }

            int count = control >> 5;
            if (count == 7)
            {
                if (from == end)
                {
                    return false;
                }

                count += *from++;
            }

            if (from == end)
            {
                return false;
            }

            long distance = ((control & 0x1F) << 8) + 1 + *from++;
            count += 2;
            if (length - written < count || distance > written)
            {
                return false;
            }

            if (to != null)
            {
                Repeat(to + written, distance, count);
            }

            written += count;
        }

        return written == length;
    }

    private static void Repeat(byte* to, long distance, int count)
    {
        byte* from = to - distance;
        if (distance >= count)
        {
            Unsafe.CopyBlockUnaligned(to, from, (uint)count);
            return;
        }

        // Byte by byte: it reaches into what it writes.
        for (int i = 0; i < count; i++)
        {
            to[i] = from[i];
        }
    }
}

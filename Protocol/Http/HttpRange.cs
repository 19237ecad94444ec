using System;

namespace Epollsrv.Protocol.Http;

/// <summary>Byte ranges of a representation (RFC 9110 §14). Pure functions.</summary>
internal struct HttpRange
{
    /// <summary>
    /// Most ranges of one request; with more the whole is sent. Clients that know which pieces they lack (zchunk, zsync) ask for 127.
    /// </summary>
    public const int Most = 256;

    public long First;

    /// <summary>Last byte, included.</summary>
    public long Last;

    public readonly long Length => Last - First + 1;

    /// <summary>Reads a Range field's value.</summary>
    /// <param name="text">The value.</param>
    /// <param name="size">Bytes of the whole.</param>
    /// <param name="ranges">Room for <see cref="Most"/>.</param>
    /// <returns>
    /// The number of ranges that can be satisfied; 0 when the field is to be ignored (not bytes, malformed, too many, together longer than
    /// the whole, or the end of an empty file); −1 when none can be satisfied: 416.
    /// </returns>
    public static int Read(ReadOnlySpan<byte> text, long size, Span<HttpRange> ranges)
    {
        int equals = text.IndexOf((byte)'=');
        if (equals < 0 || !HttpText.Is(text[..equals], "bytes"u8))
        {
            return 0;
        }

        text = text[(equals + 1)..];
        int count = 0;
        int named = 0;
        long sum = 0;
        while (HttpText.TryTake(ref text, out ReadOnlySpan<byte> one))
        {
            if (one.IsEmpty)
            {
                continue;
            }

            if (!TryRead(one, size, out HttpRange range) || ++named > Most)
            {
                return 0;
            }

            if (range.First < size && range.Length > 0)
            {
                sum += range.Length;
                ranges[count++] = range;
            }
        }

        return named == 0 || (count > 1 && sum > size) ? 0 : count == 0 ? -1 : count;
    }

    // A range that cannot be satisfied comes back empty or beyond the end.
    private static bool TryRead(ReadOnlySpan<byte> text, long size, out HttpRange range)
    {
        range = default;
        int dash = text.IndexOf((byte)'-');
        if (dash < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> first = text[..dash];
        ReadOnlySpan<byte> last = text[(dash + 1)..];
        if (first.IsEmpty)
        {
            long suffix = Number(last);
            range.First = Math.Max(0, size - suffix);
            range.Last = size - 1;

            // The end of what is empty is satisfiable, but there are no numbers to say it in (RFC 9110 §14.1.2): the whole says the same.
            return suffix == 0 || (suffix > 0 && size > 0);
        }

        range.First = Number(first);
        range.Last = last.IsEmpty ? long.MaxValue : Number(last);
        if (range.First < 0 || range.Last < range.First)
        {
            return false;
        }

        range.Last = Math.Min(range.Last, size - 1);
        return true;
    }

    // Digits only; what is longer than any file stands for the largest number.
    private static long Number(ReadOnlySpan<byte> text)
    {
        long value = HttpText.Number(text);
        return value >= 0 || text.IsEmpty || text.ContainsAnyExceptInRange((byte)'0', (byte)'9') ? value : long.MaxValue;
    }
}

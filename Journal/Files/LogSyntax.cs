using System;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>The lines of the log's RESP, read strictly: this is how Redis and this program write them.</summary>
internal static unsafe class LogSyntax
{
    /// <summary>Bytes of the longest line with a number: a letter, the digits, the line end.</summary>
    public const int LongestNumberLine = 1 + Numbers.Longest + 2;

    /// <summary>Longest argument, bytes: Redis's largest string.</summary>
    public const long LongestBulk = 512L << 20;

    /// <summary>Bytes of the shortest argument with its header and its line end.</summary>
    public const int ShortestBulk = 6;

    /// <summary>Reads "*N\r\n" or "$N\r\n", N ≥ 0.</summary>
    /// <param name="at">The first byte.</param>
    /// <param name="available">Bytes there; more than <see cref="LongestNumberLine"/> are not needed.</param>
    /// <param name="kind">The letter that must stand first.</param>
    /// <param name="number">N.</param>
    /// <returns>Bytes of the line; 0: it goes on behind what is available; −1: it is none.</returns>
    public static int ReadNumber(byte* at, long available, byte kind, out long number)
    {
        number = 0;
        if (available <= 0 || *at != kind)
        {
            return available <= 0 ? 0 : -1;
        }

        int end = 1;
        while (end < available && (uint)(at[end] - '0') <= 9 && end <= Numbers.Longest)
        {
            end++;
        }

        if (end == available)
        {
            return 0;
        }

        if (at[end] != '\r' || !Numbers.TryParse(at + 1, end - 1, out number))
        {
            return -1;
        }

        return end + 1 == available ? 0 : at[end + 1] == '\n' ? end + 2 : -1;
    }

    /// <summary>Finds the end of a line that begins with '#'.</summary>
    /// <param name="at">The first byte.</param>
    /// <param name="available">Bytes there; more than <see cref="BlockHeader.LongestLine"/> are not needed.</param>
    /// <returns>Bytes of the line with its end; 0: it goes on behind what is available; −1: it is none that Redis could skip, or has
    /// bytes that no annotation has.</returns>
    public static int ReadAnnotation(byte* at, long available)
    {
        int length = (int)Math.Min(available, BlockHeader.LongestLine);
        for (int i = 0; i < length; i++)
        {
            if (at[i] == '\n')
            {
                return i + 1;
            }

            // A carriage return only before the line end.
            if (at[i] < ' ' && at[i] != '\t' && !(at[i] == '\r' && (i + 1 == length || at[i + 1] == '\n')))
            {
                return -1;
            }
        }

        return length == BlockHeader.LongestLine ? -1 : 0;
    }
}

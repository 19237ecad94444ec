using System;
using Epollsrv.Native;

namespace Epollsrv.Store;

/// <summary>
/// <see cref="ItemFields"/> as text, as files and streams have them where programs that know nothing of them take no notice: flags, unique
/// and state, three decimal numbers with a space between two.
/// </summary>
public static unsafe class ItemText
{
    /// <summary>Most bytes of the text.</summary>
    public const int Longest = 3 * Numbers.Longest;

    private const uint MostState = (uint)(ItemState.Stale | ItemState.WinSent);

    /// <summary>What the message of an ECHO begins with that gives fields to the key of the command behind it.</summary>
    public static ReadOnlySpan<byte> Prefix => "epollsrv:item "u8;

    /// <summary>The name of the note that stands in front of a key in an RDB file.</summary>
    public static ReadOnlySpan<byte> NoteName => "epollsrv-item"u8;

    /// <summary>Writes the text; at most <see cref="Longest"/> bytes.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(byte* to, ItemFields item)
    {
        byte* at = to;
        at += Numbers.WriteUnsigned(at, item.ClientFlags);
        *at++ = (byte)' ';
        at += Numbers.WriteUnsigned(at, item.Unique);
        *at++ = (byte)' ';
        at += Numbers.WriteUnsigned(at, (uint)item.State);
        return (int)(at - to);
    }

    /// <summary>Reads the text.</summary>
    /// <returns>False: it is not as <see cref="Write"/> writes it.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out ItemFields item)
    {
        bool read = TryTake(ref text, uint.MaxValue, isLast: false, out ulong flags)
            & TryTake(ref text, ulong.MaxValue, isLast: false, out ulong unique)
            & TryTake(ref text, MostState, isLast: true, out ulong state);
        item = read ? new ItemFields((uint)flags, unique, (ItemState)state) : default;
        return read;
    }

    // A number without zeros in front, and the space behind it.
    private static bool TryTake(ref ReadOnlySpan<byte> text, ulong most, bool isLast, out ulong number)
    {
        number = 0;
        int end = text.IndexOf((byte)' ');
        ReadOnlySpan<byte> digits = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        if (digits.IsEmpty || isLast != end < 0 || (digits.Length > 1 && digits[0] == '0'))
        {
            return false;
        }

        foreach (byte letter in digits)
        {
            uint digit = (uint)(letter - '0');
            if (digit > 9 || digit > most || number > (most - digit) / 10)
            {
                return false;
            }

            number = (number * 10) + digit;
        }

        return true;
    }
}

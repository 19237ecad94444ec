using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>The letters of notify-keyspace-events (Redis: keyspaceEventsStringToFlags and back).</summary>
internal static class KeyEventText
{
    // Letters by bit: bit 12 has none.
    private static ReadOnlySpan<byte> Letters => "KEg$lshzxetm\0dn"u8;

    private const int All = 0x27FC;

    /// <summary>Reads letters; false: one is unknown.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out KeyEvents events)
    {
        int bits = 0;
        foreach (byte letter in text)
        {
            int bit = letter == 0 ? -1 : Letters.IndexOf(letter);
            if (letter != 'A' && bit < 0)
            {
                events = default;
                return false;
            }

            bits |= letter == 'A' ? All : 1 << bit;
        }

        events = (KeyEvents)bits;
        return true;
    }

    /// <summary>Writes the letters; at most 16.</summary>
    /// <returns>Bytes written.</returns>
    public static int Format(KeyEvents events, Span<byte> to)
    {
        int bits = (int)events;
        int length = 0;
        if ((bits & All) == All)
        {
            to[length++] = (byte)'A';
            bits &= ~All;

            // As in Redis: n is only shown where A is not.
            bits &= ~(int)KeyEvents.New;
        }

        // In Redis's order: the classes, then K, E and m.
        foreach (byte letter in "g$lshzxetdnKEm"u8)
        {
            if ((bits & (1 << Letters.IndexOf(letter))) != 0)
            {
                to[length++] = letter;
            }
        }

        return length;
    }
}

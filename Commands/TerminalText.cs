using System;
using System.Text;
using System.Text.Unicode;

using Epollsrv.Native;

namespace Epollsrv.Commands;

/// <summary>Values on a terminal, which must not be steered by them.</summary>
internal static class TerminalText
{
    /// <summary>The value itself when it is text, else as redis-cli shows it:
    /// in quotes, every byte that is no printable ASCII escaped.</summary>
    public static ReadOnlySpan<byte> Show(ReadOnlySpan<byte> value)
    {
        if (IsPrintable(value))
        {
            return value;
        }

        StringBuilder text = new("\"");
        foreach (byte letter in value)
        {
            _ = letter switch
            {
                (byte)'\\' or (byte)'"' => text.Append('\\').Append((char)letter),
                (byte)'\n' => text.Append("\\n"),
                (byte)'\r' => text.Append("\\r"),
                (byte)'\t' => text.Append("\\t"),
                7 => text.Append("\\a"),
                8 => text.Append("\\b"),
                >= 0x20 and < 0x7F => text.Append((char)letter),
                _ => text.Append("\\x").Append("0123456789abcdef"[letter >> 4]).Append("0123456789abcdef"[letter & 15]),
            };
        }

        return ByteText.Encode(text.Append('"').ToString());
    }

    private static bool IsPrintable(ReadOnlySpan<byte> value)
    {
        if (!Utf8.IsValid(value))
        {
            return false;
        }

        for (int i = 0; i < value.Length; i++)
        {
            // U+0080 … U+009F are control characters as well: C2 and 80 … 9F.
            bool control = value[i] is (< 0x20 and not (byte)'\n' and not (byte)'\t') or 0x7F || (value[i] == 0xC2 && value[i + 1] < 0xA0);
            if (control)
            {
                return false;
            }
        }

        return true;
    }
}

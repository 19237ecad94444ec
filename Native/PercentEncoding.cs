using System;

namespace Epollsrv.Native;

/// <summary>Text inside a URI (RFC 3986 §2).</summary>
internal static class PercentEncoding
{
    /// <summary>A hexadecimal digit, in capitals.</summary>
    public static byte HexDigit(int value) => "0123456789ABCDEF"u8[value];

    /// <summary>A letter, digit or one of "-._~".</summary>
    public static bool IsUnreserved(byte one)
        => (uint)((one | 0x20) - 'a') < 26 || (uint)(one - '0') < 10 || one is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~';

    /// <summary>Percent-encodes all bytes that are not unreserved in a URI (RFC 3986 §2.3).</summary>
    /// <param name="text">The bytes.</param>
    /// <param name="target">Room for three times as many.</param>
    /// <returns>Bytes written.</returns>
    public static int Encode(scoped ReadOnlySpan<byte> text, scoped Span<byte> target)
    {
        int length = 0;
        foreach (byte one in text)
        {
            if (IsUnreserved(one))
            {
                target[length++] = one;
                continue;
            }

            target[length++] = (byte)'%';
            target[length++] = HexDigit(one >> 4);
            target[length++] = HexDigit(one & 15);
        }

        return length;
    }
}

using System;
using System.Runtime.CompilerServices;

namespace Epollsrv.Protocol.Http;

/// <summary>The characters and small values of HTTP and of URIs. Pure functions, any thread.</summary>
internal static class HttpText
{
    // One bit per ASCII character: tchar of RFC 9110 §5.6.2, and what RFC 3986 allows in a path with its query.
    private const ulong TokenLow = 0x03FF_6CFA_0000_0000;
    private const ulong TokenHigh = 0x57FF_FFFF_C7FF_FFFE;
    private const ulong TargetLow = 0xAFFF_FFF2_0000_0000;
    private const ulong TargetHigh = 0x47FF_FFFE_87FF_FFFF;

    private static ReadOnlySpan<byte> Base64Digits => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8;

    /// <summary>A character of a method or field name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsToken(byte character)
        => character < 128 && (((character < 64 ? TokenLow : TokenHigh) >> (character & 63)) & 1) != 0;

    /// <summary>A character of a path or query, "%" included, "#" not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsTarget(byte character)
        => character < 128 && (((character < 64 ? TargetLow : TargetHigh) >> (character & 63)) & 1) != 0;

    /// <summary>A character of a field value: visible, space, tab, or above ASCII.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsValue(byte character) => (character >= ' ' && character != 127) || character == '\t';

    /// <summary>A decimal digit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsDigit(byte character) => (uint)(character - '0') <= 9;

    /// <summary>Whether all characters are of a token and there is one.</summary>
    public static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && TokenLength(text) == text.Length;

    /// <summary>Characters of the token that a text begins with.</summary>
    public static int TokenLength(ReadOnlySpan<byte> text)
    {
        int length = 0;
        while (length < text.Length && IsToken(text[length]))
        {
            length++;
        }

        return length;
    }

    /// <summary>Compares without regard to case; <paramref name="lower"/> is in lower case.</summary>
    public static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower)
    {
        if (text.Length != lower.Length)
        {
            return false;
        }

        for (int i = 0; i < lower.Length; i++)
        {
            if (Lower(text[i]) != lower[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>An ASCII letter in lower case, anything else as it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte Lower(byte character) => (uint)(character - 'A') <= 'Z' - 'A' ? (byte)(character | 0x20) : character;

    /// <summary>Takes spaces and tabs off both ends.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        int start = 0;
        int end = text.Length;
        while (start < end && text[start] is (byte)' ' or (byte)'\t')
        {
            start++;
        }

        while (end > start && text[end - 1] is (byte)' ' or (byte)'\t')
        {
            end--;
        }

        return text[start..end];
    }

    /// <summary>Takes the next element off a comma-separated list, trimmed; commas inside double quotes do not count.</summary>
    /// <returns>False at the end. Empty elements are returned as they are.</returns>
    public static bool TryTake(scoped ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> element)
    {
        element = default;
        if (list.IsEmpty)
        {
            return false;
        }

        bool quoted = false;
        int end = 0;
        for (; end < list.Length && (quoted || list[end] != ','); end++)
        {
            quoted ^= list[end] == '"';
        }

        element = Trim(list[..end]);
        list = end < list.Length ? list[(end + 1)..] : default;
        return true;
    }

    /// <summary>The value of a hexadecimal digit, or −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Hex(byte character)
    {
        int digit = character - '0';
        if ((uint)digit <= 9)
        {
            return digit;
        }

        int letter = (character | 0x20) - 'a';
        return (uint)letter <= 5 ? letter + 10 : -1;
    }

    /// <summary>Decimal digits and nothing else; −1 for anything that is not such a number or passes <paramref name="most"/>.</summary>
    public static long Number(ReadOnlySpan<byte> text, long most = long.MaxValue)
    {
        long value = 0;
        foreach (byte character in text)
        {
            int digit = character - '0';
            if ((uint)digit > 9 || value > (most - digit) / 10)
            {
                return -1;
            }

            value = (value * 10) + digit;
        }

        return text.IsEmpty ? -1 : value;
    }

    /// <summary>Decodes %XX; a plus stays a plus. Room for as many bytes as there are characters is enough.</summary>
    /// <returns>Bytes written, or −1 when a percent sign is not followed by two digits.</returns>
    public static int Decode(ReadOnlySpan<byte> text, Span<byte> target)
    {
        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            byte character = text[i];
            if (character == '%')
            {
                if (i + 2 >= text.Length)
                {
                    return -1;
                }

                int value = (Hex(text[i + 1]) << 4) | Hex(text[i + 2]);
                if (value < 0)
                {
                    return -1;
                }

                character = (byte)value;
                i += 2;
            }

            target[length++] = character;
        }

        return length;
    }

    /// <summary>Characters that so many bytes take in base64, padding included.</summary>
    public static int Base64Length(int bytes) => (bytes + 2) / 3 * 4;

    /// <summary>Encodes base64 with padding (RFC 4648 §4).</summary>
    /// <returns>Characters written: <see cref="Base64Length"/>.</returns>
    public static int EncodeBase64(ReadOnlySpan<byte> bytes, Span<byte> target)
    {
        int length = 0;
        for (int i = 0; i < bytes.Length; i += 3)
        {
            int left = bytes.Length - i;
            int group = (bytes[i] << 16) | (left > 1 ? bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
            for (int digit = 0; digit < 4; digit++)
            {
                target[length++] = digit <= left ? Base64Digits[(group >> (18 - (6 * digit))) & 63] : (byte)'=';
            }
        }

        return length;
    }

    /// <summary>Decodes base64 (RFC 4648 §4, padding optional).</summary>
    /// <returns>Bytes written, or −1 for anything else or no room.</returns>
    public static int DecodeBase64(ReadOnlySpan<byte> text, Span<byte> target)
    {
        text = text.TrimEnd((byte)'=');
        int length = 0;
        int bits = 0;
        uint value = 0;
        foreach (byte character in text)
        {
            int digit = character switch
            {
                >= (byte)'A' and <= (byte)'Z' => character - 'A',
                >= (byte)'a' and <= (byte)'z' => character - 'a' + 26,
                >= (byte)'0' and <= (byte)'9' => character - '0' + 52,
                (byte)'+' => 62,
                (byte)'/' => 63,
                _ => -1,
            };
            if (digit < 0)
            {
                return -1;
            }

            value = (value << 6) | (uint)digit;
            bits += 6;
            if (bits >= 8)
            {
                if (length == target.Length)
                {
                    return -1;
                }

                bits -= 8;
                target[length++] = (byte)(value >> bits);
            }
        }

        return bits == 6 ? -1 : length;
    }
}

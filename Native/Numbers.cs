using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>Whole numbers as decimal text.</summary>
internal static unsafe class Numbers
{
    /// <summary>Longest text of a number: a sign and 19 digits.</summary>
    public const int Longest = 20;

    private static ReadOnlySpan<byte> Pairs =>
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"u8;

    /// <summary>Writes a number; at most 20 bytes.</summary>
    /// <returns>Bytes written.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Write(byte* to, long value)
    {
        if ((ulong)value < 100)
        {
            if (value < 10)
            {
                *to = (byte)('0' + value);
                return 1;
            }

            Unsafe.WriteUnaligned(to, Pair((uint)value));
            return 2;
        }

        return WriteLonger(to, value);
    }

    /// <summary>The same into a span.</summary>
    /// <returns>Bytes written; 0: it did not fit.</returns>
    public static int Write(Span<byte> to, long value)
    {
        byte* text = stackalloc byte[Longest];
        ReadOnlySpan<byte> digits = new(text, Write(text, value));
        return digits.TryCopyTo(to) ? digits.Length : 0;
    }

    /// <summary>Writes a number as hexadecimal digits, at most 16.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteHex(Span<byte> to, ulong value)
    {
        int length = Math.Max(1, (67 - BitOperations.LeadingZeroCount(value)) / 4);
        for (int i = length - 1; i >= 0; i--, value >>= 4)
        {
            to[i] = "0123456789abcdef"u8[(int)(value & 15)];
        }

        return length;
    }

    /// <summary>Writes bytes as two lower-case hexadecimal digits each.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteHex(Span<byte> to, ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            to[2 * i] = "0123456789abcdef"u8[bytes[i] >> 4];
            to[(2 * i) + 1] = "0123456789abcdef"u8[bytes[i] & 15];
        }

        return 2 * bytes.Length;
    }

    /// <summary>
    /// Reads a number as Redis does (string2ll): an optional minus, no plus, no spaces, no zeros in front, within 64 bits.
    /// </summary>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(byte* text, int length, out long value)
    {
        value = 0;
        if ((uint)(length - 1) >= Longest)
        {
            return false;
        }

        byte* end = text + length;
        bool negative = *text == '-';
        if (negative && ++text == end)
        {
            return false;
        }

        uint digit = (uint)(*text - '0');
        if (digit == 0)
        {
            // Alone and without a sign.
            return length == 1;
        }

        if (digit > 9)
        {
            return false;
        }

        ulong number = digit;
        while (++text < end)
        {
            digit = (uint)(*text - '0');
            if (digit > 9)
            {
                return false;
            }

            // 20 digits may pass 64 bits: caught before, by what may still be multiplied.
            if (number > (ulong.MaxValue - digit) / 10)
            {
                return false;
            }

            number = (number * 10) + digit;
        }

        if (number > (negative ? 1UL << 63 : long.MaxValue))
        {
            return false;
        }

        value = negative ? (long)(0 - number) : (long)number;
        return true;
    }

    /// <summary>A number for people.</summary>
    public static string ToText(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Writes a number without a sign; at most 20 bytes.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteUnsigned(byte* to, ulong value) => WriteDigits(to, value, negative: false);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int WriteLonger(byte* to, long value) => WriteDigits(to, value < 0 ? 0 - (ulong)value : (ulong)value, value < 0);

    private static int WriteDigits(byte* to, ulong rest, bool negative)
    {
        byte* buffer = stackalloc byte[Longest + 4];
        byte* at = buffer + Longest;
        while (rest >= 100)
        {
            ulong quotient = rest / 100;
            at -= 2;
            Unsafe.WriteUnaligned(at, Pair((uint)(rest - (quotient * 100))));
            rest = quotient;
        }

        if (rest >= 10)
        {
            at -= 2;
            Unsafe.WriteUnaligned(at, Pair((uint)rest));
        }
        else
        {
            *--at = (byte)('0' + rest);
        }

        if (negative)
        {
            *--at = (byte)'-';
        }

        int length = (int)(buffer + Longest - at);
        Unsafe.CopyBlockUnaligned(to, at, (uint)length);
        return length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort Pair(uint value) =>
        Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref MemoryMarshal.GetReference(Pairs), (nint)(2 * value)));
}

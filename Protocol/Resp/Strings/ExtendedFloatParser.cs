using System;
using System.Runtime.CompilerServices;

namespace Epollsrv.Protocol.Resp;

/// <summary>Reads an <see cref="ExtendedFloat"/> from text: what strtold takes, and Redis's string2ld lets through.</summary>
internal static unsafe class ExtendedFloatParser
{
    // MAX_LONG_DOUBLE_CHARS in Redis.
    private const int LongestText = 5 * 1024;

    // Decimal places of the first digit beyond which a number is infinite, or zero.
    private const int LargestPlace = 4933;
    private const int SmallestPlace = -4951;

    // Digits are collected until their radix has this power: nine of a decimal number, seven of a hexadecimal one.
    private const uint MostChunk = 200_000_000;

    // 5119 digits shifted by what 10^(5119 + 4951) needs: 17,006 and 33,634 bits, and a word for the carry.
    private const int NumberWords = 1600;

    /// <summary>Reads a number. False: it is none, or too large or too small for one.</summary>
    public static bool TryParse(byte* text, long length, out ExtendedFloat value)
    {
        value = default;
        if (length is <= 0 or >= LongestText)
        {
            return false;
        }

        byte* end = text + length;
        bool negative = *text == '-';
        if (*text is (byte)'-' or (byte)'+')
        {
            text++;
        }

        Argument rest = new() { Data = text, Length = (int)(end - text) };
        if (rest.Is("inf"u8) || rest.Is("infinity"u8))
        {
            value = ExtendedFloat.Infinity;
            return true;
        }

        // Infinity as a word is let through, a number beyond all numbers is not.
        bool hexadecimal = end - text >= 2 && *text == '0' && (text[1] | 0x20) == 'x';
        bool valid = TryRead(hexadecimal ? text + 2 : text, end, hexadecimal, negative, out value);
        return valid && !value.IsInfinite;
    }

    // The digits, and where the point is among them; then the exponent: of ten, for a hexadecimal number of two.
    [SkipLocalsInit]
    private static bool TryRead(byte* text, byte* end, bool hexadecimal, bool negative, out ExtendedFloat value)
    {
        uint* memory = stackalloc uint[NumberWords];
        BigNumber number = new(memory);
        uint radix = hexadecimal ? 16u : 10;
        int significant = 0;
        int decimals = 0;
        uint chunk = 0;
        uint chunkPower = 1;
        bool any = false;
        bool point = false;
        value = default;
        for (; text < end; text++)
        {
            if (*text == '.' && !point)
            {
                point = true;
                continue;
            }

            int digit = Hexadecimal.Value(*text);
            if ((uint)digit >= radix)
            {
                break;
            }

            any = true;
            decimals += point ? 1 : 0;
            if (digit == 0 && significant == 0)
            {
                continue;
            }

            // Several digits at a time: each step goes through the whole number.
            significant++;
            chunk = (chunk * radix) + (uint)digit;
            chunkPower *= radix;
            if (chunkPower >= MostChunk)
            {
                number.MultiplyAdd(chunkPower, chunk);
                chunk = 0;
                chunkPower = 1;
            }
        }

        number.MultiplyAdd(chunkPower, chunk);
        if (!any || !TryReadExponent(text, end, hexadecimal ? 'p' : 'e', out int exponent))
        {
            return false;
        }

        if (number.IsZero)
        {
            return true;
        }

        bool sticky = false;
        if (hexadecimal)
        {
            exponent -= 4 * decimals;
        }
        else
        {
            int power = exponent - decimals;
            if (significant + power is > LargestPlace or < SmallestPlace)
            {
                return false;
            }

            // Enough bits in front that a quotient has 66 of its own, so that the remainder only says which way half of the last one goes.
            int shift = power < 0 ? 66 + (-power * 10 / 3) + 1 : 0;
            number.ShiftLeft(shift);
            sticky = number.Scale(power);
            exponent = -shift;
        }

        UInt128 top = number.Top(out int lower, out bool isInexact);
        value = ExtendedFloat.Rounded(top, exponent + lower, sticky || isInexact, negative);

        // Half of the smallest number and less is zero, which is an error.
        return value.Magnitude > -ExtendedFloat.MaximumExponent - 61;
    }

    // The exponent behind a number, or nothing; then the text must end.
    private static bool TryReadExponent(byte* text, byte* end, char letter, out int exponent)
    {
        exponent = 0;
        if (text == end)
        {
            return true;
        }

        if ((*text++ | 0x20) != letter || text == end)
        {
            return false;
        }

        bool negative = *text == '-';
        if (*text is (byte)'-' or (byte)'+')
        {
            text++;
        }

        if (text == end)
        {
            return false;
        }

        for (; text < end; text++)
        {
            uint digit = (uint)(*text - '0');
            if (digit > 9)
            {
                return false;
            }

            // Larger ones are all the same.
            exponent = Math.Min((exponent * 10) + (int)digit, 100_000);
        }

        exponent = negative ? -exponent : exponent;
        return true;
    }
}

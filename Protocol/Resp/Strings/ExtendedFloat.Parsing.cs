using System;

namespace Epollsrv.Protocol.Resp;

/// <content>From text: what strtold takes, and Redis's string2ld lets through.</content>
internal unsafe partial struct ExtendedFloat
{
    // MAX_LONG_DOUBLE_CHARS in Redis.
    private const int LongestText = 5 * 1024;

    // Decimal places of the first digit beyond which a number is infinite, or zero.
    private const int LargestPlace = 4933;
    private const int SmallestPlace = -4951;

    // 10^(5119 + 4951) has 33,452 bits, and a quotient needs 67 more.
    private const int Words = 1100;

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
            value.IsInfinite = true;
            return true;
        }

        // Infinity as a word is let through, a number beyond all numbers is not.
        bool hexadecimal = end - text >= 2 && *text == '0' && (text[1] | 0x20) == 'x';
        bool valid = hexadecimal ? TryReadHexadecimal(text + 2, end, out value) : TryReadDecimal(text, end, out value);
        value._negative = negative;
        return valid && !value.IsInfinite;
    }

    private static bool TryReadDecimal(byte* text, byte* end, out ExtendedFloat value)
    {
        uint* memory = stackalloc uint[2 * Words];
        BigNumber digits = new(memory);
        int exponent = 0;
        int significant = 0;
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

            uint digit = (uint)(*text - '0');
            if (digit > 9)
            {
                break;
            }

            any = true;
            exponent -= point ? 1 : 0;
            if (digit != 0 || significant != 0)
            {
                significant++;
                digits.MultiplyAdd(10, digit);
            }
        }

        if (!any || !TryReadExponent(text, end, 'e', out int given))
        {
            return false;
        }

        if (digits.IsZero)
        {
            return true;
        }

        exponent += given;
        int place = significant + exponent;
        if (place is > LargestPlace or < SmallestPlace)
        {
            return false;
        }

        if (exponent >= 0)
        {
            digits.MultiplyByPowerOfTen(exponent);
            BigNumber one = new(memory + Words);
            one.Set(1);
            value = Quotient(ref digits, ref one);
        }
        else
        {
            BigNumber power = new(memory + Words);
            power.Set(1);
            power.MultiplyByPowerOfTen(-exponent);
            value = Quotient(ref digits, ref power);
        }

        // Half of the smallest number and less is zero, which is an error.
        return value._exponent + 64 > -MaximumExponent - 61;
    }

    // 66 bits of a / b and whether there is a rest: long division, bit by bit.
    private static ExtendedFloat Quotient(ref BigNumber numerator, ref BigNumber divisor)
    {
        const int bits = 66;
        int shift = bits - (numerator.BitLength - divisor.BitLength);
        if (shift > 0)
        {
            numerator.ShiftLeft(shift);
        }
        else
        {
            divisor.ShiftLeft(-shift);
        }

        divisor.ShiftLeft(bits);
        UInt128 quotient = UInt128.Zero;
        for (int i = 0; i <= bits; i++)
        {
            quotient = (quotient << 1) | (numerator.TrySubtract(in divisor) ? UInt128.One : UInt128.Zero);
            divisor.Halve();
        }

        return Rounded(quotient, -shift, !numerator.IsZero, negative: false);
    }

    private static bool TryReadHexadecimal(byte* text, byte* end, out ExtendedFloat value)
    {
        UInt128 number = UInt128.Zero;
        bool sticky = false;
        bool any = false;
        bool point = false;
        int exponent = 0;
        value = default;
        for (; text < end; text++)
        {
            if (*text == '.' && !point)
            {
                point = true;
                continue;
            }

            int digit = Hexadecimal.Value(*text);
            if (digit < 0)
            {
                break;
            }

            any = true;
            exponent -= point ? 4 : 0;
            if (number >> 120 == UInt128.Zero)
            {
                number = (number << 4) | (uint)digit;
            }
            else
            {
                sticky |= digit != 0;
                exponent += 4;
            }
        }

        if (!any || !TryReadExponent(text, end, 'p', out int given))
        {
            return false;
        }

        value = Rounded(number, exponent + given, sticky, negative: false);
        return number == UInt128.Zero || value._exponent + 64 > -MaximumExponent - 61;
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

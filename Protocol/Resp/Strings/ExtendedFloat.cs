using System;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// A floating-point number of 64 bits of precision, as the long double of x86 that Redis adds with: read and added to the nearest, ties
/// to even. Value = mantissa · 2^exponent; the mantissa's highest bit is set unless the number is zero.
/// </summary>
/// <remarks>
/// A double would do for 0.1 + 0.2 = 0.3 only by printing fewer than Redis's 17 decimals; a decimal
/// ends at 10^28, Redis's numbers at 10^4932. C's long double has 113 bits on arm64, where sums would
/// then differ from those of a Redis on x86, and would bring strtold and printf into the program.
/// </remarks>
internal unsafe struct ExtendedFloat
{
    /// <summary>Room for the text of any number.</summary>
    public const int LongestFormatted = 5 * 1024;

    /// <summary>The exponent of the smallest power of two that is beyond all numbers.</summary>
    public const int MaximumExponent = 16384;

    private const int Decimals = 17;
    private const ulong DecimalsPower = 100_000_000_000_000_000;

    // 32 bits each, and one for the carry while it is put together.
    private const int LongestWhole = (MaximumExponent / 32) + 1;

    private ulong _mantissa;
    private int _exponent;
    private bool _negative;

    /// <summary>A number beyond all others.</summary>
    public static ExtendedFloat Infinity => new() { IsInfinite = true };

    /// <summary>Whether it is beyond all numbers.</summary>
    public bool IsInfinite { get; private init; }

    /// <summary>The exponent of the smallest power of two above its absolute value.</summary>
    public readonly int Magnitude => _exponent + 64;

    /// <summary>Adds. The sum of opposite infinities is infinite here too; nobody asks which.</summary>
    public static ExtendedFloat Add(in ExtendedFloat left, in ExtendedFloat right)
    {
        if (left.IsInfinite || right.IsInfinite)
        {
            return Infinity;
        }

        if (left._mantissa == 0)
        {
            return right;
        }

        if (right._mantissa == 0)
        {
            return left;
        }

        bool leftLarger = left._exponent > right._exponent || (left._exponent == right._exponent && left._mantissa >= right._mantissa);
        ExtendedFloat large = leftLarger ? left : right;
        ExtendedFloat small = leftLarger ? right : left;

        // 62 bits below the mantissa, one above for the carry: what falls off the end only says that there was something.
        const int guard = 62;
        int distance = Math.Min(large._exponent - small._exponent, 127);
        UInt128 sum = (UInt128)large._mantissa << guard;
        UInt128 addend = (UInt128)small._mantissa << guard;
        UInt128 shifted = addend >> distance;
        bool sticky = shifted << distance != addend;
        sum = large._negative == small._negative ? sum + shifted : sum - shifted - (sticky ? UInt128.One : UInt128.Zero);
        return Rounded(sum, large._exponent - guard, sticky, large._negative);
    }

    /// <summary>The number nearest to value · 2^exponent (and a little more, if sticky).</summary>
    public static ExtendedFloat Rounded(UInt128 value, int exponent, bool sticky, bool negative)
    {
        if (value == UInt128.Zero)
        {
            return default;
        }

        int length = 128 - (int)UInt128.LeadingZeroCount(value);
        if (length <= 64)
        {
            return Made((ulong)value << (64 - length), exponent - (64 - length), negative);
        }

        int drop = length - 64;
        ulong mantissa = (ulong)(value >> drop);
        UInt128 rest = value - ((UInt128)mantissa << drop);
        UInt128 half = UInt128.One << (drop - 1);
        exponent += drop;
        if ((rest > half || (rest == half && (sticky || (mantissa & 1) != 0))) && ++mantissa == 0)
        {
            mantissa = 1UL << 63;
            exponent++;
        }

        return Made(mantissa, exponent, negative);
    }

    /// <summary>Writes it as "%.17Lf" does, without zeros at the end (Redis: ld2string for people).</summary>
    /// <returns>The number of bytes.</returns>
    public readonly int Format(byte* to)
    {
        byte* at = to;
        if (_negative)
        {
            *at++ = (byte)'-';
        }

        byte* digits = at;
        if (_exponent >= 0)
        {
            at += WriteWhole(at);
        }
        else
        {
            UInt128 scaled = Scaled();
            UInt128 whole = scaled / DecimalsPower;
            at += Numbers.WriteUnsigned(at, (ulong)whole);
            at += WriteDecimals(at, (ulong)(scaled - (whole * DecimalsPower)));
        }

        // Minus zero is zero.
        if (_negative && at == digits + 1 && *digits == '0')
        {
            *to = (byte)'0';
            return 1;
        }

        return (int)(at - to);
    }

    private static ExtendedFloat Made(ulong mantissa, int exponent, bool negative) => exponent + 64 > MaximumExponent
        ? Infinity
        : new ExtendedFloat { _mantissa = mantissa, _exponent = exponent, _negative = negative };

    // value · 10^17 as a whole number, the nearest one, ties to even.
    private readonly UInt128 Scaled()
    {
        int drop = -_exponent;
        UInt128 product = (UInt128)_mantissa * DecimalsPower;
        if (drop > 122)
        {
            return UInt128.Zero;
        }

        UInt128 scaled = product >> drop;
        UInt128 rest = product - (scaled << drop);
        UInt128 half = UInt128.One << (drop - 1);
        return rest > half || (rest == half && !UInt128.IsEvenInteger(scaled)) ? scaled + UInt128.One : scaled;
    }

    private static int WriteDecimals(byte* to, ulong fraction)
    {
        if (fraction == 0)
        {
            return 0;
        }

        int length = Decimals;
        while (fraction % 10 == 0)
        {
            fraction /= 10;
            length--;
        }

        *to = (byte)'.';
        for (int i = length; i > 0; i--)
        {
            to[i] = (byte)('0' + (fraction % 10));
            fraction /= 10;
        }

        return length + 1;
    }

    private readonly int WriteWhole(byte* to)
    {
        if (_mantissa == 0)
        {
            *to = (byte)'0';
            return 1;
        }

        uint* memory = stackalloc uint[LongestWhole];
        BigNumber number = new(memory);
        number.MultiplyAdd(1, (uint)(_mantissa >> 32));
        number.ShiftLeft(32);
        number.MultiplyAdd(1, (uint)_mantissa);
        number.ShiftLeft(_exponent);
        byte* end = to + LongestFormatted - 1;
        byte* at = end;
        while (!number.IsZero)
        {
            uint group = number.DivideByBillion();
            for (int i = 0; i < 9 && (group != 0 || !number.IsZero); i++)
            {
                *--at = (byte)('0' + (group % 10));
                group /= 10;
            }
        }

        int length = (int)(end - at);
        Buffer.MemoryCopy(at, to, length, length);
        return length;
    }
}

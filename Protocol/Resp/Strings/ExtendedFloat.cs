using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// A floating-point number of 64 bits of precision, as the long double of x86 that Redis adds with: read and added to the nearest, ties
/// to even. Value = mantissa · 2^exponent; the mantissa's highest bit is set unless the number is zero.
/// </summary>
/// <remarks>
/// A double would do for 0.1 + 0.2 = 0.3 only by printing fewer than Redis's 17 decimals; a decimal ends at 10^28, Redis's numbers at 10^4932. C's long
/// double has 113 bits on arm64, where sums would then differ from those of a Redis on x86, and would bring strtold and printf into the program.
/// </remarks>
internal unsafe partial struct ExtendedFloat
{
    private const int MaximumExponent = 16384;

    private ulong _mantissa;
    private int _exponent;
    private bool _negative;

    /// <summary>Whether it is beyond all numbers.</summary>
    public bool IsInfinite { get; private set; }

    /// <summary>Adds. The sum of opposite infinities is infinite here too; nobody asks which.</summary>
    public static ExtendedFloat Add(in ExtendedFloat left, in ExtendedFloat right)
    {
        if (left.IsInfinite || right.IsInfinite)
        {
            return new ExtendedFloat { IsInfinite = true };
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

    // The number nearest to value · 2^exponent (and a little more, if sticky).
    private static ExtendedFloat Rounded(UInt128 value, int exponent, bool sticky, bool negative)
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

    private static ExtendedFloat Made(ulong mantissa, int exponent, bool negative) => exponent + 64 > MaximumExponent
        ? new ExtendedFloat { IsInfinite = true }
        : new ExtendedFloat { _mantissa = mantissa, _exponent = exponent, _negative = negative };
}

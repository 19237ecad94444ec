using System;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <content>To text: "%.17Lf" without zeros at the end, as Redis's ld2string for people.</content>
internal unsafe partial struct ExtendedFloat
{
    /// <summary>Room that any number's text fits.</summary>
    public const int LongestFormatted = 5 * 1024;

    private const int Decimals = 17;
    private const ulong DecimalsPower = 100_000_000_000_000_000;

    /// <summary>Writes it; the number of bytes.</summary>
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

        uint* memory = stackalloc uint[Words];
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

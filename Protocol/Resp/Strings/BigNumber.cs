using System;
using System.Numerics;

namespace Epollsrv.Protocol.Resp;

/// <summary>A whole number of any length, lowest 32 bits first, in memory of the caller's. Only what <see cref="ExtendedFloat"/> needs.</summary>
internal unsafe struct BigNumber
{
    private const uint Billion = 1_000_000_000;

    private readonly uint* _words;
    private int _count;

    /// <summary>Zero, in memory that is large enough for what becomes of it.</summary>
    public BigNumber(uint* words)
    {
        _words = words;
    }

    /// <summary>Whether it is zero.</summary>
    public readonly bool IsZero => _count == 0;

    /// <summary>Bits up to its highest one.</summary>
    public readonly int BitLength => _count == 0 ? 0 : (32 * _count) - BitOperations.LeadingZeroCount(_words[_count - 1]);

    /// <summary>Multiplies and adds.</summary>
    public void MultiplyAdd(uint factor, uint addend)
    {
        ulong carry = addend;
        for (int i = 0; i < _count; i++)
        {
            carry += (ulong)_words[i] * factor;
            _words[i] = (uint)carry;
            carry >>= 32;
        }

        if (carry != 0)
        {
            _words[_count++] = (uint)carry;
        }
    }

    /// <summary>Multiplies by a power of ten.</summary>
    public void MultiplyByPowerOfTen(int exponent)
    {
        for (; exponent >= 9; exponent -= 9)
        {
            MultiplyAdd(Billion, 0);
        }

        for (; exponent > 0; exponent--)
        {
            MultiplyAdd(10, 0);
        }
    }

    /// <summary>Multiplies by a power of two.</summary>
    public void ShiftLeft(int bits)
    {
        if (_count == 0 || bits == 0)
        {
            return;
        }

        int whole = bits / 32;
        int rest = bits % 32;
        _words[_count] = 0;
        for (int i = _count; i >= 0; i--)
        {
            ulong pair = ((ulong)_words[i] << 32) | (i > 0 ? _words[i - 1] : 0);
            _words[i + whole] = (uint)((pair << rest) >> 32);
        }

        new Span<uint>(_words, whole).Clear();
        _count += whole + 1;
        Trim();
    }

    /// <summary>Halves; the lowest bit is lost.</summary>
    public void Halve()
    {
        uint carry = 0;
        for (int i = _count - 1; i >= 0; i--)
        {
            uint word = _words[i];
            _words[i] = (word >> 1) | carry;
            carry = word << 31;
        }

        Trim();
    }

    /// <summary>Takes another one away if it is not larger.</summary>
    /// <returns>Whether it was done.</returns>
    public bool TrySubtract(in BigNumber other)
    {
        if (IsLess(in other))
        {
            return false;
        }

        long borrow = 0;
        for (int i = 0; i < _count; i++)
        {
            borrow += (long)_words[i] - (i < other._count ? other._words[i] : 0);
            _words[i] = (uint)borrow;
            borrow >>= 32;
        }

        Trim();
        return true;
    }

    /// <summary>Divides by 10⁹.</summary>
    /// <returns>The remainder.</returns>
    public uint DivideByBillion()
    {
        ulong remainder = 0;
        for (int i = _count - 1; i >= 0; i--)
        {
            remainder = (remainder << 32) | _words[i];
            _words[i] = (uint)(remainder / Billion);
            remainder %= Billion;
        }

        Trim();
        return (uint)remainder;
    }

    /// <summary>Sets it to a 64-bit number.</summary>
    public void Set(ulong value)
    {
        _words[0] = (uint)value;
        _words[1] = (uint)(value >> 32);
        _count = 2;
        Trim();
    }

    private readonly bool IsLess(in BigNumber other)
    {
        if (_count != other._count)
        {
            return _count < other._count;
        }

        for (int i = _count - 1; i >= 0; i--)
        {
            if (_words[i] != other._words[i])
            {
                return _words[i] < other._words[i];
            }
        }

        return false;
    }

    private void Trim()
    {
        while (_count > 0 && _words[_count - 1] == 0)
        {
            _count--;
        }
    }
}

using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>A whole number of any length, lowest 32 bits first, in memory
/// of the caller's. Only what <see cref="ExtendedFloat"/> needs.</summary>
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

    /// <summary>Multiplies by a power of two.</summary>
    public void ShiftLeft(int bits)
    {
        MultiplyAdd(1u << (bits % 32), 0);
        if (_count != 0)
        {
            int words = bits / 32;
            new Span<uint>(_words, _count).CopyTo(new Span<uint>(_words + words, _count));
            new Span<uint>(_words, words).Clear();
            _count += words;
        }
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

        while (_count > 0 && _words[_count - 1] == 0)
        {
            _count--;
        }

        return (uint)remainder;
    }

    /// <summary>Multiplies by a power of ten, or divides when the exponent is negative.</summary>
    /// <returns>Whether there was a remainder.</returns>
    public bool Scale(int exponent)
    {
        // Down to a multiple of nine.
        for (; exponent % 9 != 0; exponent--)
        {
            MultiplyAdd(10, 0);
        }

        for (; exponent > 0; exponent -= 9)
        {
            MultiplyAdd(Billion, 0);
        }

        bool isInexact = false;
        for (; exponent < 0; exponent += 9)
        {
            isInexact |= DivideByBillion() != 0;
        }

        return isInexact;
    }

    /// <summary>Its highest bits.</summary>
    /// <param name="lower">How many bits are below them.</param>
    /// <param name="isInexact">Whether one of those is set.</param>
    public readonly UInt128 Top(out int lower, out bool isInexact)
    {
        int first = Math.Max(_count - 4, 0);
        UInt128 top = UInt128.Zero;
        for (int i = _count - 1; i >= first; i--)
        {
            top = (top << 32) | _words[i];
        }

        lower = 32 * first;
        isInexact = new ReadOnlySpan<uint>(_words, first).ContainsAnyExcept(0u);
        return top;
    }
}

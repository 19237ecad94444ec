using System;
using Epollsrv.Native;
using Xunit;

namespace Epollsrv.Tests.Unit;

public sealed unsafe class Crc64Tests
{
    // The polynomial as published, highest power first; the checksum works on reflected bits.
    private const ulong Polynomial = 0xAD93D23594C935A9;

    [Fact]
    public void The_check_value_is_the_published_one() => Assert.Equal(0xE9C6D914C4B8D9CAUL, Compute(0, "123456789"u8));

    [Fact]
    public void Nothing_changes_nothing() => Assert.Equal(5UL, Compute(5, []));

    [Fact]
    public void Every_length_and_alignment_is_what_bit_by_bit_gives_and_may_be_split_anywhere()
    {
        byte[] bytes = new byte[200];
        new Random(TestSeed.Choose()).NextBytes(bytes);
        for (int start = 0; start < 17; start++)
        {
            for (int length = 0; length <= bytes.Length - start; length++)
            {
                ReadOnlySpan<byte> part = bytes.AsSpan(start, length);
                ulong expected = BitByBit(part);
                Assert.Equal(expected, Compute(0, part));
                int split = length * 5 / 7;
                Assert.Equal(expected, Compute(Compute(0, part[..split]), part[split..]));
            }
        }
    }

    internal static ulong Compute(ulong checksum, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* data = bytes)
        {
            return Crc64.Compute(checksum, data, bytes.Length);
        }
    }

    private static ulong BitByBit(ReadOnlySpan<byte> bytes)
    {
        ulong checksum = 0;
        foreach (byte value in bytes)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                bool carry = (checksum >> 63) != (ulong)((value >> bit) & 1);
                checksum = (checksum << 1) ^ (carry ? Polynomial : 0);
            }
        }

        ulong reflected = 0;
        for (int bit = 0; bit < 64; bit++)
        {
            reflected |= ((checksum >> bit) & 1) << (63 - bit);
        }

        return reflected;
    }
}

using System.Text;

using Epollsrv.Protocol.Cs;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>The hash that places keys, against values of the C program.</summary>
public sealed class RingHashTests
{
    [Theory]
    [InlineData("", 0x00000000u, 0, 0)]
    [InlineData("a", 0xca2e9442u, 2, 2)]
    [InlineData("alpha.txt", 0xa6269d06u, 2, 6)]
    [InlineData("beta.bin", 0x28fc3143u, 3, 3)]
    [InlineData("gamma.txt", 0x82570433u, 3, 3)]
    [InlineData("missing.txt", 0xa29e4061u, 1, 1)]
    [InlineData("f2_1.txt", 0x9fb9b720u, 0, 0)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x519e91f5u, 1, 5)]
    [InlineData("naïve.txt", 0xf21421e0u, 0, 0)]
    public void Text_keys_hash_as_in_the_C_program(string key, uint hash, int of4, int of8)
    {
        uint actual = RingHash.Compute(Encoding.UTF8.GetBytes(key));
        Assert.Equal(hash, actual);
        Assert.Equal(of4, (int)(actual % 4));
        Assert.Equal(of8, (int)(actual % 8));
    }

    [Fact]
    public void Bytes_above_7F_count_as_negative()
    {
        Assert.Equal(0x8785d7c7u, RingHash.Compute([0x80, 0xFF, 0x7F]));
    }
}

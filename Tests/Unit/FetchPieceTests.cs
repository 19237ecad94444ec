using System;
using System.Text;

using Epollsrv.Protocol.Http;
using Epollsrv.Share;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Identities, the map of pieces, the limit on the rate and the writer of requests.</summary>
public sealed class FetchPieceTests
{
    private const string Hash = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    [Theory]
    [InlineData("0", 0, 0)]
    [InlineData("1", 1, 1)]
    [InlineData("100000", 1 << 20, 1)]
    [InlineData("100001", (1 << 20) + 1, 2)]
    public void An_entity_tag_is_an_identity(string size, long bytes, int pieces)
    {
        FileIdentity identity = FileIdentity.FromTag(Encoding.ASCII.GetBytes("\"" + Hash + "-" + size + "\""), out _)!;
        Assert.Equal((bytes, pieces), (identity.Size, identity.Pieces));
        Assert.Equal(Hash, Convert.ToHexStringLower(identity.List));
        Assert.True(pieces == 0 || identity.LengthOf(pieces - 1) == bytes - ((pieces - 1L) << 20));
    }

    [Theory]
    [InlineData("W/\"" + Hash + "-1\"")]
    [InlineData("\"" + Hash + "-\"")]
    [InlineData("\"" + Hash + "-1")]
    [InlineData("\"" + Hash + "-1x\"")]
    [InlineData("\"" + Hash + "--1\"")]
    [InlineData("\"" + Hash + "1\"")]
    [InlineData("\"0" + Hash + "-1\"")]
    [InlineData("\"g" + "0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff-1\"")]
    [InlineData("\"" + Hash + "-fffffffffffffffff\"")]
    [InlineData("\"" + Hash + "-40000000001\"")]
    [InlineData("")]
    public void Any_other_tag_is_none(string tag) => Assert.Null(FileIdentity.FromTag(Encoding.ASCII.GetBytes(tag), out _));

    [Fact]
    public void The_map_counts_what_is_here_in_any_order()
    {
        FileIdentity identity = FileIdentity.FromTag(Encoding.ASCII.GetBytes("\"" + Hash + "-9000001\""), out _)!;
        PieceMap map = new(identity);
        Assert.Equal(145, map.Count);
        Random random = new(1);
        int[] order = new int[map.Count];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        random.Shuffle(order);
        bool[] here = new bool[map.Count];
        for (int i = 0; i < order.Length; i++)
        {
            Assert.True(map.IsWanted(order[i]));
            map.Ask(order[i]);
            Assert.False(map.IsWanted(order[i]));
            map.Answered(order[i]);
            Assert.Equal(order[i] / 8, map.Set(order[i]));
            _ = map.Set(order[i]);
            here[order[i]] = true;
            int prefix = Array.IndexOf(here, false);
            Assert.Equal(prefix < 0 ? map.Count : prefix, map.Prefix);
            Assert.Equal(i + 1, map.Done);
            Assert.Equal(i + 1, PieceMap.Population(map.Bits));
            Assert.False(map.IsWanted(order[i]));
        }

        Assert.True(map.IsWhole);
        Assert.Equal(identity.Size, map.DoneBytes);
        Assert.Equal(18, map.SkipWhole(0));
    }

    [Fact]
    public void The_rate_stays_below_the_limit()
    {
        RateLimit limit = new(1_000_000);
        long now = 5_000_000_000;
        long read = 0;
        for (int i = 0; i < 1000; i++)
        {
            long allowed = limit.Allowance(now);
            Assert.InRange(allowed, long.MinValue, 100_000);
            if (allowed > 0)
            {
                limit.Spend(allowed);
                read += allowed;
            }

            now += 10_000_000;
        }

        Assert.InRange(read, 9_900_000, 10_100_000);
        Assert.Equal(long.MaxValue, new RateLimit(0).Allowance(now));
    }

    [Fact]
    public void A_request_that_does_not_fit_says_so()
    {
        HttpRequestWriter writer = new(new byte[16]);
        writer.Add("GET /"u8);
        writer.Add(1234567);
        Assert.False(writer.IsFull);
        Assert.Equal(12, writer.Length);
        writer.AddBase64("abcd"u8);
        Assert.True(writer.IsFull);
        byte[] text = new byte[8];
        Assert.Equal(8, HttpText.EncodeBase64("abcd"u8, text));
        Assert.Equal("YWJjZA==", Encoding.ASCII.GetString(text));
    }
}

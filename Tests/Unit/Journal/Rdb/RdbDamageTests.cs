using System;
using System.Collections.Generic;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Unit.Journal.Rdb;

/// <summary>Files that are cut, changed, or say what cannot be: never a crash, an endless loop, or memory for what is not there.</summary>
public sealed class RdbDamageTests(ITestOutputHelper output)
{
    private const int Flips = 2000;

    // Redis's version stands there: another one may have no checksum.
    private const int HeaderBytes = 9;

    [Fact]
    public void A_file_that_is_cut_anywhere_is_damaged()
    {
        byte[] file = Sample(builder => builder.End());
        using RdbListing listing = new();
        listing.Write(file);
        List<string> whole = listing.Read(file.Length);
        Assert.Equal("end " + file.Length, whole[^1]);
        for (int length = file.Length - 1; length >= 0; length--)
        {
            listing.Cut(length);

            // Nobody may have noticed that it became shorter.
            foreach (long said in (long[])[length, file.Length])
            {
                List<string> lines = listing.Read(said, largeFrom: length % 3 == 0 ? 4 : long.MaxValue);
                Assert.StartsWith("damaged at byte ", lines[^1], StringComparison.Ordinal);
                AssertBegins(whole, lines);
            }
        }
    }

    [Fact]
    public void A_changed_byte_is_always_noticed()
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        byte[] file = Sample(builder => builder.End());
        using RdbListing listing = new();
        listing.Write(file);
        for (int i = 0; i < Flips; i++)
        {
            int at = HeaderBytes + random.Next(file.Length - HeaderBytes);
            listing.WriteByte(at, (byte)(file[at] ^ random.Next(1, 256)));
            List<string> lines = listing.Read(file.Length, largeFrom: random.Next(2) == 0 ? 4 : long.MaxValue);
            Assert.False(lines[^1].StartsWith("end ", StringComparison.Ordinal), $"byte {at}");
            listing.WriteByte(at, file[at]);
        }
    }

    /// <summary>Without a checksum it may be read as something else, or not; either ends soon.</summary>
    [Fact]
    public void Changed_bytes_without_a_checksum_do_no_harm()
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        byte[] file = Sample(builder => builder.EndUnchecked());
        using RdbListing listing = new();
        listing.Write(file);
        for (int i = 0; i < Flips; i++)
        {
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                // Lengths of all forms, types and codes more often than others.
                byte[] likely = [0x81, 0x80, 0xC3, 0xFF, 0xF7, 7, 15, 21, 0x40, (byte)random.Next(256)];
                listing.WriteByte(random.Next(file.Length), likely[random.Next(likely.Length)]);
            }

            Assert.NotEmpty(listing.Read(file.Length, largeFrom: random.Next(2) == 0 ? 4 : long.MaxValue));
            listing.Write(file);
        }
    }

    [Theory]
    [InlineData("a string of 2^40 bytes", new byte[] { 0, 1, 97, 0x81, 0, 0, 1, 0, 0, 0, 0, 0 })]
    [InlineData("a string of 2^63 bytes", new byte[] { 0, 1, 97, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData("a key of 2^31 bytes", new byte[] { 0, 0x80, 0x80, 0, 0, 0 })]
    [InlineData("five bytes that become 2^28", new byte[] { 0, 1, 97, 0xC3, 5, 0x80, 0x10, 0, 0, 0, 0, 1, 0xE0, 10, 0 })]
    [InlineData("no bytes that become some", new byte[] { 0, 1, 97, 0xC3, 0, 5 })]
    [InlineData("a reference before the beginning", new byte[] { 0, 1, 97, 0xC3, 5, 20, 0, 1, 0xE0, 10, 1 })]
    [InlineData("a reference beyond the end", new byte[] { 0, 1, 97, 0xC3, 5, 19, 0, 1, 0xE0, 10, 0 })]
    [InlineData("an encoding that does not exist", new byte[] { 0, 1, 97, 0xC4, 0, 0, 0, 0 })]
    [InlineData("a length that does not exist", new byte[] { 0, 1, 97, 0x82, 0, 0, 0, 0 })]
    [InlineData("an encoding in place of a number", new byte[] { 0xFE, 0xC0, 5 })]
    [InlineData("a database of 2^40", new byte[] { 0xFE, 0x81, 0, 0, 1, 0, 0, 0, 0, 0 })]
    [InlineData("a list of 2^63 items", new byte[] { 1, 1, 97, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData("an item without a unique", new byte[]
    {
        0xFA, 13, 101, 112, 111, 108, 108, 115, 114, 118, 45, 105, 116, 101, 109, 2, 49, 32,
    })]
    [InlineData("a list of 100 items", new byte[] { 1, 1, 97, 0x40, 100, 0, 0, 0, 0 })]
    public void What_cannot_be_is_damage(string what, byte[] item)
    {
        foreach (long largeFrom in (long[])[0, long.MaxValue])
        {
            List<string> lines = RdbListing.Of(new RdbBuilder().Bytes(item).Any(20).End(), largeFrom);
            Assert.True(lines[^1].StartsWith("damaged at byte ", StringComparison.Ordinal), what + ": " + lines[^1]);
        }
    }

    private static byte[] Sample(Func<RdbBuilder, byte[]> end)
    {
        RdbBuilder file = new RdbBuilder("REDIS0011").Bytes(0xFA).Texts("redis-ver", "7.2.0").Bytes(0xF5).Texts("#!lua name=x")
            .Bytes(0xF7).Lengths(0x1234567890, 2, 1).Lengths(1, 5, 4).Any(8).Lengths(5).Texts("text").Lengths(0)
            .Bytes(0xFE).Lengths(3).Bytes(0xFB).Lengths(5, 2)
            .Bytes(0xFA).Texts("epollsrv-item", "32 1764582617123456 1").Bytes(0xFC).Any(7).Bytes(1).Key("item", "the value of an item")
            .Bytes(0xFC).Any(7).Bytes(1).Bytes(0xF8).Lengths(700).Key("a", "the first value")
            .Bytes(0xF9, 9).Bytes(0, 0xC1, 1, 2, 0xC2, 1, 2, 3, 4)
            .Bytes(0).Texts("lzf").Bytes(0xC3, 6, 21, 1, (byte)'e', (byte)'f', 0xE0, 10, 1);
        foreach ((byte type, _, Action<RdbBuilder> value) in RdbReaderTests.Types())
        {
            if (type != 22)
            {
                value(file.Bytes(type).Texts("k"));
            }
        }

        return end(file.Key("last", new string('x', 80)));
    }

    // All lines but the last, which says what is wrong. A long value may have been cut behind its key.
    private static void AssertBegins(List<string> whole, List<string> lines)
    {
        for (int i = 0; i < lines.Count - 1; i++)
        {
            // A hint is held against the file's length.
            bool isHint = lines[i].StartsWith("resize ", StringComparison.Ordinal);
            bool isBroken = i == lines.Count - 2 && lines[i].Contains("=(broken)", StringComparison.Ordinal);
            Assert.True(whole[i] == lines[i] || isHint || isBroken, lines[i]);
        }
    }
}

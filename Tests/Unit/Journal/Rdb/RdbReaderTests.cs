using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace Epollsrv.Tests.Unit.Journal.Rdb;

/// <summary>Files made by hand. What redis-server makes: <see cref="Differential.RdbFileTests"/>.</summary>
public sealed class RdbReaderTests
{
    [Theory]
    [InlineData("REDIS0005")]
    [InlineData("REDIS0006")]
    [InlineData("REDIS0009")]
    [InlineData("REDIS0010")]
    [InlineData("REDIS0011")]
    [InlineData("VALKEY080")]
    [InlineData("VALKEY081")]
    public void Every_version_is_read(string header)
    {
        byte[] file = new RdbBuilder(header).Key("a", "1").End();
        Assert.Equal(["0 a=1", "end " + file.Length], RdbListing.Of(file));
    }

    [Theory]
    [InlineData("REDIS0001")]
    [InlineData("REDIS0004")]
    public void Old_versions_have_no_checksum(string header)
        => Assert.Equal(["0 a=1", "end 15"], RdbListing.Of(new RdbBuilder(header).Key("a", "1").EndOld()));

    [Theory]
    [InlineData("REDIS0012", "version 12 of Redis's")]
    [InlineData("REDIS0080", "version 80 of Redis's")]
    [InlineData("REDIS0000", "version 0 of Redis's")]
    [InlineData("VALKEY079", "version 79 of valkey's")]
    [InlineData("VALKEY082", "version 82 of valkey's")]
    public void Other_versions_are_named_and_refused(string header, string named)
    {
        string line = Assert.Single(RdbListing.Of(new RdbBuilder(header).Key("a", "1").End()));
        Assert.StartsWith("refused at byte 0: the file has " + named, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("REDIS00x9")]
    [InlineData("RADIS0009")]
    [InlineData("*1\r\n$4\r\nP")]
    public void Other_files_are_no_RDB_files(string header)
        => Assert.StartsWith("damaged at byte 0: this is no RDB file", Assert.Single(RdbListing.Of(new RdbBuilder(header).End())),
            StringComparison.Ordinal);

    [Fact]
    public void Every_form_of_a_string_is_read_as_key_and_as_value()
    {
        RdbBuilder file = new();
        byte[][] forms =
        [
            [0xC0, 0x80], [0xC1, 0x00, 0x80], [0xC2, 0, 0, 0, 0x80], [0x03, (byte)'a', 0, 0xFF], [0x40, 0x01, (byte)'b'],
            [0x80, 0, 0, 0, 1, (byte)'c'], [0x81, 0, 0, 0, 0, 0, 0, 0, 1, (byte)'d'], [0x00],

            // "e" and 19 more by a reference into itself.
            [0xC3, 5, 20, 0, (byte)'e', 0xE0, 10, 0],
        ];
        foreach (byte[] key in forms)
        {
            foreach (byte[] value in forms)
            {
                file.Bytes([0, .. key, .. value]);
            }
        }

        string[] texts = ["-128", "-32768", "-2147483648", "a\0ÿ", "b", "c", "d", "", new string('e', 20)];
        IEnumerable<string> expected = texts.SelectMany(key => texts.Select(value => "0 " + key + "=" + value));
        Assert.Equal(expected, RdbListing.Of(file.End())[..^1]);
        Assert.Equal(expected, RdbListing.Of(file.End(), largeFrom: 0)[..^1]);
    }

    [Fact]
    public void What_belongs_to_a_key_belongs_to_no_other()
    {
        byte[] file = new RdbBuilder("REDIS0011")
            .Bytes(0xFA).Texts("redis-ver", "7.2.0").Bytes(0xFA).Texts("aof-base").Bytes(0xC0, 1)
            .Bytes(0xFE).Lengths(3).Bytes(0xFB).Lengths(5, 2)
            .Bytes(0xFC).Bytes(1, 2, 0, 0, 0, 0, 0, 0).Bytes(0xF8).Lengths(77).Key("a", "1")
            .Key("b", "2")
            .Bytes(0xF9, 255).Bytes(0xFD, 2, 0, 0, 0).Key("c", "3")
            .Bytes(0xF4).Lengths(1, 2, 3)
            .Bytes(0xFE).Lengths(100_000)
            .Bytes(0xFC).Bytes(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF).Key("d", "4")
            .Bytes(0xFC).Any(8).Key("e", "5")
            .Bytes(0xFD, 0xFF, 0xFF, 0xFF, 0xFF).Bytes(1).Texts("list").Lengths(1).Texts("x")
            .Bytes(0xFB).Lengths(ulong.MaxValue, ulong.MaxValue)
            .End();
        Assert.Equal(
            ["aux redis-ver=7.2.0", "aux aof-base=1", "resize 5 2", "3 a=1 until 513 idle 77", "3 b=2", "3 c=3 until 2000 used 255",
                "100000 d=4", "100000 e=5 until 1", "list list until 1", "resize 3 3", "end " + file.Length],
            RdbListing.Of(file));
    }

    [Fact]
    public void Libraries_of_functions_are_skipped()
    {
        byte[] file = new RdbBuilder("REDIS0010")
            .Bytes(0xF5).Texts("#!lua name=x")
            .Bytes(0xF6).Texts("x", "LUA").Lengths(0).Texts("code")
            .Bytes(0xF6).Texts("x", "LUA").Lengths(1).Texts("for this and that", "code")
            .Key("a", "1").End();
        Assert.Equal(["function", "function", "function", "0 a=1", "end " + file.Length], RdbListing.Of(file));
    }

    [Fact]
    public void A_module_s_values_are_named_and_skipped()
    {
        ulong number = ModuleNumber("ReJSON-RL", 3);
        byte[] file = new RdbBuilder("REDIS0010")
            .Bytes(0xF7).Lengths(number, 2, 1).Lengths(5).Texts("text").Lengths(0)
            .Bytes(7).Texts("key").Lengths(number)
            .Lengths(1, ulong.MaxValue).Lengths(2, 5).Lengths(3).Any(4).Lengths(4).Any(8).Lengths(5).Texts("text").Lengths(0)
            .Key("a", "1").End();
        Assert.Equal(["aux of module type ReJSON-RL", "module type ReJSON-RL key", "0 a=1", "end " + file.Length], RdbListing.Of(file));

        List<string> unknown = RdbListing.Of(new RdbBuilder().Bytes(7).Texts("key").Lengths(number, 6).End());
        Assert.Equal("damaged at byte 24: the value of a module has a unit that is not known", unknown[^1]);
        List<string> draft = RdbListing.Of(new RdbBuilder().Bytes(6).Texts("key").Lengths(number).End());
        Assert.Equal("module type key", draft[0]);
        Assert.StartsWith("refused at byte 14: ", draft[1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_must_not_be_skipped_is_refused()
    {
        Assert.StartsWith("refused at byte 10: ", RdbListing.Of(new RdbBuilder("VALKEY080").Bytes(0xF3).End())[0],
            StringComparison.Ordinal);
        Assert.StartsWith("refused at byte 10: ", RdbListing.Of(new RdbBuilder("VALKEY080").Bytes(0xF2).End())[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Every_type_is_named_and_skipped()
    {
        RdbBuilder file = new("VALKEY080");
        List<string> expected = [];
        foreach ((byte type, string name, Action<RdbBuilder> value) in Types())
        {
            value(file.Bytes(type).Texts("key" + type));
            expected.Add(name + " key" + type);
            file.Key("a" + type, "1");
            expected.Add("0 a" + type + "=1");
        }

        byte[] bytes = file.End();
        Assert.Equal([.. expected, "end " + bytes.Length], RdbListing.Of(bytes));
    }

    /// <summary>Redis 7.4 gives these numbers to hashes whose fields expire, in forms that it changed later.</summary>
    [Theory]
    [InlineData("REDIS0011", 22)]
    [InlineData("REDIS0011", 24)]
    [InlineData("VALKEY080", 23)]
    [InlineData("REDIS0009", 8)]
    [InlineData("REDIS0009", 0xF1)]
    public void A_type_that_the_version_does_not_have_is_damage(string header, byte type)
        => Assert.Equal(
            "damaged at byte 10: there is no item of type " + type, RdbListing.Of(new RdbBuilder(header).Bytes(type).Any(9).End())[0]);

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(long.MaxValue)]
    public void Values_longer_than_buffers_are_read_and_skipped(long largeFrom)
    {
        string half = new('x', 700_000);
        string whole = new('y', 5_000_000);
        byte[] file = new RdbBuilder()
            .Key("a", half).Key("b", half).Key(half, whole).Key("c", "1").Bytes(1).Texts("list").Lengths(2).Texts(whole, whole)
            .Key("d", whole).Key("e", new string('z', 21)).End();
        Assert.Equal(
            ["0 a=" + half, "0 b=" + half, "0 " + half + "=" + whole, "0 c=1", "list list", "0 d=" + whole, "0 e=" + new string('z', 21),
                "end " + file.Length],
            RdbListing.Of(file, largeFrom));
    }

    [Fact]
    public void What_is_longer_than_allowed_is_refused()
    {
        byte[] file = new RdbBuilder().Key("a", "12345678").Key("b", "123456789").End();
        Assert.Equal(
            ["0 a=12345678", "refused at byte 25: a key or value of 9 bytes is longer than the 8 that are allowed"],
            RdbListing.Of(file, longest: 8));
    }

    [Fact]
    public void A_wrong_checksum_is_damage_but_none_is_none()
    {
        byte[] file = new RdbBuilder().Key("a", "1").End();
        file[^1] ^= 1;
        Assert.StartsWith("damaged at byte 15: the checksum is wrong", RdbListing.Of(file)[^1], StringComparison.Ordinal);
        Assert.Equal("end 23", RdbListing.Of(new RdbBuilder().Key("a", "1").EndUnchecked())[^1]);
    }

    [Fact]
    public void The_input_then_stands_behind_the_checksum()
    {
        byte[] file = new RdbBuilder().Key("a", "1").End();
        Assert.Equal("end " + file.Length, RdbListing.Of([.. file, .. "*1\r\n"u8])[^1]);
    }

    private static ulong ModuleNumber(string name, int version)
    {
        const string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return (name.Aggregate(0UL, (sum, letter) => (sum << 6) | (uint)letters.IndexOf(letter, StringComparison.Ordinal)) << 10)
            | (uint)version;
    }

    internal static IEnumerable<(byte Type, string Name, Action<RdbBuilder> Value)> Types()
    {
        yield return (1, "list", file => file.Lengths(2).Texts("x", "y"));
        yield return (2, "set", file => file.Lengths(2).Texts("x").Bytes(0xC0, 5));
        yield return (3, "zset", file => file.Lengths(4).Texts("w").Bytes(3, (byte)'1', (byte)'.', (byte)'5')
            .Texts("x").Bytes(253).Texts("y").Bytes(254).Texts("z").Bytes(255));
        yield return (4, "hash", file => file.Lengths(2).Texts("x", "y", "z", ""));
        yield return (5, "zset", file => file.Lengths(2).Texts("x").Any(8).Texts("y").Any(8));
        foreach ((byte type, string name) in ((byte, string)[])[(9, "hash"), (10, "list"), (11, "set"), (12, "zset"), (13, "hash"),
            (16, "hash"), (17, "zset"), (20, "set")])
        {
            yield return (type, name, file => file.Bytes(0xC3, 5, 20, 0, 1, 0xE0, 10, 0));
        }

        yield return (14, "list", file => file.Lengths(2).Texts("ziplist", "another"));
        yield return (18, "list", file => file.Lengths(2, 1).Texts("plain").Lengths(2).Texts("listpack"));
        yield return (15, "stream", file => Stream(file, 15));
        yield return (19, "stream", file => Stream(file, 19));
        yield return (21, "stream", file => Stream(file, 21));
        yield return (22, "hash", file => file.Lengths(2).Texts("x", "y").Any(8).Texts("z", "").Any(8));
    }

    private static void Stream(RdbBuilder file, byte type)
    {
        file.Lengths(2);
        for (int node = 0; node < 2; node++)
        {
            file.Lengths(16).Any(16).Texts("listpack");
        }

        // Numbers of entries and identifiers can be as large as 64 bits allow.
        file.Lengths(20, ulong.MaxValue, ulong.MaxValue);
        if (type != 15)
        {
            file.Lengths(1, 2, 3, ulong.MaxValue, 1000);
        }

        file.Lengths(2);
        for (int group = 0; group < 2; group++)
        {
            file.Texts("group").Lengths(5, ulong.MaxValue);
            if (type != 15)
            {
                file.Lengths(9);
            }

            file.Lengths(2).Any(24).Lengths(1).Any(24).Lengths(1000).Lengths(2);
            for (int consumer = 0; consumer < 2; consumer++)
            {
                file.Texts("consumer").Any(type == 21 ? 16 : 8).Lengths((ulong)consumer).Any(16 * consumer);
            }
        }
    }
}

using System;
using System.Globalization;
using System.Linq;
using System.Text;

using Xunit;

namespace Epollsrv.Tests.Integration.Memcached;

/// <summary>Large values, long lines, and what is refused.</summary>
public sealed class MemcachedLimitTests
{
    [Theory]
    [MemberData(nameof(NodeUnderTest.AllPlaces), MemberType = typeof(NodeUnderTest))]
    public void Values_of_all_lengths_come_back(string place) => NodeUnderTest.Run(place, node =>
    {
        using MemcachedClient client = new(node);
        foreach (int length in (int[])[0, 1, 1000, 18_000, 18_432, 20_000, 65_535, 65_536, 300_000, 1_000_000])
        {
            string value = new((char)('a' + (length % 26)), length);
            Assert.Equal("STORED", client.Set("a", value));
            Assert.True(client.Get("a") == value, length.ToString(CultureInfo.InvariantCulture));
            Assert.Equal("STORED", client.Set("a", "x", verb: "append"));
            Assert.Equal("STORED", client.Set("a", "y", verb: "prepend"));
            Assert.True(client.Get("a") == "y" + value + "x", length.ToString(CultureInfo.InvariantCulture));
            Assert.Equal("VA " + (length + 2).ToString(CultureInfo.InvariantCulture), client.Call("mg a v\r\n"));
            _ = client.Bytes(length + 4);
        }
    }, "--memcached", "0");

    [Theory]
    [InlineData(1_048_516, "STORED")]
    [InlineData(1_048_517, "SERVER_ERROR object too large for cache")]
    [InlineData(3_000_000, "SERVER_ERROR object too large for cache")]
    public void The_largest_item_is_as_in_memcached(int length, string reply) => NodeUnderTest.RunEverywhere(node =>
    {
        using MemcachedClient client = new(node);
        _ = client.Set("a", "old");
        string commands = "flush_all\r\nget b\r\nset b 0 0 1\r\nx\r\n";
        string value = string.Concat(Enumerable.Repeat(commands, (length / commands.Length) + 1))[..length];
        Assert.Equal(reply, client.Set("a", value));

        // What was thrown away was no command, and what was there before is gone.
        Assert.Null(client.Get("b"));
        Assert.Equal(reply == "STORED" ? value : null, client.Get("a"));
        string code = client.Call($"ms m {length}\r\n{value}\r\n");
        Assert.True(code == reply || code == "HD", code);
    }, "--memcached", "0");

    [Fact]
    public void The_largest_item_can_be_set() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using MemcachedClient client = new(node);
        Assert.Equal("SERVER_ERROR object too large for cache", client.Set("a", new string('x', 2000)));
        Assert.Equal("STORED", client.Set("a", new string('x', 1900)));
        Assert.Equal("NOT_STORED", client.Set("a", new string('x', 200), verb: "append"));
        Assert.Contains("STAT item_size_max 2048\r\n", client.Exchange("stats settings\r\n"), StringComparison.Ordinal);
    }, "--memcached", "0", "--max-item", "2kb");

    [Fact]
    public void Ten_thousand_keys_are_asked_for_at_once() => NodeUnderTest.RunEverywhere(node =>
    {
        using MemcachedClient client = new(node);
        for (int i = 0; i < 100; i++)
        {
            _ = client.Exchange(string.Concat(Enumerable.Range(i * 100, 100).Select(key => $"set key:{key} 0 0 5\r\n{key:D5}\r\n")));
        }

        StringBuilder expected = new();
        StringBuilder request = new("get");
        for (int i = 0; i < 10_001; i++)
        {
            _ = request.Append(" key:").Append(i);
            string value = i == 10_000 ? "END\r\n" : $"VALUE key:{i} 0 5\r\n{i:D5}\r\n";
            _ = expected.Append(value);
        }

        Assert.Equal(expected.ToString(), client.Exchange(request + "\r\n"));
    }, "--memcached", "0");

    [Fact]
    public void Requests_torn_at_every_byte_are_answered() => NodeUnderTest.RunEverywhere(node =>
    {
        using MemcachedClient client = new(node);
        const string Requests = "set a 5 0 3\r\nx\r\n\r\nget a b\r\nincr n 1\r\nms c 2 k O1\r\nhi\r\nmg c v k\r\nset a 0 0 1\r\nxyz\r\n";
        foreach (char one in Requests)
        {
            client.Send([(byte)one]);
        }

        Assert.Equal(
            "STORED\r\nVALUE a 5 3\r\nx\r\n\r\nEND\r\nNOT_FOUND\r\nHD kc O1\r\nVA 2 kc\r\nhi\r\nCLIENT_ERROR bad data chunk\r\nERROR\r\n",
            client.Exchange(string.Empty));
    }, "--memcached", "0");

    [Fact]
    public void A_line_without_end_ends_the_connection_unless_it_asks_for_many_keys() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using MemcachedClient client = new(node);
        client.Send(new string('x', 3000));
        Assert.Equal("CLIENT_ERROR line too long\r\n", client.ToEnd());
        using MemcachedClient other = new(node);
        other.Send("get" + string.Concat(Enumerable.Repeat(" abc", 5000)));
        Assert.Equal("END", other.Call("\r\n"));
        Assert.Equal("CLIENT_ERROR bad command line format", other.Call("get a " + new string('k', 251) + " b\r\n"));
    }, "--memcached", "0");

    [Fact]
    public void The_binary_protocol_is_refused_with_one_line_in_the_log() => NodeUnderTest.Run("published adaptive edge", node =>
    {
        for (int i = 0; i < 5; i++)
        {
            using MemcachedClient client = new(node);
            client.Send([0x80, 0, 0, 1, 0, 0, 0, 0]);
            try
            {
                Assert.Equal(string.Empty, client.ToEnd());
            }
            catch (System.Net.Sockets.SocketException)
            {
                // A reset.
            }
        }

        node.AwaitLog("binary protocol");
        Assert.Equal(2, node.LogText.Split("binary protocol").Length);
    }, "--memcached", "0");

    [Fact]
    public void A_client_too_many_is_told_so_in_the_words_of_memcached() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using MemcachedClient client = new(node);
        _ = client.Set("a", "1");
        using MemcachedClient other = new(node);
        Assert.Equal("ERROR Too many open connections\r\n", other.ToEnd());
    }, "--memcached", "0", "--max-clients", "1");
}

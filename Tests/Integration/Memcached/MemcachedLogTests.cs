using System;
using System.Globalization;
using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Memcached;

/// <summary>What memcached's clients write to the log.</summary>
public sealed class MemcachedLogTests
{
    private const string Place = "adaptive edge";

    /// <summary>A record is written when a unique is given, and not each time when it is asked for.</summary>
    [Fact]
    public void Who_asks_again_for_uniques_does_not_make_the_log_grow()
    {
        using TemporaryFolder folder = new();
        NodeUnderTest.Run(Place, node =>
        {
            using MemcachedClient client = new(node);
            using RespClient resp = new(node);
            _ = client.Set("a", "1", flags: 3);
            string first = Unique(client, "a");
            string size = Size(resp);
            for (int i = 0; i < 1000; i++)
            {
                Assert.Equal(first, Unique(client, "a"));
                Assert.Equal("HD f3 c" + first, client.Call("mg a f c\r\n"));
            }

            Assert.Equal(size, Size(resp));
        }, "--memcached", "0", "--data", folder["data"]);
    }

    /// <summary>The log gets what is added, and not the whole value each time.</summary>
    [Fact]
    public void Appending_to_a_long_value_makes_short_records()
    {
        using TemporaryFolder folder = new();
        const int times = 200;
        const int length = 100_000;
        NodeUnderTest.Run(Place, node =>
        {
            using MemcachedClient client = new(node);
            using RespClient resp = new(node);
            _ = client.Set("a", new string('x', length), flags: 3);
            long before = Bytes(resp);
            for (int i = 0; i < times; i++)
            {
                Assert.Equal("STORED", client.Set("a", "y", verb: "append"));
            }

            Assert.True(Bytes(resp) - before < times * 300);
            Assert.Equal("HD f3 s" + (length + times), client.Call("mg a f s\r\n"));
        }, "--memcached", "0", "--data", folder["data"]);
        NodeUnderTest.Run(Place, node =>
        {
            using MemcachedClient client = new(node);
            Assert.Equal("HD f3 s" + (length + times), client.Call("mg a f s\r\n"));
            Assert.EndsWith("x" + new string('y', times), client.Get("a"), StringComparison.Ordinal);
        }, "--memcached", "0", "--data", folder["data"]);
    }

    private static long Bytes(RespClient client) => long.Parse(Size(client), CultureInfo.InvariantCulture);

    private static string Size(RespClient client)
    {
        NodeUnderTest.Until(() => client.Information("persistence", "aof_buffer_length") == "0");
        return client.Information("persistence", "aof_current_size");
    }

    private static string Unique(MemcachedClient client, string key)
    {
        string line = client.Call("gets " + key + "\r\n");
        _ = client.Line();
        Assert.Equal("END", client.Line());
        return line.Split(' ')[4];
    }
}

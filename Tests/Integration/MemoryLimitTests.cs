using System;
using System.Globalization;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>maxmemory as clients see it: INFO, refusals and eviction when it is changed.</summary>
public sealed class MemoryLimitTests
{
    private const string Place = "adaptive edge";

    [Fact]
    public void A_lowered_maximum_is_reached_without_a_single_write()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru"));
            Fill(client, 240, 50_000);
            Fill(client, 60_000, 400);
            long before = Used(client);
            Assert.InRange(before, 30L << 20, 80L << 20);
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "maxmemory", (before * 6 / 10).ToString(CultureInfo.InvariantCulture)));
            NodeUnderTest.Until(() => Used(client) <= before * 6 / 10, $"of {before} bytes six tenths are in use");
            Assert.True(Used(client) > before / 2, $"{Used(client)} bytes of {before} are left");
            Assert.Equal("+OK", client.Call("SET", "new", "value"));
        });

    [Theory]
    [InlineData("3mb", "noeviction")]
    [InlineData("200kb", "allkeys-lru")]
    public void A_small_maximum_leaves_room_for_writes(string maximum, string policy)
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Fill(client, 100, 10);
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "maxmemory", maximum, "maxmemory-policy", policy));

            // So few lengths that a page for each and each partition fits into half
            // of the maximum: the rest of the process may count for the other.
            for (int number = 0; number < 1000; number++)
            {
                Assert.Equal("+OK", client.Call("SET", "key:" + number, new string('v', number % 100)));
                Assert.Equal("+OK", client.Call("SET", "other", new string('v', 500)));
            }

            Assert.NotEqual(":1", client.Call("DBSIZE"));
        });

    [Fact]
    public void A_maximum_of_one_byte_refuses_writes_and_says_so()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Fill(client, 10, 10);
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "maxmemory", "1"));
            Assert.StartsWith("-OOM command not allowed when used memory > 'maxmemory'", client.Call("SET", "key:1", "v"),
                StringComparison.Ordinal);
            Assert.Equal("$10\r\nvvvvvvvvvv\r\n", client.Call("GET", "key:1"));
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "maxmemory-policy", "allkeys-random"));
            NodeUnderTest.Until(() => client.Call("DBSIZE") == ":0", "no keys are left");
            Assert.StartsWith("-OOM", client.Call("SET", "key:1", "v"), StringComparison.Ordinal);

            // Before the arguments are looked at, as in Redis; from the moment at which the job that evicts has noted that nothing is left.
            NodeUnderTest.Until(() => client.Call("MSET", "key:1", "v", "odd").StartsWith("-OOM", StringComparison.Ordinal));
        });

    private static void Fill(RespClient client, int keys, int length)
    {
        string value = new('v', length);
        for (int number = 0; number < keys; number += 100)
        {
            for (int i = number; i < Math.Min(keys, number + 100); i++)
            {
                client.Send("SET", length == 10 ? "key:" + i : "key:" + i + ":" + length, value);
            }

            for (int i = number; i < Math.Min(keys, number + 100); i++)
            {
                Assert.Equal("+OK", client.Reply());
            }
        }
    }

    private static long Used(RespClient client)
    {
        string info = client.Value("INFO", "memory")!;
        int at = info.IndexOf("used_memory:", StringComparison.Ordinal) + "used_memory:".Length;
        return long.Parse(info.AsSpan(at, info.IndexOf('\r', at) - at), CultureInfo.InvariantCulture);
    }
}

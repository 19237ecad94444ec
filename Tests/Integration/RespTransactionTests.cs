using System;
using System.Globalization;
using System.Threading;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>MULTI, EXEC, DISCARD, WATCH, UNWATCH; every text was compared with redis-server 7.0.15.</summary>
public sealed class RespTransactionTests
{
    public static TheoryData<string> Places => NodeUnderTest.Places;

    public static TheoryData<string> PublishedPlaces => NodeUnderTest.PublishedPlaces;

    [Theory]
    [MemberData(nameof(Places))]
    [MemberData(nameof(PublishedPlaces))]
    public void What_is_queued_runs_at_EXEC_and_is_answered_as_one_array(string place) => NodeUnderTest.Run(place, node =>
    {
        using RespClient client = new(node);
        using RespClient other = new(node);
        Assert.Equal("+OK", client.Call("MULTI"));
        Assert.Equal("+QUEUED", client.Call("SET", "a", "x"));
        Assert.Equal("+QUEUED", client.Call("INCR", "a"));
        Assert.Equal("+QUEUED", client.Call("GET", "a"));
        Assert.Equal("$-1", other.Call("GET", "a"));
        Assert.Equal("*3\r\n+OK\r\n-ERR value is not an integer or out of range\r\n$1\r\nx\r\n", client.Call("EXEC"));
        Assert.Equal("$1\r\nx\r\n", other.Call("GET", "a"));
        Assert.Equal("+OK", client.Call("MULTI"));
        Assert.Equal("*0", client.Call("EXEC"));
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void A_transaction_with_an_error_in_the_queue_is_aborted(string place) => NodeUnderTest.Run(place, node =>
    {
        using RespClient client = new(node);
        client.SendRaw("multi\r\nset a 1\r\nfoo\r\nset b\r\nset c 1\r\nexec\r\nexists a c\r\n");
        string[] expected =
        [
            "+OK", "+QUEUED", "-ERR unknown command 'foo', with args beginning with: ", "-ERR wrong number of arguments for 'set' command",
                "+QUEUED",
            "-EXECABORT Transaction discarded because of previous errors.", ":0",
        ];
        Expect(client, expected);
    });

    [Fact]
    public void Mistakes_are_answered_in_the_words_of_Redis() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        client.SendRaw("exec\r\ndiscard\r\nmulti\r\nmulti\r\nwatch x\r\nset a 1\r\nexec x\r\nexec\r\nmulti\r\ndiscard x\r\ndiscard\r\nexec\r\nunwatch\r\n");
        string[] expected =
        [
            "-ERR EXEC without MULTI", "-ERR DISCARD without MULTI", "+OK", "-ERR MULTI calls can not be nested",
                "-ERR WATCH inside MULTI is not allowed",
            "+QUEUED", "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command",
                "-ERR EXEC without MULTI", "+OK",
            "-ERR wrong number of arguments for 'discard' command", "+OK", "-ERR EXEC without MULTI", "+OK",
        ];
        Expect(client, expected);
        Assert.Equal(":0", client.Call("EXISTS", "a"));
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void EXEC_does_nothing_when_a_watched_key_changed(string place) => NodeUnderTest.Run(place, node =>
    {
        using RespClient client = new(node);
        using RespClient other = new(node);
        foreach (string[] change in (
            string[][])[["SET", "w", "2"], ["DEL", "w"], ["EXPIRE", "w", "100"], ["APPEND", "w", "x"], ["RENAME", "w", "z"], ["FLUSHALL"]])
        {
            Assert.Equal("+OK", other.Call("SET", "w", "1"));
            Assert.Equal("+OK", client.Call("WATCH", "other", "w"));
            _ = other.Call(change);
            Assert.Equal("+OK", client.Call("MULTI"));
            Assert.Equal("+QUEUED", client.Call("SET", "done", "1"));
            Assert.Equal("*-1", client.Call("EXEC"));
            Assert.Equal(":0", other.Call("EXISTS", "done"));
        }

        // UNWATCH, DISCARD and a failed EXEC end the watch.
        _ = client.Call("WATCH", "w");
        _ = other.Call("SET", "w", "3");
        Assert.Equal("+OK", client.Call("UNWATCH"));
        _ = client.Call("MULTI");
        Assert.Equal("*0", client.Call("EXEC"));
        _ = client.Call("WATCH", "w");
        _ = other.Call("SET", "w", "4");
        _ = client.Call("MULTI");
        _ = client.Call("DISCARD");
        _ = client.Call("MULTI");
        Assert.Equal("*0", client.Call("EXEC"));

        // One's own change counts too, a reading does not.
        _ = client.Call("WATCH", "w");
        _ = other.Call("GET", "w");
        _ = client.Call("MULTI");
        Assert.Equal("*0", client.Call("EXEC"));
        _ = client.Call("WATCH", "w");
        _ = client.Call("SET", "w", "5");
        _ = client.Call("MULTI");
        Assert.Equal("*-1", client.Call("EXEC"));
        Assert.Equal("%", client.Call("HELLO", "3")[..1]);
        _ = client.Call("WATCH", "w");
        _ = client.Call("SET", "w", "5");
        _ = client.Call("MULTI");
        Assert.Equal("_", client.Call("EXEC"));
    });

    [Fact]
    public void A_field_that_does_not_fit_changes_nothing_for_those_who_watch() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        foreach (string key in (string[])["new", "short"])
        {
            _ = client.Call("SET", "short", "x");
            _ = client.Call("WATCH", key);
            Assert.Equal("*1\r\n$-1\r\n", client.Call("BITFIELD", key, "OVERFLOW", "FAIL", "SET", "u53", "11", "9223372036854775806"));
            Assert.Equal(":8", client.Call("STRLEN", key));
            _ = client.Call("MULTI");
            Assert.Equal("*0", client.Call("EXEC"));
            _ = client.Call("WATCH", key);
            _ = client.Call("BITFIELD", key, "OVERFLOW", "FAIL", "SET", "u8", "80", "1");
            _ = client.Call("MULTI");
            Assert.Equal("*-1", client.Call("EXEC"));
        }
    });

    [Fact]
    public void A_watched_key_whose_time_has_come_counts_as_changed() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        Patience.WithMoreTime(30, milliseconds =>
        {
            _ = client.Call("SET", "w", "1", "PX", milliseconds.ToString(CultureInfo.InvariantCulture));
            _ = client.Call("WATCH", "w");
            if (client.Call("EXISTS", "w") == ":0")
            {
                // Gone before it was watched.
                _ = client.Call("UNWATCH");
                return false;
            }

            Thread.Sleep(milliseconds * 2);
            _ = client.Call("MULTI");
            Assert.Equal("*-1", client.Call("EXEC"));
            return true;
        });

        // One that was gone before it was watched does not.
        _ = client.Call("SET", "w", "1", "PX", "1");
        Thread.Sleep(10);
        _ = client.Call("WATCH", "w");
        _ = client.Call("MULTI");
        Assert.Equal("*0", client.Call("EXEC"));
    });

    [Fact]
    public void Watches_and_queue_end_with_RESET_and_with_the_connection() => NodeUnderTest.Run("adaptive edge", node =>
    {
        long before = node.Server.Buffers.InUse;
        using RespClient client = new(node);
        _ = client.Call("WATCH", "a");
        _ = client.Call("MULTI");
        _ = client.Call("SET", "a", new string('x', 100_000));
        NodeUnderTest.Until(() => node.Server.Buffers.InUse > before + 100_000, "the queue counts");
        Assert.Equal("+RESET", client.Call("RESET"));
        NodeUnderTest.Until(() => node.Server.Buffers.InUse < before + 100_000, "the queue is freed");
        Assert.Equal("-ERR EXEC without MULTI", client.Call("EXEC"));
        using (RespClient second = new(node))
        {
            _ = second.Call("WATCH", "a");
            _ = second.Call("MULTI");
            _ = second.Call("SET", "a", new string('x', 100_000));
        }

        NodeUnderTest.Until(() => node.Server.Connections.Open == 1 && node.Server.Buffers.InUse < before + 100_000,
            "the queue is freed with its connection");
        Assert.Equal("+OK", client.Call("SET", "a", "1"));
    });

    [Fact]
    public void The_queue_is_bounded() => NodeUnderTest.Run(
        "adaptive edge",
        node =>
        {
            using RespClient client = new(node);
            using RespClient other = new(node);
            _ = client.Call("MULTI");
            string value = new('x', 30_000);
            Assert.Equal("+QUEUED", client.Call("SET", "a", value));
            string last = "+QUEUED";
            for (int i = 0; i < 10 && last == "+QUEUED"; i++)
            {
                last = client.Call("SET", "a", value);
            }

            Assert.Equal("-ERR queued commands are longer than max-request", last);
            Assert.Equal(0, client.Client.Socket.Receive(new byte[1]));
            Assert.Equal("+PONG", other.Call("PING"));
        },
        "--max-request", "64kb");

    [Theory]
    [MemberData(nameof(Places))]
    public void Transfers_in_EXEC_keep_the_sum_whoever_looks(string place) =>
        NodeUnderTest.Run(place, node => RespWorkload.Transfers(node, accounts: 20, writers: 4, readers: 2, rounds: 150));

    [Theory]
    [MemberData(nameof(Places))]
    public void Counters_by_WATCH_lose_no_increment(string place) =>
        NodeUnderTest.Run(place, node => RespWorkload.WatchedCounters(node, clients: 4, increments: 60));

    [Fact]
    public void Commands_on_all_keys_and_long_ones_run_inside_EXEC() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        _ = client.Call("MSET", "a", "1", "b", "2");
        client.SendRaw("multi\r\nkeys *\r\nrandomkey\r\nscan 0\r\nbitop or d a b\r\nlcs a b\r\ndel a b d\r\nkeys *\r\nexec\r\n");
        for (int i = 0; i < 8; i++)
        {
            _ = client.Reply();
        }

        string reply = client.Reply();
        Assert.StartsWith("*7\r\n*2\r\n$1\r\n", reply, StringComparison.Ordinal);
        Assert.EndsWith(":3\r\n*0\r\n", reply, StringComparison.Ordinal);

        // More than the event loop runs by itself.
        client.Send("MULTI");
        for (int i = 0; i < 500; i++)
        {
            client.Send("INCR", "n");
        }

        client.Send("EXEC");
        for (int i = 0; i < 501; i++)
        {
            _ = client.Reply();
        }

        Assert.EndsWith(":500\r\n", client.Reply(), StringComparison.Ordinal);
        Assert.Equal("$3\r\n500\r\n", client.Call("GET", "n"));
    });

    internal static void Expect(RespClient client, string[] expected)
    {
        foreach (string reply in expected)
        {
            Assert.Equal(reply, client.Reply());
        }
    }
}

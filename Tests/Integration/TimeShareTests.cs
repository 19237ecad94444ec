using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Sockets;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Who asks for much shares the threads with the others: between two commands of a batch, and in the middle of KEYS.</summary>
[Collection(LoadCollection.Name)]
public sealed class TimeShareTests
{
    private const string Place = "adaptive edge";

    // Each of some ten milliseconds or more, so that all of them take longer than anybody waits here.
    private const int Commands = 2000;
    private const int Connections = 4;

    [Fact]
    public void A_batch_of_long_commands_gives_way_to_others_and_can_be_ended()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "a", string.Concat(Enumerable.Repeat("ab", 2040))));
            Assert.Equal("+OK", client.Call("SET", "b", string.Concat(Enumerable.Repeat("ba", 2040))));
            byte[] batch = RespClient.Request("LCS", "a", "b", "LEN");
            RespClient[] busy = [.. Enumerable.Range(0, Connections).Select(_ => new RespClient(node))];
            string[] identifiers = [.. busy.Select(static one => one.Call("CLIENT", "ID")[1..])];
            foreach (RespClient one in busy)
            {
                one.Client.Send([.. Enumerable.Repeat(batch, Commands).SelectMany(static bytes => bytes)]);
            }

            foreach (RespClient one in busy)
            {
                // All of them have begun, and there are more of them than workers.
                Assert.Equal(":4079", one.Reply());
            }

            Assert.Equal("*1\r\n$1\r\na\r\n", client.Call("KEYS", "a"));
            for (int i = 0; i < Connections; i++)
            {
                Assert.Equal(":1", client.Call("CLIENT", "KILL", "ID", identifiers[i]));
                Assert.InRange(RepliesToEnd(busy[i]), 0, Commands - 2);
                busy[i].Dispose();
            }
        });

    [Fact]
    public void A_batch_of_long_commands_is_answered_whole_and_in_order()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "a", string.Concat(Enumerable.Repeat("ab", 1000))));
            Assert.Equal("+OK", client.Call("SET", "b", string.Concat(Enumerable.Repeat("ba", 1000))));
            const int Rounds = 60;
            for (int i = 0; i < Rounds; i++)
            {
                client.Send("LCS", "a", "b", "LEN");
                client.Send("ECHO", "after " + i);
            }

            for (int i = 0; i < Rounds; i++)
            {
                Assert.Equal(":1999", client.Reply());
                Assert.EndsWith("after " + i + "\r\n", client.Reply(), StringComparison.Ordinal);
            }

            Assert.Equal("+PONG", client.Call("PING"));
        });

    [Fact]
    public void KEYS_and_SCAN_that_give_way_find_everything()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            const int Keys = 60_000;
            for (int i = 0; i < Keys; i += 1000)
            {
                client.Send(["MSET", .. Enumerable.Range(i, 1000).SelectMany(static number => (string[])["key:" + number, "v"])]);
                Assert.Equal("+OK", client.Reply());
            }

            // Long enough for several shares, and what follows stays in order.
            string pattern = "*" + string.Concat(Enumerable.Repeat("[k-z]", 100)) + "*";
            client.Send("KEYS", "k?y:*");
            client.Send("PING");
            client.Send("SCAN", "0", "COUNT", "1000000", "MATCH", "*[y]:*");
            client.Send("KEYS", pattern);
            Assert.Equal(Keys, client.Reply().Split("\r\nkey:").Length - 1);
            Assert.Equal("+PONG", client.Reply());
            string scanned = client.Reply();
            Assert.StartsWith("*2\r\n$1\r\n0\r\n*60000\r\n", scanned, StringComparison.Ordinal);
            Assert.Equal("*0", client.Reply());
            Assert.Contains("cmdstat_keys:calls=2,", client.Value("INFO", "commandstats"), StringComparison.Ordinal);
        });

    [Fact]
    public void A_long_key_and_a_long_pattern_keep_nobody_waiting()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", new string('a', 1_000_000), "x"));
            Assert.Equal("*0", client.Call("KEYS", "*" + new string('a', 300_000) + "b"));
            Assert.Equal("*0", client.Call("KEYS", "*" + new string('a', 1000) + "b*"));
            Assert.StartsWith("*1\r\n", client.Call("KEYS", "*" + new string('?', 1000) + "a*"), StringComparison.Ordinal);
            const string Refused = "-ERR a pattern may have at most 1024 bytes between two stars, and 4096 in a set or row of stars";
            string tooLong = "*" + new string('?', 300_000) + "b*";
            Assert.Equal(Refused, client.Call("KEYS", tooLong));
            Assert.Equal(Refused, client.Call("SCAN", "0", "MATCH", tooLong));
            Assert.Equal(Refused, client.Call("PUBSUB", "CHANNELS", tooLong));
            Assert.Equal(Refused, client.Call("PSUBSCRIBE", tooLong));

            // Read to their end for every text.
            foreach (string longer in (string[])[new string('*', 5000), "[" + new string('a', 5000) + "]*"])
            {
                Assert.Equal(Refused, client.Call("PSUBSCRIBE", longer));
                Assert.Equal(Refused, client.Call("CONFIG", "GET", longer));
                Assert.Equal(Refused, client.Call("COMMAND", "LIST", "FILTERBY", "PATTERN", longer));
            }
        });

    [Fact]
    public void Who_keeps_much_is_closed_by_a_worker()
        => NodeUnderTest.Run(Place, node =>
        {
            const int Channels = 5000;
            using RespClient client = new(node);
            foreach (string command in (string[])["SUBSCRIBE", "WATCH"])
            {
                // Unless a worker that is awake is told of the end before the loop.
                NodeUnderTest.Until(() => LongJobsAtTheEnd(node, command, Channels) > 0, command + ": closed on the loop");
                Assert.Equal("*0", client.Call("PUBSUB", "CHANNELS"));
            }
        });

    private static long LongJobsAtTheEnd(NodeUnderTest node, string command, int names)
    {
        RespClient leaving = new(node);
        leaving.Send([command, .. Enumerable.Range(0, names).Select(static number => "name" + number)]);
        for (int i = 0; i < (command == "WATCH" ? 1 : names); i++)
        {
            _ = leaving.Reply();
        }

        long before = node.Count(static counters => counters.LongJobs);
        long closed = node.Count(static counters => counters.Closed);
        leaving.Dispose();
        NodeUnderTest.Until(() => node.Count(static counters => counters.Closed) > closed);
        return node.Count(static counters => counters.LongJobs) - before;
    }

    [Fact]
    public void CLIENT_LIST_looks_for_each_number_once()
        => NodeUnderTest.Run(Place, node =>
        {
            const int Names = 100_000;
            using RespClient client = new(node);
            RespClient[] others = [.. Enumerable.Range(0, 400).Select(_ => new RespClient(node))];
            string first = others[0].Call("CLIENT", "ID")[1..];
            string last = others[^1].Call("CLIENT", "ID")[1..];
            string[] lines = client.Value("CLIENT", "LIST", "ID", last, "999999999", first, last)!.Split(
                '\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal([last, first, last], lines.Select(static line => line.Split(' ')[0][3..]));

            string[] names = [.. Enumerable.Repeat("999999999", Names)];
            byte[] existsRequest = RespClient.Request(["EXISTS", .. names]);
            byte[] listRequest = RespClient.Request(["CLIENT", "LIST", "ID", .. names]);
            long exists = long.MaxValue;
            long list = long.MaxValue;
            NodeUnderTest.Until(
                () =>
                {
                    exists = Math.Min(exists, Ticks(client, existsRequest));
                    list = Math.Min(list, Ticks(client, listRequest));
                    return list < 10 * exists;
                },
                "it takes less than ten times as long as EXISTS");
            foreach (RespClient other in others)
            {
                other.Dispose();
            }
        });

    private static long Ticks(RespClient client, byte[] request)
    {
        long start = Stopwatch.GetTimestamp();
        client.Client.Send(request);
        _ = client.Reply();
        return Stopwatch.GetTimestamp() - start;
    }

    private static int RepliesToEnd(RespClient client)
    {
        int replies = 0;
        try
        {
            while (true)
            {
                _ = client.Reply();
                replies++;
            }
        }
        catch (Exception exception) when (exception is EndOfStreamException or SocketException)
        {
            return replies;
        }
    }
}

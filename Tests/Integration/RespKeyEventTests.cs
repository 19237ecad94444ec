using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading;

using Epollsrv.Node;
using Epollsrv.Store;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Keyspace notifications; the events of every command were compared with redis-server 7.0.15.</summary>
public sealed class RespKeyEventTests
{
    public static TheoryData<string> Places => NodeUnderTest.Places;

    [Theory]
    [MemberData(nameof(Places))]
    public void Changes_of_keys_are_published_to_both_kinds_of_channel(string place) => NodeUnderTest.Run(
        place,
        node =>
        {
            using RespClient subscriber = new(node);
            using RespClient client = new(node);
            _ = subscriber.Call("PSUBSCRIBE", "__key*__:*");
            _ = client.Call("SET", "k", "1", "EX", "100");
            Assert.Equal("*4\r\n$8\r\npmessage\r\n$10\r\n__key*__:*\r\n$16\r\n__keyspace@0__:k\r\n$3\r\nnew\r\n", subscriber.Reply());
            Assert.Equal("*4\r\n$8\r\npmessage\r\n$10\r\n__key*__:*\r\n$18\r\n__keyevent@0__:new\r\n$1\r\nk\r\n", subscriber.Reply());
            Assert.Equal(["set", "expire"], Events(subscriber, 2));
            _ = client.Call("GET", "nothing");
            Assert.Equal(["keymiss"], Events(subscriber, 1));
            _ = client.Call("MSET", "a", "1", "b", "2");
            Assert.Equal(["new", "set", "new", "set"], Events(subscriber, 4));
            client.SendRaw("multi\r\nincr a\r\nappend b x\r\ndel k\r\nexec\r\n");
            Assert.Equal(["incrby", "append", "del"], Events(subscriber, 3));
            for (int i = 0; i < 5; i++)
            {
                _ = client.Reply();
            }

            _ = client.Call("RENAME", "a", "c");
            Assert.Equal(["new", "rename_from", "rename_to"], Events(subscriber, 3));

            // Late at the latest when somebody looks, but also by itself.
            _ = client.Call("SET", "short", "1", "PX", "20");
            Assert.Equal(["new", "set", "expire", "expired"], Events(subscriber, 4));
        },
        "--notify-keyspace-events", "KEAnm");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_connection_is_told_of_its_own_changes_in_the_order_of_Redis(bool inTransaction) => NodeUnderTest.Run(
        "adaptive edge",
        node =>
        {
            // Each with the events before its reply and behind it.
            (string Command, string Before, string Reply, string After)[] steps =
            [
                ("SET k 1 EX 100", "set expire", "+OK", ""), ("EXPIRE k 100", "", ":1", "expire"), ("PERSIST k", "persist", ":1", ""),
                ("INCR k", "incrby", ":2", ""), ("GETSET k 5", "", "$1\r\n2\r\n", "set"), ("GETEX k EX 9", "", "$1\r\n5\r\n", "expire"),
                ("MSET a 1 b 2", "set set", "+OK", ""), ("COPY a b REPLACE", "copy_to", ":1", ""),
                    ("RENAME a c", "rename_from rename_to", "+OK", ""),
                ("SETRANGE c 3 x", "setrange", ":4", ""), ("SETBIT c 1 1", "setbit", ":0", ""),
                    ("BITFIELD b SET u8 0 1", "", "*1\r\n:49\r\n", "setbit"),
                ("BITOP NOT d c", "set", ":4", ""), ("INCRBYFLOAT f 0.5", "incrbyfloat", "$3\r\n0.5\r\n", ""),
                    ("EXPIRE f -1", "del", ":1", ""),
                ("GETDEL k", "", "$1\r\n5\r\n", "del"), ("DEL b c d", "del del del", ":3", ""),
            ];
            using RespClient other = new(node);
            using RespClient client = new(node);
            _ = other.Call("PSUBSCRIBE", "__key*__:*");
            _ = client.Call("HELLO", "3");
            _ = client.Call("PSUBSCRIBE", "__keyevent@0__:*");
            string expected = inTransaction ? "*" + steps.Length + "\r\n" : string.Empty;
            List<string> all = [];
            if (inTransaction)
            {
                Assert.Equal("+OK", client.Call("MULTI"));
            }

            foreach ((string command, string before, string reply, string after) in steps)
            {
                client.SendRaw(command + "\r\n");
                if (inTransaction)
                {
                    Assert.Equal("+QUEUED", client.Reply());
                }

                expected += Shown(before) + (reply.EndsWith('\n') ? reply : reply + "\r\n") + Shown(after);
                all.AddRange((before + " " + after).Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }

            if (inTransaction)
            {
                client.Send("EXEC");
            }

            client.SendRaw("ping end\r\n");
            expected += "$3\r\nend\r\n";
            string got = ReadToEnd(client);
            Assert.Equal(expected, Regex.Replace(got, ">4\r\n\\$8\r\npmessage\r\n\\$16\r\n__keyevent@0__:\\*\r\n\\$[0-9]+\r\n__keyevent@0__:([a-z_]+)\r\n\\$1\r\n.\r\n", "<$1>"));

            // The others get the same, once.
            Assert.Equal(all, Events(other, all.Count));
            Assert.Equal("*2\r\n$4\r\npong\r\n$0\r\n\r\n", other.Call("PING"));
        },
        "--notify-keyspace-events", "KEA");

    private static string Shown(string events) => events.Length == 0 ? events : "<" + events.Replace(" ", "><", StringComparison.Ordinal)
        + ">";

    private static string ReadToEnd(RespClient client)
    {
        System.Text.StringBuilder all = new();
        while (!all.ToString().EndsWith("$3\r\nend\r\n", StringComparison.Ordinal))
        {
            _ = all.Append((char)client.Client.Receive(1)[0]);
        }

        return all.ToString();
    }

    [Fact]
    public void With_many_patterns_whoever_changes_keys_gets_a_worker() => NodeUnderTest.Run(
        "adaptive edge",
        node =>
        {
            using RespClient subscriber = new(node);
            using RespClient client = new(node);
            using Client cs = node.Connect();
            string[] patterns = [.. Enumerable.Range(0, 1500).Select(static number => "*nothing" + number + "*")];
            subscriber.Send(["PSUBSCRIBE", "__keyspace@0__:*", .. patterns]);
            for (int i = 0; i <= patterns.Length; i++)
            {
                Assert.StartsWith("*3\r\n$10\r\npsubscribe\r\n", subscriber.Reply(), StringComparison.Ordinal);
            }

            long before = node.Count(static counters => counters.LongJobs);
            client.SendRaw("set k 1\r\nget k\r\nclient reply skip\r\nincr k\r\nmulti\r\nappend k x\r\nexec\r\nget k\r\n");
            Assert.Equal("+OK", client.Reply());
            Assert.Equal("$1\r\n1\r\n", client.Reply());
            Assert.Equal("+OK", client.Reply());
            Assert.Equal("+QUEUED", client.Reply());
            Assert.Equal("*1\r\n:2\r\n", client.Reply());
            Assert.Equal("$2\r\n2x\r\n", client.Reply());
            cs.Put("from-cs", "v");
            foreach (string name in (string[])["new", "set", "incrby", "append", "new"])
            {
                Assert.EndsWith("\r\n" + name + "\r\n", subscriber.Reply(), StringComparison.Ordinal);
            }

            Assert.True(node.Count(static counters => counters.LongJobs) - before >= 2, "all ran on the loop");
        },
        "--notify-keyspace-events", "KAn");

    [Fact]
    public void Evicted_keys_are_published() => NodeUnderTest.Run(
        "adaptive edge",
        node =>
        {
            RunningNode.Of(node.Server).Store.Policy = EvictionPolicy.AllKeysLru;
            using RespClient subscriber = new(node);
            using RespClient client = new(node);
            _ = subscriber.Call("SUBSCRIBE", "__keyevent@0__:evicted");
            string value = new('x', 100_000);
            for (int i = 0; i < 200; i++)
            {
                _ = client.Call("SET", "k" + i, value);
            }

            Assert.StartsWith("*3\r\n$7\r\nmessage\r\n$22\r\n__keyevent@0__:evicted\r\n", subscriber.Reply(), StringComparison.Ordinal);
        },
        "--notify-keyspace-events", "Ee", "--max-memory", "8mb");

    [Fact]
    public void What_was_not_asked_for_is_not_published() => NodeUnderTest.Run(
        "adaptive edge",
        node =>
        {
            using RespClient subscriber = new(node);
            using RespClient client = new(node);
            _ = subscriber.Call("PSUBSCRIBE", "*");
            _ = client.Call("SET", "k", "1");
            _ = client.Call("EXPIRE", "k", "100");
            _ = client.Call("DEL", "k");
            Assert.Equal("*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$16\r\n__keyspace@0__:k\r\n$6\r\nexpire\r\n", subscriber.Reply());
            Assert.Equal("*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$16\r\n__keyspace@0__:k\r\n$3\r\ndel\r\n", subscriber.Reply());
            Thread.Sleep(30);
            Assert.Equal(0, subscriber.Client.Socket.Available);
        },
        "--notify-keyspace-events", "Kg");

    [Fact]
    public void A_write_over_CS_tells_what_it_made_and_evicted() => NodeUnderTest.Run(
        "adaptive edge",
        node =>
        {
            using RespClient subscriber = new(node);
            using Client client = node.Connect();
            _ = subscriber.Call("SUBSCRIBE", "__keyevent@0__:new");
            client.Put("over-cs", "value");
            Assert.EndsWith("\r\nover-cs\r\n", subscriber.Reply(), StringComparison.Ordinal);
        },
        "--notify-keyspace-events", "KEAn");

    [Fact]
    public void An_unknown_letter_is_a_mistake_in_the_options()
    {
        (int code, _, string error) = Binary.Run(["serve", "--port", "0", "--notify-keyspace-events", "KEa"]);
        Assert.Equal(64, code);
        Assert.Contains("means nothing", error, StringComparison.Ordinal);
    }

    private static List<string> Events(RespClient subscriber, int count)
    {
        List<string> events = [];
        for (int i = 0; i < count; i++)
        {
            string space = subscriber.Reply();
            string name = Regex.Match(space, "\r\n([^\r]*)\r\n$").Groups[1].Value;
            Assert.Contains("__keyspace@0__:", space, StringComparison.Ordinal);
            Assert.Contains("__keyevent@0__:" + name + "\r\n", subscriber.Reply(), StringComparison.Ordinal);
            events.Add(name);
        }

        return events;
    }
}

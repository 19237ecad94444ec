using System;
using System.Collections.Generic;
using System.Text.RegularExpressions;
using System.Threading;

using Epollsrv.Protocol;
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

    [Fact]
    public void Evicted_keys_are_published() => NodeUnderTest.Run(
        "adaptive edge",
        node =>
        {
            ((NodeServices)node.Server.Services!).Store.Policy = EvictionPolicy.AllKeysLru;
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

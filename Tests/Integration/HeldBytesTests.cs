using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Every byte that is held for a connection counts to it, whatever holds it, and who holds most is the one that goes.</summary>
public sealed class HeldBytesTests
{
    private const string Place = "adaptive edge";
    private const int Limit = 8 << 20;

    /// <summary>Ways to have the node hold between half of all pending bytes and all of them.</summary>
    public static TheoryData<string> Ways =>
        ["a transaction", "watched keys", "KEYS", "SCAN", "BITFIELD", "LCS", "messages", "half a value"];

    [Theory]
    [MemberData(nameof(Ways))]
    public void Past_max_buffers_who_holds_most_is_closed_however_he_holds_it(string way) => NodeUnderTest.Run(
        Place,
        node =>
        {
            using RespClient honest = new(node);
            using Client greedy = node.Connect(receiveBuffer: 4096);
            using RespClient helper = new(node);
            byte[] request = Fill(node, greedy, helper, way);
            NodeUnderTest.Until(
                () =>
                {
                    SendUntilHeld(node, greedy, request);
                    return node.Server.Buffers.InUse > Limit / 2;
                },
                "it holds more than half of what all may hold");
            Assert.InRange(node.Server.Buffers.InUse, Limit / 2, Limit);
            Assert.Equal(3, node.Server.Connections.Open);

            // Less than the other has, and together more than all may have.
            const int Value = (Limit / 2) - 100_000;
            honest.SendRaw("*3\r\n$3\r\nSET\r\n$5\r\nvalue\r\n$" + Value + "\r\n");
            byte[] part = new byte[Value / 10];
            for (int i = 0; i < 10; i++)
            {
                honest.Client.Send(part);
            }

            honest.Client.Send(new byte[Value % 10]);
            NodeUnderTest.Until(() => node.Server.Connections.Open == 2, "one is closed");
            honest.SendRaw("\r\n");
            Assert.Equal("+OK", honest.Reply());
            Assert.Equal("+PONG", helper.Call("PING"));
            node.AwaitLog("--max-buffers");
            NodeUnderTest.Until(() => node.Server.Buffers.InUse < 200_000, "what it held is given back");
        },
        "--max-buffers", "8mb", "--max-output", "1gb");

    [Theory]
    [InlineData("KEYS", "*")]
    [InlineData("SCAN", "0", "COUNT", "1000000")]
    [InlineData("BITOP", "OR", "result")]
    public void A_single_command_takes_no_more_than_all_may(params string[] command) => NodeUnderTest.Run(
        Place,
        node =>
        {
            using RespClient client = new(node);
            for (int i = 0; i < 4000; i++)
            {
                client.Send("SET", "key" + i + new string('x', 1000), "v");
            }

            for (int i = 0; i < 4000; i++)
            {
                Assert.Equal("+OK", client.Reply());
            }

            string[] request = command;
            if (command[0] == "BITOP")
            {
                // The same value again and again: 160 MB of copies.
                Assert.Equal("+OK", client.Call("SET", "k", new string('v', 16_000)));
                request = new string[10_000];
                Array.Fill(request, "k");
                command.CopyTo(request, 0);
            }

            long most = 0;
            bool over = false;
            Task watch = NodeUnderTest.Aside(() =>
            {
                while (!Volatile.Read(ref over))
                {
                    most = Math.Max(most, node.Server.Buffers.InUse);
                }
            });
            using (RespClient greedy = new(node))
            {
                greedy.Send(request);
                Assert.ThrowsAny<Exception>(() => greedy.Reply());
            }

            Volatile.Write(ref over, true);
            watch.Wait();
            Assert.InRange(most, 0, 8 << 20);
            Assert.Equal(":0", client.Call("EXISTS", "result"));
            NodeUnderTest.Until(() => node.Server.Buffers.InUse < 200_000, "what was pending is given back");
        },
        "--max-buffers", "1mb");

    [Fact]
    public void A_subscriber_too_busy_to_take_its_messages_is_cut_off() => Patience.WithMoreTime(2000, static sleep =>
    {
        bool isShown = true;
        NodeUnderTest.RunEverywhere(
            node =>
            {
                if (!IsCutOffWhileBusy(node, sleep))
                {
                    Volatile.Write(ref isShown, false);
                }
            },
            "--max-subscriber-output", "64kb", "--enable-debug-command", "yes");
        return isShown;
    });

    // Not when it woke up before it was sent enough.
    private static bool IsCutOffWhileBusy(NodeUnderTest node, int sleep)
    {
        using RespClient busy = new(node);
        using RespClient publisher = new(node);
        _ = busy.Call("HELLO", "3");
        _ = busy.Call("SUBSCRIBE", "c");
        Assert.Equal(":1", publisher.Call("PUBLISH", "c", "first"));
        Assert.EndsWith("first\r\n", busy.Reply(), StringComparison.Ordinal);
        long wakesUp = Environment.TickCount64 + sleep;
        busy.Send("DEBUG", "SLEEP", (sleep / 1000).ToString(System.Globalization.CultureInfo.InvariantCulture));
        string message = new('m', 1000);
        int sent = 0;
        while (publisher.Call("PUBLISH", "c", message) == ":1")
        {
            Assert.True(++sent < 100_000, "it was not cut off");
        }

        bool isShown = Environment.TickCount64 < wakesUp;
        Assert.InRange(node.Server.Buffers.InUse, 0, 1 << 20);
        node.AwaitLog("--max-subscriber-output");
        NodeUnderTest.Until(() => node.Server.Connections.Open == 1, "it is closed");
        NodeUnderTest.Until(() => node.Server.Buffers.InUse < 10_000, "what it held is given back");
        return isShown;
    }

    [Fact]
    public void The_soft_limit_of_a_subscriber_acts_in_silence() => NodeUnderTest.RunEverywhere(
        node =>
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "client-output-buffer-limit", "pubsub 1gb 1mb 1"));
            using Client subscriber = node.Connect(receiveBuffer: 4096);
            subscriber.Send("SUBSCRIBE c\r\n"u8);
            _ = subscriber.Receive("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n".Length);

            // Above it with a single message, more than the kernel takes, and then nobody says anything.
            Assert.Equal(":1", client.Call("PUBLISH", "c", new string('m', 20 << 20)));

            NodeUnderTest.Until(() => node.Server.Connections.Open == 1, "it is closed");
            node.AwaitLog("soft limit");
        },
        "--write-timeout", "10m");

    // Either has the node hold more than half of the limit for the first client, and returns nothing; or returns a request that the client
    // has to send until the node does.
    private static byte[] Fill(NodeUnderTest node, Client greedy, RespClient helper, string way)
    {
        switch (way)
        {
            case "a transaction":
                greedy.Send(RespClient.Request("MULTI"));
                return RespClient.Request("SET", "k", new string('v', 60_000));
            case "watched keys":
                for (int i = 0; node.Server.Buffers.InUse < Limit * 2 / 3; i++)
                {
                    // One after the other: what is held is not for requests that are still to be run.
                    long before = node.Count(static counters => counters.Requests);
                    greedy.Send(RespClient.Request("WATCH", i + new string('k', 50_000)));
                    NodeUnderTest.Until(() => node.Count(static counters => counters.Requests) > before, "watched");
                }

                break;
            case "KEYS":
            case "SCAN":
                for (int i = 0; i < 500; i++)
                {
                    Assert.Equal("+OK", helper.Call("SET", i + new string('k', 1000), "v"));
                }

                // Half a megabyte each: the first ones go into the socket.
                return way == "KEYS" ? RespClient.Request("KEYS", "*") : RespClient.Request("SCAN", "0", "COUNT", "100000");
            case "BITFIELD":
                List<string> fields = ["BITFIELD", "k"];
                for (int i = 0; i < 30_000; i++)
                {
                    fields.AddRange(["SET", "i64", "0", "-1234567890123456789"]);
                }

                return RespClient.Request([.. fields]);
            case "LCS":
                StringBuilder different = new();
                for (int i = 0; i < 500; i++)
                {
                    _ = different.Append('a').Append((char)('b' + (i % 20)));
                }

                Assert.Equal("+OK", helper.Call("SET", "one", new string('a', 500)));
                Assert.Equal("+OK", helper.Call("SET", "two", different.ToString()));
                return RespClient.Request("LCS", "one", "two", "IDX", "WITHMATCHLEN");
            case "messages":
                greedy.Send(RespClient.Request("SUBSCRIBE", "c"));
                NodeUnderTest.Until(() => helper.Call("PUBSUB", "NUMSUB", "c").EndsWith(":1\r\n", StringComparison.Ordinal), "subscribed");
                string message = new('m', 50_000);
                while (node.Server.Buffers.InUse < Limit * 2 / 3)
                {
                    Assert.Equal(":1", helper.Call("PUBLISH", "c", message));
                }

                break;
            default:
                greedy.Send(Encoding.ASCII.GetBytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + Limit + "\r\n"));
                greedy.Send(new byte[Limit * 2 / 3]);
                break;
        }

        return [];
    }

    // One after the other, each when the one before has been answered: whatever is held is not for unfinished requests. The kernel takes
    // some of the replies, on a busy machine not at once: what is held may become less again.
    private static void SendUntilHeld(NodeUnderTest node, Client client, byte[] request)
    {
        while (request.Length > 0 && node.Server.Buffers.InUse < Limit * 2 / 3)
        {
            long before = node.Count(static counters => counters.Requests);
            client.Send(request);
            NodeUnderTest.Until(() => node.Count(static counters => counters.Requests) > before, "answered");
        }
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading;

using Epollsrv.Tests.Integration.Http;

using Xunit;

namespace Epollsrv.Tests.Integration.Gate;

/// <summary>A position that does not move for long: what is held is bounded, and nobody is closed for it.</summary>
[Collection(LoadCollection.Name)]
public sealed class GateLimitTests
{
    public static TheoryData<string> Places => NodeUnderTest.Places;

    [Theory]
    [MemberData(nameof(Places))]
    public void What_is_held_beyond_a_quarter_of_the_limit_stops_reading_and_ends_nobody(string place)
    {
        const int clients = 10;
        const int requests = 20;
        const int limit = 8 << 20;
        using GateServer server = new(place, options =>
        {
            options.MaxBuffers = limit;

            // What is read on once nothing is held must not pass the limit either.
            options.MaxOutput = 3 * GateServer.Long;
        });
        using Client other = server.Connect();
        List<Client> held = [];
        for (int i = 0; i < clients; i++)
        {
            Client client = server.Connect();
            held.Add(client);
            client.Send(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("5L|", requests))));
        }

        server.UntilHeld(clients);
        long ran = 0;
        NodeUnderTest.Until(
            () =>
            {
                // Nothing goes on: each has come to its end.
                long before = ran;
                ran = Requests(server);
                other.Send("x|"u8);
                Assert.Equal((byte)'x', other.Receive(1)[0]);
                return server.Gate.IsFull && Requests(server) == ran + 1 && before + 1 == ran;
            },
            "reading stops");
        Assert.InRange(server.Server.Buffers.HeldBack, limit / 4, (limit / 4) + ((clients + 1) * 2 * GateServer.Long));
        Assert.Equal(clients + 1, server.Server.Connections.Open);
        Assert.Equal(0, server.Count(counters => counters.TimedOut));

        // Who is not held gets all he asks for.
        for (int i = 0; i < 30; i++)
        {
            other.Send("ML|"u8);
            Assert.Equal(GateServer.Middle + GateServer.Long, other.Receive(GateServer.Middle + GateServer.Long).Length);
        }

        server.Gate.Publish(5);
        foreach (Client client in held)
        {
            Assert.Equal(requests * GateServer.Long, client.Receive(requests * GateServer.Long).Length);
        }

        server.UntilNothingIsHeld();
        Assert.Equal(0, server.Count(counters => counters.TimedOut));
        held.ForEach(client => client.Dispose());
    }

    [Fact]
    public void A_reply_that_is_too_long_for_the_limit_ends_its_connection_although_the_gate_is_on()
    {
        using GateServer server = new("adaptive edge", options => options.MaxBuffers = 2 << 20);
        using Client client = server.Connect();
        client.Send(Encoding.ASCII.GetBytes(new string('L', 40) + "|"));
        Assert.True(client.EndsWithin());
        NodeUnderTest.Until(() => server.Server.Connections.Open == 0, "closed");
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_subscriber_is_not_cut_off_for_what_the_gate_holds(string place) => NodeUnderTest.Run(
        place,
        node =>
        {
            const int messages = 40;
            using FakeJournal journal = new(node);
            using RespClient writer = new(node);
            using RespClient publisher = new(node);
            using RespClient subscriber = new(node);
            _ = subscriber.Call("SUBSCRIBE", "news");
            _ = subscriber.Call("SUBSCRIBE", "__keyspace@0__:key");
            journal.Hold(Identifier(writer), 1);
            writer.Send("SET", "key", "value");
            journal.UntilHeld(2);
            string text = new('m', 100_000);
            for (int i = 0; i < messages; i++)
            {
                Assert.Equal(":1", publisher.Call("PUBLISH", "news", text));

                // The subscriber's owner has taken it.
                NodeUnderTest.Until(() => node.Server.Buffers.HeldBack > (i + 1) * (long)text.Length, "taken");
            }

            Assert.Equal(0, subscriber.Client.Socket.Available);
            journal.Move(1);
            Assert.Contains("set", subscriber.Reply(), StringComparison.Ordinal);
            for (int i = 0; i < messages; i++)
            {
                Assert.EndsWith(text + "\r\n", subscriber.Reply(), StringComparison.Ordinal);
            }

            journal.UntilNothingIsHeld();
        },
        "--notify-keyspace-events", "KA", "--max-subscriber-output", "1mb", "--max-buffers", "64mb", "--max-value", "1mb");

    [Fact]
    public void A_request_that_is_not_read_because_of_the_gate_is_not_late() => NodeUnderTest.Run(
        "adaptive edge",
        node =>
        {
            using FakeJournal journal = new(node);
            using HttpConnection client = new(node);
            using RespClient other = new(node);
            _ = other.Call("SET", "large", new string('v', 15_000));
            journal.HoldAll(1);
            client.Send("GET /kv/large HTTP/1.1\r\nHost: localhost\r\n\r\nGET /kv/large HTTP/1.1\r\n");
            journal.UntilHeld(1);
            for (int i = 0; i < 100 && !journal.Gate.IsFull; i++)
            {
                other.Send("GET", "large");
            }

            NodeUnderTest.Until(() => journal.Gate.IsFull, "full");
            journal.HoldAll(0);
            client.Send("Host: localhost\r\n\r\n");

            // The time of a request passes, and a test cannot see that.
            Thread.Sleep(1500);
            journal.Move(1);
            Assert.Equal(200, client.Read().Status);
            Assert.Equal(200, client.Read().Status);
        },
        "--request-timeout", "1s", "--max-buffers", "1mb", "--max-value", "256kb");

    [Theory]
    [MemberData(nameof(Places))]
    public void A_long_scan_in_pieces_is_held_whole(string place) => NodeUnderTest.Run(place, node =>
    {
        const int keys = 20_000;
        using FakeJournal journal = new(node);
        using RespClient client = new(node);
        client.SendRaw(string.Concat(
            Enumerable.Range(0, keys).Select(i => "SET key:" + i.ToString(CultureInfo.InvariantCulture) + " v\r\n")));
        for (int i = 0; i < keys; i++)
        {
            Assert.Equal("+OK", client.Reply());
        }

        journal.Hold(Identifier(client), 1);
        client.Send("KEYS", "*");
        journal.UntilHeld(1);
        Assert.Equal(0, client.Client.Socket.Available);
        journal.Move(1);
        Assert.Equal(keys, client.Reply().Split("\r\nkey:").Length - 1);
    });

    private static long Requests(GateServer server) => server.Count(counters => counters.Requests);

    private static long Identifier(RespClient client) => long.Parse(client.Call("CLIENT", "ID")[1..], CultureInfo.InvariantCulture);
}

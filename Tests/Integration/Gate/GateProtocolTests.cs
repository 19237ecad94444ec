using System;
using System.Globalization;
using System.Linq;
using System.Text;

using Epollsrv.Protocol.Cs;
using Epollsrv.Tests.Integration.Http;
using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Gate;

/// <summary>Held replies of all protocols: values that are pinned, files,
/// messages, transactions. The log is a <see cref="FakeJournal"/>.</summary>
public sealed class GateProtocolTests
{
    private static readonly string _large = new('v', 300_000);

    public static TheoryData<string> Places => NodeUnderTest.Places;

    [Theory]
    [MemberData(nameof(Places))]
    public void Pipelined_commands_with_pinned_values_are_answered_in_order_when_the_position_is_reached(string place) =>
        NodeUnderTest.Run(place, node =>
    {
        using FakeJournal journal = new(node);
        using RespClient client = new(node);
        using RespClient other = new(node);
        Assert.Equal("+OK", client.Call("SET", "large", _large));
        journal.HoldAll(1);
        client.Send("SET", "key", "value");
        client.Send("GET", "large");
        client.Send("GET", "key");
        client.Send("GET", "large");
        client.Send("SET", "large", "short");
        client.Send("GET", "large");
        journal.UntilHeld(1);
        journal.HoldAll(0);

        // Everything has run, and what is held stays as it was.
        NodeUnderTest.Until(() => other.Value("GET", "large") == "short", "run");
        Assert.Equal(0, client.Client.Socket.Available);
        journal.Move(1);
        Assert.Equal("+OK", client.Reply());
        Assert.Equal("$300000\r\n" + _large + "\r\n", client.Reply());
        Assert.Equal("$5\r\nvalue\r\n", client.Reply());
        Assert.Equal("$300000\r\n" + _large + "\r\n", client.Reply());
        Assert.Equal("+OK", client.Reply());
        Assert.Equal("$5\r\nshort\r\n", client.Reply());
        journal.UntilNothingIsHeld();
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void Frames_and_files_of_CS_are_held(string place)
    {
        using TemporaryFolder folder = new();
        string content = new('f', 200_000);
        _ = folder.Write("file", content);
        NodeUnderTest.Run(
            place,
            node =>
            {
                using FakeJournal journal = new(node);
                using Client client = node.Connect();
                client.Put("other", "value");
                journal.HoldAll(1);
                client.Send(Frames.Join(Frames.Put("key", "value"), Frames.PeerRequest("file"), Frames.Get("key"), Frames.Get("missing")));
                journal.UntilHeld(1);
                Assert.Equal(0, client.Socket.Available);
                journal.Move(1);
                Assert.Equal(Frames.WithStatus(Frames.Put("key", "value"), CsFrame.Ok), client.Receive(CsFrame.Size));
                Assert.Equal(content + "EOF", Encoding.ASCII.GetString(client.Receive(content.Length + 3)));
                Assert.Equal(Frames.Found(Frames.Get("key"), "value"u8), client.Receive(CsFrame.Size));
                Assert.NotEqual(CsFrame.Ok, client.Receive(CsFrame.Size)[CsFrame.StatusOffset]);
                journal.UntilNothingIsHeld();
            },
            "--share", folder.Path);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Requests_and_files_of_HTTP_are_held(string place)
    {
        using TemporaryFolder folder = new();
        string content = new('f', 200_000);
        _ = folder.Write("file", content);
        NodeUnderTest.Run(
            place,
            node =>
            {
                using FakeJournal journal = new(node);
                using HttpConnection client = new(node);
                Assert.Equal(200, client.Get("/healthz").Status);
                journal.HoldAll(1);
                client.Send("PUT /kv/key HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nvalue"
                    + "GET /files/file HTTP/1.1\r\nHost: localhost\r\n\r\nGET /kv/key HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                journal.UntilHeld(1);
                Assert.Equal(0, client.Client.Socket.Available);
                journal.Move(1);
                Assert.InRange(client.Read().Status, 200, 204);
                Assert.Equal(content, Encoding.ASCII.GetString(client.Read().Body));
                Assert.Equal("value", Encoding.ASCII.GetString(client.Read().Body));
                Assert.True(client.IsClosed());
                journal.UntilNothingIsHeld();
            },
            "--share", folder.Path);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_transaction_is_held_whole_and_so_is_what_it_publishes(string place) => NodeUnderTest.Run(
        place,
        node =>
        {
            using FakeJournal journal = new(node);
            using RespClient client = new(node);
            using RespClient subscriber = new(node);
            long id = Identifier(client);
            Assert.Equal("+OK", client.Call("SET", "large", _large));
            _ = subscriber.Call("SUBSCRIBE", "news");
            _ = subscriber.Call("SUBSCRIBE", "__keyspace@0__:key");
            client.SendRaw("MULTI\r\nGET large\r\nSET key 1\r\nPUBLISH news first\r\nGET large\r\nPUBLISH news second\r\n");
            RespTransactionTests.Expect(client, ["+OK", "+QUEUED", "+QUEUED", "+QUEUED", "+QUEUED", "+QUEUED"]);
            journal.Hold(id, 1);
            client.Send("EXEC");
            journal.UntilHeld(2);
            Assert.Equal(0, client.Client.Socket.Available);
            Assert.Equal(0, subscriber.Client.Socket.Available);
            journal.Move(1);
            string large = "$300000\r\n" + _large + "\r\n";
            Assert.Equal("*5\r\n" + large + "+OK\r\n:1\r\n" + large + ":1\r\n", client.Reply());
            string[] messages = [subscriber.Reply(), subscriber.Reply(), subscriber.Reply()];
            Assert.Equal(1, messages.Count(message => message.Contains("\r\nset\r\n", StringComparison.Ordinal)));
            Assert.Equal(["first", "second"],
                messages.Where(message => message.Contains("news", StringComparison.Ordinal)).Select(message => message.Split("\r\n")[^2]));
            journal.UntilNothingIsHeld();
        },
        "--notify-keyspace-events", "KA");

    [Theory]
    [MemberData(nameof(Places))]
    public void Messages_events_and_lines_of_MONITOR_wait_for_what_their_cause_waits_for(string place) => NodeUnderTest.Run(
        place,
        node =>
        {
            using FakeJournal journal = new(node);
            using RespClient client = new(node);
            using RespClient subscriber = new(node);
            using RespClient monitor = new(node);
            long id = Identifier(client);
            _ = subscriber.Call("PSUBSCRIBE", "*");
            Assert.Equal("+OK", monitor.Call("MONITOR"));
            journal.Hold(id, 1);
            client.Send("SET", "key", "value");
            journal.UntilHeld(3);
            client.Send("PUBLISH", "news", "text");
            subscriber.Send("PING");
            NodeUnderTest.Until(() => node.Count(counters => counters.Requests) >= 6, "run");
            Assert.Equal(0, subscriber.Client.Socket.Available);
            Assert.Equal(0, monitor.Client.Socket.Available);
            Assert.Equal(0, client.Client.Socket.Available);
            journal.Move(1);
            Assert.Equal("+OK", client.Reply());
            Assert.Equal(":1", client.Reply());
            Assert.Contains("__keyspace@0__:key", subscriber.Reply(), StringComparison.Ordinal);
            Assert.Contains("SET", monitor.Reply(), StringComparison.Ordinal);
        },
        "--notify-keyspace-events", "KA");

    [Theory]
    [MemberData(nameof(Places))]
    public void A_held_client_can_be_killed_listed_and_paused(string place) => NodeUnderTest.Run(place, node =>
    {
        using FakeJournal journal = new(node);
        using RespClient killed = new(node);
        using RespClient paused = new(node);
        using RespClient other = new(node);
        long killedId = Identifier(killed);
        long pausedId = Identifier(paused);
        journal.Hold(killedId, 1);
        journal.Hold(pausedId, 1);
        killed.Send("GET", "key");
        paused.Send("SET", "key", "1");
        journal.UntilHeld(2);
        Assert.Contains("id=" + killedId.ToString(CultureInfo.InvariantCulture), other.Value("CLIENT", "LIST"), StringComparison.Ordinal);
        Assert.Equal(":1", other.Call("CLIENT", "KILL", "ID", killedId.ToString(CultureInfo.InvariantCulture)));
        Assert.True(killed.Client.EndsWithin());
        journal.UntilHeld(1);
        Assert.Equal("+OK", other.Call("CLIENT", "PAUSE", "100000", "WRITE"));
        paused.Send("SET", "key", "2");
        NodeUnderTest.Until(() => other.Value("INFO", "clients")!.Contains("blocked_clients:1", StringComparison.Ordinal)
            || other.Value("GET", "key") == "1", "paused");
        Assert.Equal("1", other.Value("GET", "key"));
        Assert.Equal("+OK", other.Call("CLIENT", "UNPAUSE"));
        NodeUnderTest.Until(() => other.Value("GET", "key") == "2", "goes on although it is held");
        Assert.Equal(0, paused.Client.Socket.Available);
        journal.Move(1);
        RespTransactionTests.Expect(paused, ["+OK", "+OK"]);
        paused.SendRaw("CLIENT REPLY SKIP\r\nGET key\r\nGET key\r\n");
        Assert.Equal("$1\r\n2\r\n", paused.Reply());
    });

    [Fact]
    public void Refusals_of_a_client_without_the_password_are_not_counted_as_unsent() => NodeUnderTest.Run(
        "adaptive edge",
        node =>
        {
            const int many = 1000;
            using FakeJournal journal = new(node);
            using RespClient resp = new(node);
            resp.SendRaw(string.Concat(Enumerable.Repeat("GET key\r\n", many)));
            for (int i = 0; i < many; i++)
            {
                Assert.StartsWith("-NOAUTH", resp.Reply(), StringComparison.Ordinal);
            }

            using HttpConnection http = new(node);
            http.Send(string.Concat(Enumerable.Repeat("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", many)));
            for (int i = 0; i < many; i++)
            {
                Assert.Equal(200, http.Read().Status);
            }
        },
        "--password", "secret-of-this-test");

    private static long Identifier(RespClient client) => long.Parse(client.Call("CLIENT", "ID")[1..], CultureInfo.InvariantCulture);
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Sockets;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>
/// A node for which the kernel has no more address space: whatever it was that could
/// not be had, one client gets an error or is closed, and the node serves the others.
/// </summary>
[Collection(LoadCollection.Name)]
public sealed class AddressSpaceTests
{
    private const int Long = 20_000_000;

    /// <summary>Where memory runs out in other places each time.</summary>
    public static TheoryData<int> Megabytes => [500, 700];

    [Theory]
    [MemberData(nameof(Megabytes))]
    public void A_refused_map_ends_a_client_and_not_the_node(int megabytes)
    {
        string bytes = ((long)megabytes << 20).ToString(CultureInfo.InvariantCulture);
        using PublishedNode node = new(["--port", "0", "--workers", "2"], "prlimit", "--as=" + bytes);
        using RespClient subscriber = new(node);
        Try(node, "SET", "left", string.Concat(Enumerable.Repeat("ab", 1900)));
        Try(node, "SET", "right", string.Concat(Enumerable.Repeat("ba", 1900)));
        Fill(node);
        for (int i = 0; i < 10; i++)
        {
            Try(node, "SETRANGE", "long" + i, "60000000", "x");
        }

        subscriber.Send("SUBSCRIBE", "channel");
        string text = new('x', Long);
        Try(node, "SET", "value", text);
        Try(node, "ECHO", text);
        Try(node, "PUBLISH", "channel", text);
        Try(node, "LCS", "left", "right", "IDX");
        Try(node, "BITOP", "NOT", "copy", "long0");
        Try(node, "DUMP", "long0");
        Try(node, "KEYS", "*");
        Try(node, ["MGET", .. Enumerable.Repeat("long0", 3)]);
        Try(node, ["MSET", .. Enumerable.Repeat("key", 200_000)]);
        Converse(node, client =>
        {
            _ = client.Call("MULTI");
            _ = client.Call("SET", "queued", text);
            _ = client.Call("EXEC");
        });
        Converse(node, client =>
        {
            // Replies that nobody reads.
            for (int i = 0; i < 20; i++)
            {
                client.Send("ECHO", text[..4_000_000]);
            }
        });
        Subscribe(node);
        Subscribe(node);
        Converse(node, client =>
        {
            client.SendRaw("GET /kv/long0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            _ = client.Client.ReceiveToEnd();
        });

        // The address space that short values have taken is theirs, for the next ones too: two flushes give it to the same tables again.
        // The others' buffers come back when their connections have been closed, which nobody waits for.
        NodeUnderTest.Until(
            () => Try(node, "FLUSHALL") == "+OK" && Try(node, "SET", "00000000", new string('w', 5000)) == "+OK",
            "what the others held has come back");
        Assert.Equal("+PONG", Try(node, "PING"));
        Assert.DoesNotContain("Arg_", node.LogText, StringComparison.Ordinal); // the runtime's message is a name
        NodeUnderTest.Until(() => Try(node, "PUBSUB", "NUMSUB", "channel1")?.EndsWith(":0\r\n", StringComparison.Ordinal) == true,
            "nobody subscribes any more");
    }

    // Who has subscribed to half of what he wanted ends as any other; channels are shared with others, who keep theirs.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Subscriptions_without_memory_leave_nothing_half_done(int megabytes)
    {
        using PublishedNode node = new(["--port", "0", "--workers", "2"]);
        node.LimitAddressSpace((long)megabytes << 20);
        List<RespClient> held = [];
        for (int round = 0; round < 40; round++)
        {
            Converse(node, probe =>
            {
                RespClient client = new(node);
                held.Add(client);
                client.Send(["SSUBSCRIBE", .. Enumerable.Range(0, 1000).Select(static number => "shared" + number)]);
                client.Send(["SUBSCRIBE", .. Enumerable.Range(0, 3000).Select(number => round + ":" + number)]);
                for (int i = 0; i < 4000; i++)
                {
                    _ = client.Reply();
                }
            });
            if (round % 3 == 2 && held.Count > 0)
            {
                held[0].Dispose();
                held.RemoveAt(0);
            }
        }

        foreach (RespClient client in held)
        {
            client.Dispose();
        }

        NodeUnderTest.Until(() => Try(node, "PUBSUB", "CHANNELS") == "*0");
        Assert.Equal("+PONG", Try(node, "PING"));
    }

    // 150 MB of short values, or as many as there is room for.
    private static void Fill(PublishedNode node) => Converse(node, client =>
    {
        string value = "$5000\r\n" + new string('v', 5000) + "\r\n";
        for (int i = 0; i < 300; i++)
        {
            client.SendRaw(string.Concat(
                Enumerable.Range(0, 100)
                .Select(key => "*3\r\n$3\r\nSET\r\n$8\r\n" + ((100 * i) + key).ToString("D8", CultureInfo.InvariantCulture) + "\r\n"
                + value)));
            for (int reply = 0; reply < 100; reply++)
            {
                _ = client.Reply();
            }
        }
    });

    // As many channels as there is room for; the end of the connection takes all of them back.
    private static void Subscribe(PublishedNode node) => Converse(node, client =>
    {
        for (int i = 0; i < 2000; i++)
        {
            client.SendRaw(string.Concat(
                Enumerable.Range(100 * i, 100)
                .Select(number => "SUBSCRIBE channel" + number.ToString(CultureInfo.InvariantCulture) + "\r\n")));
            for (int reply = 0; reply < 100; reply++)
            {
                _ = client.Reply();
            }
        }
    });

    // A request with a client of its own; null: the connection was closed.
    private static string? Try(PublishedNode node, params string[] request)
    {
        string? reply = null;
        Converse(node, client => reply = client.Call(request));
        return reply;
    }

    private static void Converse(PublishedNode node, Action<RespClient> body)
    {
        try
        {
            using RespClient client = new(node);
            body(client);
        }
        catch (Exception exception) when (
            exception is SocketException { SocketErrorCode: not SocketError.ConnectionRefused } or EndOfStreamException)
        {
            // Closed, which is one of the two ways out.
        }

        Assert.False(node.Process.HasExited, node.LogText);
    }
}

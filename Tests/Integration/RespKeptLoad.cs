using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Clients that let a node keep as much as they can: for tests, and more of it for stress.</summary>
internal static class RespKeptLoad
{
    private const int Batch = 1000;

    // What a node may have more in the end than in the beginning: buffers for the next user, and pages of tables that are never given back.
    private const long Slack = 12 << 20;

    /// <summary>Clients subscribe, watch, queue, have names, and wait; then they go, and the node is as it was.</summary>
    public static void Run(PublishedNode node, int subscriptions, int connections)
    {
        using RespClient other = new(node);
        Assert.Equal("+OK", other.Call("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "1000000"));
        long before = node.ResidentBytes();

        // The transaction comes first: each of its messages would be compared with all patterns.
        List<RespClient> clients =
            [Queuing(node, subscriptions / 20), Subscriber(node, "SUBSCRIBE", subscriptions),
            Subscriber(node, "PSUBSCRIBE", subscriptions / 10)];
        clients.AddRange(Enumerable.Range(0, 40).Select(_ => Subscriber(node, "SSUBSCRIBE", subscriptions / 40)));
        Assert.Contains("pubsub_channels:" + (subscriptions + 1).ToString(CultureInfo.InvariantCulture) + "\r\n",
            other.Value("INFO", "stats"), StringComparison.Ordinal);
        for (int i = 0; i < connections; i++)
        {
            clients.Add(Named(node, i, monitors: i >= connections - 20));
        }

        Assert.Contains("connected_clients:" + (clients.Count + 1).ToString(CultureInfo.InvariantCulture) + "\r\n",
            other.Value("INFO", "clients"), StringComparison.Ordinal);
        Assert.Equal(":40", other.Call("SPUBLISH", (subscriptions / 40 - 1).ToString(CultureInfo.InvariantCulture), "message"));
        Assert.Equal("+OK", other.Call("SET", "key", "value"));
        Assert.Equal("+OK", other.Call("CONFIG", "SET", "slowlog-log-slower-than", "-1"));
        Assert.Equal("+OK", other.Call("SLOWLOG", "RESET"));
        foreach (RespClient client in clients)
        {
            client.Dispose();
        }

        NodeUnderTest.Until(() => other.Value("INFO", "stats")!.Contains("pubsub_channels:0\r\n", StringComparison.Ordinal),
            "all subscriptions have ended");
        NodeUnderTest.Until(() => node.ResidentBytes() < before + Slack, "memory is given back");
    }

    private static RespClient Subscriber(NodeUnderTest node, string command, int count)
    {
        RespClient client = new(node);
        for (int done = 0; done < count; done += Batch)
        {
            string[] names = [.. Enumerable.Range(done, Math.Min(Batch, count - done))
                .Select(number => number.ToString(CultureInfo.InvariantCulture))];
            client.Send([command, .. names]);
            foreach (string name in names)
            {
                Assert.Contains("\r\n" + name + "\r\n", client.Reply(), StringComparison.Ordinal);
            }
        }

        return client;
    }

    // With long names, which the slow log notes as well.
    private static RespClient Named(NodeUnderTest node, int number, bool monitors)
    {
        string name = number.ToString(CultureInfo.InvariantCulture).PadLeft(8000, 'n');
        RespClient client = new(node);
        Assert.Equal("+OK", client.Call("CLIENT", "SETNAME", name));
        Assert.Equal("+OK", client.Call("CLIENT", "SETINFO", "LIB-NAME", name));
        Assert.Equal("+OK", client.Call("WATCH", name));
        if (monitors)
        {
            Assert.Equal("+OK", client.Call("MONITOR"));
        }

        return client;
    }

    // A transaction whose messages go to the connection itself.
    private static RespClient Queuing(NodeUnderTest node, int commands)
    {
        RespClient client = new(node);
        Assert.StartsWith("%7", client.Call("HELLO", "3"), StringComparison.Ordinal);
        Assert.StartsWith(">3", client.Call("SUBSCRIBE", "self"), StringComparison.Ordinal);
        Assert.Equal("+OK", client.Call("MULTI"));
        for (int i = 0; i < commands; i++)
        {
            Assert.Equal("+QUEUED", client.Call("PUBLISH", "self", "text"));
        }

        // The messages come between the replies, which makes no whole array.
        client.Send("EXEC");
        client.Send("PING", "end");
        int messages = 0;
        for (string reply = client.Reply(); reply != "$3\r\nend\r\n"; reply = client.Reply())
        {
            messages += reply.Split("$7\r\nmessage\r\n").Length - 1;
        }

        Assert.Equal(commands, messages);
        return client;
    }
}

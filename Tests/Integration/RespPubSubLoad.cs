using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Threading.Tasks;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Many subscribers at once: for tests, and longer for stress.</summary>
internal static class RespPubSubLoad
{
    /// <summary>Every subscriber gets every message, those of each publisher in order.</summary>
    public static void InOrder(NodeUnderTest node, int subscribers, int publishers, int messages)
    {
        List<RespClient> clients = [];
        for (int i = 0; i < subscribers; i++)
        {
            RespClient client = new(node);
            Assert.StartsWith("*3\r\n$9\r\nsubscribe", client.Call("SUBSCRIBE", "orders"), StringComparison.Ordinal);
            clients.Add(client);
        }

        List<Task> publishing = [];
        for (int i = 0; i < publishers; i++)
        {
            int number = i;
            publishing.Add(NodeUnderTest.Aside(() =>
            {
                using RespClient publisher = new(node);
                string expected = ":" + subscribers.ToString(CultureInfo.InvariantCulture);
                for (int message = 0; message < messages; message++)
                {
                    Assert.Equal(expected,
                        publisher.Call("PUBLISH", "orders", string.Create(CultureInfo.InvariantCulture, $"{number}:{message}")));
                }
            }));
        }

        foreach (RespClient client in clients)
        {
            int[] next = new int[publishers];
            for (int i = 0; i < publishers * messages; i++)
            {
                string[] lines = client.Reply().Split("\r\n");
                string[] parts = lines[^2].Split(':');
                int publisher = int.Parse(parts[0], CultureInfo.InvariantCulture);
                Assert.Equal(next[publisher]++, int.Parse(parts[1], CultureInfo.InvariantCulture));
            }

            client.Dispose();
        }

        Task.WaitAll([.. publishing]);
    }

    /// <summary>While two clients publish, subscribers come, go with and without
    /// a word, and are killed. One that stays gets everything.</summary>
    public static void Turmoil(NodeUnderTest node, int milliseconds)
    {
        long end = Environment.TickCount64 + milliseconds;
        List<Task> tasks = [];
        for (int i = 0; i < 2; i++)
        {
            tasks.Add(NodeUnderTest.Aside(() => ComeAndGo(node, end)));
        }

        tasks.Add(NodeUnderTest.Aside(() => BeKilled(node, end)));
        using RespClient stays = new(node);
        using RespClient publisher = new(node);
        _ = stays.Call("SUBSCRIBE", "c");
        int sent = 0;
        while (Environment.TickCount64 < end || sent < 10)
        {
            string text = sent++.ToString(CultureInfo.InvariantCulture);
            Assert.StartsWith(":", publisher.Call("PUBLISH", "c", text), StringComparison.Ordinal);
            Assert.EndsWith("\r\n" + text + "\r\n", stays.Reply(), StringComparison.Ordinal);
        }

        Task.WaitAll([.. tasks]);
        NodeUnderTest.Until(() => publisher.Call("PUBLISH", "c", "end") == ":1", "only one is left");
    }

    private static void ComeAndGo(NodeUnderTest node, long end)
    {
        for (int i = 0; Environment.TickCount64 < end; i++)
        {
            using RespClient client = new(node);
            client.Send("SUBSCRIBE", "c", "d");
            client.Send("PSUBSCRIBE", "*");
            if (i % 2 == 0)
            {
                client.Send("UNSUBSCRIBE");
                client.Send("PUNSUBSCRIBE");
                while (!client.Reply().Contains("punsubscribe", StringComparison.Ordinal))
                {
                }
            }
        }
    }

    private static void BeKilled(NodeUnderTest node, long end)
    {
        using RespClient killer = new(node);
        while (Environment.TickCount64 < end)
        {
            using RespClient victim = new(node);
            string identifier = victim.Call("CLIENT", "ID")[1..];
            _ = victim.Call("SUBSCRIBE", "c");
            Assert.Equal(":1", killer.Call("CLIENT", "KILL", "ID", identifier));
            try
            {
                while (true)
                {
                    _ = victim.Reply();
                }
            }
            catch (Exception exception) when (exception is EndOfStreamException or SocketException)
            {
                // As it should be.
            }
        }
    }
}

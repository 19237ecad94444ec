using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Loads of several clients whose outcome is known: for tests, and longer for stress.</summary>
internal static class RespWorkload
{
    /// <summary>Writers move money between accounts in EXEC, readers read
    /// all accounts in EXEC and by MGET: the sum never changes.</summary>
    public static void Transfers(NodeUnderTest node, int accounts, int writers, int readers, int rounds)
    {
        using RespClient setup = new(node);
        string[] keys = new string[accounts];
        for (int i = 0; i < accounts; i++)
        {
            keys[i] = "account" + i.ToString(CultureInfo.InvariantCulture);
            Assert.Equal("+OK", setup.Call("SET", keys[i], "1000"));
        }

        bool stop = false;
        List<Task> reading = [];
        for (int i = 0; i < readers; i++)
        {
            bool byGet = i % 2 == 0;
            reading.Add(NodeUnderTest.Aside(() => Read(node, keys, byGet, ref stop)));
        }

        List<Task> writing = [];
        for (int i = 0; i < writers; i++)
        {
            int seed = 17 + i;
            writing.Add(NodeUnderTest.Aside(() => Write(node, keys, new Random(seed), rounds)));
        }

        try
        {
            Task.WaitAll([.. writing]);
        }
        finally
        {
            Volatile.Write(ref stop, true);
            Task.WaitAll([.. reading]);
        }

        Assert.Equal(1000L * accounts, Sum(setup.Call(["MGET", .. keys])));
    }

    /// <summary>Clients increment a counter with WATCH, GET, MULTI, SET,
    /// EXEC, again when somebody was faster: no increment is lost.</summary>
    public static void WatchedCounters(NodeUnderTest node, int clients, int increments)
    {
        List<Task> tasks = [];
        for (int i = 0; i < clients; i++)
        {
            tasks.Add(NodeUnderTest.Aside(() =>
            {
                using RespClient client = new(node);
                for (int done = 0; done < increments;)
                {
                    Assert.Equal("+OK", client.Call("WATCH", "counter"));
                    int value = int.Parse(client.Value("GET", "counter") ?? "0", CultureInfo.InvariantCulture);
                    client.Send("MULTI");
                    client.Send("SET", "counter", (value + 1).ToString(CultureInfo.InvariantCulture));
                    client.Send("EXEC");
                    Assert.Equal("+OK", client.Reply());
                    Assert.Equal("+QUEUED", client.Reply());
                    string reply = client.Reply();
                    Assert.True(reply is "*-1" or "*1\r\n+OK\r\n", reply);
                    done += reply == "*-1" ? 0 : 1;
                }
            }));
        }

        Task.WaitAll([.. tasks]);
        using RespClient look = new(node);
        Assert.Equal((clients * increments).ToString(CultureInfo.InvariantCulture), look.Value("GET", "counter"));
    }

    private static void Write(NodeUnderTest node, string[] keys, Random random, int rounds)
    {
        using RespClient client = new(node);
        for (int i = 0; i < rounds; i++)
        {
            string from = keys[random.Next(keys.Length)];
            string to = keys[random.Next(keys.Length)];
            string amount = random.Next(1, 50).ToString(CultureInfo.InvariantCulture);
            client.Send("MULTI");
            client.Send("DECRBY", from, amount);
            client.Send("INCRBY", to, amount);
            client.Send("EXEC");
            Assert.Equal("+OK", client.Reply());
            Assert.Equal("+QUEUED", client.Reply());
            Assert.Equal("+QUEUED", client.Reply());
            Assert.StartsWith("*2\r\n:", client.Reply(), StringComparison.Ordinal);
        }
    }

    private static void Read(NodeUnderTest node, string[] keys, bool byGet, ref bool stop)
    {
        using RespClient client = new(node);
        while (!Volatile.Read(ref stop))
        {
            if (!byGet)
            {
                Assert.Equal(1000L * keys.Length, Sum(client.Call(["MGET", .. keys])));
                continue;
            }

            client.Send("MULTI");
            foreach (string key in keys)
            {
                client.Send("GET", key);
            }

            client.Send("EXEC");
            for (int i = 0; i <= keys.Length; i++)
            {
                _ = client.Reply();
            }

            Assert.Equal(1000L * keys.Length, Sum(client.Reply()));
        }
    }

    // The numbers of an array of bulks.
    private static long Sum(string reply)
    {
        string[] lines = reply.Split("\r\n");
        long sum = 0;
        for (int i = 2; i < lines.Length; i += 2)
        {
            sum += long.Parse(lines[i], CultureInfo.InvariantCulture);
        }

        return sum;
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

using Epollsrv.Protocol.Resp;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>What a node keeps for its connections is counted, has a limit, and is given back.</summary>
[Collection(LoadCollection.Name)]
public sealed class RespKeptMemoryTests
{
    private const string Place = "adaptive edge";
    private const string NoRoom = "-OOM what is kept for connections would pass --max-buffers";

    [Theory]
    [InlineData("SUBSCRIBE")]
    [InlineData("PSUBSCRIBE")]
    [InlineData("SSUBSCRIBE")]
    [InlineData("WATCH")]
    public void Past_max_buffers_nothing_more_is_kept(string command) => NodeUnderTest.Run(
        Place,
        node =>
        {
            using RespClient other = new(node);
            for (int round = 0; round < 2; round++)
            {
                using RespClient client = new(node);
                string reply;
                int count = 0;
                do
                {
                    reply = client.Call(command, Name(count++, 1000));
                }
                while (reply[0] != '-');

                Assert.Equal(NoRoom, reply);
                Assert.InRange(count, 500, 1100);
                Assert.InRange(node.Server.Buffers.InUse, 1_000_000, 1 << 20);
                Assert.Equal("+OK", other.Call("SET", "a", "1"));
                client.Dispose();
                NodeUnderTest.Until(() => node.Server.Buffers.InUse == 0, "all is given back");
            }
        },
        "--max-buffers", "1mb");

    [Fact]
    public void Names_of_connections_are_counted() => NodeUnderTest.Run(
        Place,
        node =>
        {
            List<RespClient> clients = [];
            string reply;
            do
            {
                clients.Add(new RespClient(node));
                reply = clients[^1].Call("CLIENT", "SETNAME", new string('n', 3000));
                reply = reply[0] == '-' ? reply : clients[^1].Call("CLIENT", "SETINFO", "LIB-NAME", new string('l', 3000));
                reply = reply[0] == '-' ? reply : clients[^1].Call("HELLO", "3", "SETNAME", new string('h', 2000));
            }
            while (reply[0] != '-');

            Assert.Equal(NoRoom, reply);
            Assert.InRange(clients.Count, 150, 250);
            Assert.Equal(new string('h', 2000), clients[0].Value("CLIENT", "GETNAME"));
            Assert.Contains(" lib-name=" + new string('l', 3000) + " lib-ver=\n", clients[0].Call("CLIENT", "INFO"),
                StringComparison.Ordinal);
            foreach (RespClient client in clients)
            {
                client.Dispose();
            }

            NodeUnderTest.Until(() => node.Server.Buffers.InUse == 0, "all is given back");
        },
        "--max-buffers", "1mb");

    [Fact]
    public void What_is_kept_for_a_connection_is_attributed_to_it() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("CLIENT", "SETNAME", new string('n', 1000)));
        long before = Kept(node);
        Assert.InRange(before, 1000, 2000);
        _ = client.Call("SUBSCRIBE", new string('c', 5000));
        Assert.InRange(Kept(node) - before, 5000, 7000);
        _ = client.Call("UNSUBSCRIBE");
        Assert.Equal(before, Kept(node));
        _ = client.Call("WATCH", new string('k', 5000));
        Assert.InRange(Kept(node) - before, 5000, 7000);
        _ = client.Call("UNWATCH");
        Assert.Equal(before, Kept(node));
        _ = client.Call("MULTI");
        _ = client.Call("SET", "a", new string('v', 5000));
        Assert.InRange(Kept(node) - before, 5000, 7000);
        Assert.Equal("+RESET", client.Call("RESET"));
        Assert.Equal(0, Kept(node));
    });

    [Fact]
    public void The_slow_log_takes_a_sixteenth_of_max_buffers() => NodeUnderTest.Run(
        Place,
        node =>
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "slowlog-max-len", "1000000", "slowlog-log-slower-than", "0"));
            string[] request = ["MGET", .. Enumerable.Range(0, 100).Select(i => Name(i, 200))];
            for (int i = 0; i < 100; i++)
            {
                _ = client.Call(request);
            }

            Assert.InRange(node.Server.Buffers.InUse, 50_000, 65_536);
            string log = client.Call("SLOWLOG", "GET", "1");
            Assert.Contains("\r\n*32\r\n$4\r\nMGET\r\n$147\r\n" + Name(0, 200)[..128] + "... (72 more bytes)\r\n", log,
                StringComparison.Ordinal);
            Assert.Contains("$23\r\n... (70 more arguments)\r\n", log, StringComparison.Ordinal);
            int length = int.Parse(client.Call("SLOWLOG", "LEN")[1..], CultureInfo.InvariantCulture);
            Assert.InRange(length, 5, 20);
            Assert.StartsWith("*" + (length + 1).ToString(CultureInfo.InvariantCulture) + "\r\n", client.Call("SLOWLOG", "GET", "-1"),
                StringComparison.Ordinal);
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "slowlog-log-slower-than", "-1", "slowlog-max-len", "2"));
            Assert.Equal(":2", client.Call("SLOWLOG", "LEN"));
            Assert.Equal("+OK", client.Call("SLOWLOG", "RESET"));
            Assert.Equal("*0", client.Call("SLOWLOG", "GET"));
            NodeUnderTest.Until(() => node.Server.Buffers.InUse == 0, "nothing is held any more");
        },
        "--max-buffers", "1mb");

    [Fact]
    public void A_configuration_of_any_length_is_kept_only_up_to_a_limit() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        string hundred = string.Join(' ', Enumerable.Repeat("50", 100));
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "latency-tracking-info-percentiles", hundred));
        Assert.Equal(
            "-ERR CONFIG SET failed (possibly related to argument 'latency-tracking-info-percentiles') - latency-tracking-info-percentiles takes at most 100 parameters",
            client.Call("CONFIG", "SET", "latency-tracking-info-percentiles", hundred + " 50"));
        Assert.StartsWith("-ERR CONFIG SET failed", client.Call("CONFIG", "SET", "requirepass", new string('p', 30_000_000)),
            StringComparison.Ordinal);
        Assert.Equal("*0", client.Call("CONFIG", "GET", new string('P', 30_000_000)));
        Assert.Equal("*2\r\n$10\r\nmaxclients\r\n", client.Call("CONFIG", "GET", "MAXC" + new string('*', 4_000))[..21]);
        Assert.StartsWith("-ERR a pattern may have", client.Call("CONFIG", "GET", "MAXC" + new string('*', 30_000)),
            StringComparison.Ordinal);
    });

    [Fact]
    public void Thousands_of_subscriptions_come_and_go_as_in_a_model() => NodeUnderTest.RunEverywhereAndPublished(node =>
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        const int Clients = 3;
        string[] commands = ["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"];
        RespClient[] clients = [.. Enumerable.Range(0, Clients).Select(_ => new RespClient(node))];
        using RespClient asker = new(node);
        HashSet<string>[,] model = new HashSet<string>[Clients, commands.Length];
        for (int i = 0; i < Clients * commands.Length; i++)
        {
            model[i / commands.Length, i % commands.Length] = [];
        }

        for (int step = 0; step < 60; step++)
        {
            int who = random.Next(Clients);
            int kind = random.Next(commands.Length);
            string[] names = [.. Enumerable.Range(0, random.Next(1, 400)).Select(_ => Name(random.Next(2000), random.Next(5, 8)))];
            bool leaves = random.Next(3) == 0;
            bool all = leaves && random.Next(3) == 0;
            if (random.Next(15) == 0)
            {
                clients[who].Dispose();
                clients[who] = new RespClient(node);
                for (int i = 0; i < commands.Length; i++)
                {
                    model[who, i].Clear();
                }
            }
            else
            {
                string word = leaves ? commands[kind].Replace("SUB", "UNSUB", StringComparison.Ordinal) : commands[kind];
                int replies = all ? Math.Max(1, model[who, kind].Count) : names.Length;
                clients[who].Send(all ? [word] : [word, .. names]);
                for (int i = 0; i < replies; i++)
                {
                    Assert.StartsWith("*3\r\n", clients[who].Reply(), StringComparison.Ordinal);
                }

                if (all)
                {
                    model[who, kind].Clear();
                }
                else if (leaves)
                {
                    model[who, kind].ExceptWith(names);
                }
                else
                {
                    model[who, kind].UnionWith(names);
                }
            }

            string about = "seed " + seed.ToString(CultureInfo.InvariantCulture) + ", step " + step.ToString(CultureInfo.InvariantCulture);
            string[] questions = ["PUBSUB CHANNELS", "PUBSUB NUMPAT", "PUBSUB SHARDCHANNELS"];
            for (int i = 0; i < commands.Length; i++)
            {
                HashSet<string> expected = [];
                for (int client = 0; client < Clients; client++)
                {
                    expected.UnionWith(model[client, i]);
                }

                NodeUnderTest.Until(() => Count(asker.Call(questions[i].Split(' '))) == expected.Count, about);
            }

            string name = names[0];
            int subscribers = Enumerable.Range(0, Clients).Count(client => model[client, 0].Contains(name));
            Assert.Equal("*2\r\n$" + name.Length.ToString(CultureInfo.InvariantCulture) + "\r\n" + name + "\r\n:"
                + subscribers.ToString(CultureInfo.InvariantCulture) + "\r\n", asker.Call("PUBSUB", "NUMSUB", name));
            subscribers += Enumerable.Range(0, Clients).Count(client => model[client, 1].Contains(name));
            Assert.Equal((about, ":" + subscribers.ToString(CultureInfo.InvariantCulture)), (about, asker.Call("PUBLISH", name, "x")));
            foreach (RespClient client in clients)
            {
                Drain(client);
            }
        }

        foreach (RespClient client in clients)
        {
            client.Dispose();
        }

        NodeUnderTest.Until(() => asker.Call("PUBSUB", "CHANNELS") == "*0" && asker.Call("PUBSUB", "NUMPAT") == ":0"
            && asker.Call("PUBSUB", "SHARDCHANNELS") == "*0", "all are gone");
    });

    [Theory]
    [InlineData("adaptive edge")]
    [InlineData("published queue oneshot")]
    public void Among_thousands_of_patterns_those_are_found_that_match(string place) => NodeUnderTest.Run(place, node =>
    {
        using RespClient client = new(node);
        using RespClient second = new(node);
        using RespClient publisher = new(node);
        string[] patterns =
        [
            "*", "n*", "name*", "nam?:1", "[n]ame:1", "\\name:1", "name:1", "name:1*", "name:12", "Name:1", "nam", "name:1?", "?*", "",
            .. Enumerable.Range(0, 5000).Select(number => "name:x" + number.ToString(CultureInfo.InvariantCulture) + "*"),
        ];
        client.Send(["PSUBSCRIBE", .. patterns]);
        foreach (string _ in patterns)
        {
            Assert.StartsWith("*3\r\n$10\r\npsubscribe", client.Reply(), StringComparison.Ordinal);
        }

        _ = second.Call("PSUBSCRIBE", "name:*");
        Assert.Equal(":10", publisher.Call("PUBLISH", "name:1", "text"));
        HashSet<string> found = [];
        for (int i = 0; i < 9; i++)
        {
            _ = found.Add(client.Reply().Split("\r\n")[4]);
        }

        Assert.Equal(["*", "?*", "[n]ame:1", "\\name:1", "n*", "nam?:1", "name*", "name:1", "name:1*"],
            found.Order(StringComparer.Ordinal));

        // "*", "n*", "name*", "?*", "name:*", and those with x4, x49, x499 and x4999.
        Assert.Equal(":9", publisher.Call("PUBLISH", "name:x4999", "text"));

        // A star matches no empty text, as in Redis.
        Assert.Equal(":1", publisher.Call("PUBLISH", "", "text"));
    });

    // What was published to a connection is read up to an answer of its own.
    private static void Drain(RespClient client)
    {
        client.Send("PING", "end");
        while (!client.Reply().Contains("$3\r\nend\r\n", StringComparison.Ordinal))
        {
        }
    }

    private static int Count(string reply) =>
        int.Parse(reply.AsSpan(1, reply.Contains('\r') ? reply.IndexOf('\r') - 1 : reply.Length - 1), CultureInfo.InvariantCulture);

    private static unsafe long Kept(NodeUnderTest node)
    {
        RespSession* session = ((InProcessNode)node).Node.Resp.Sessions.At(1);
        return session->KeptBytes;
    }

    private static string Name(int number, int length) => number.ToString(CultureInfo.InvariantCulture).PadLeft(length, 'n');
}

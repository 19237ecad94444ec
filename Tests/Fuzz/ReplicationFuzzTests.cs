using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Integration.Replication;
using Xunit;

namespace Epollsrv.Tests.Fuzz;

/// <summary>Masters and replicas that say anything: the node lives, serves its clients, and holds nothing for them when they are gone.
/// </summary>
[Collection(LoadCollection.Name)]
[Trait("Category", "Fuzz")]
public sealed class ReplicationFuzzTests
{
    private const int Rounds = 40;

    private static readonly string[] _numbers =
        ["0", "1", "-1", "2", "100", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "x", string.Empty, "1.5"];

    private static readonly string[] _options =
        ["listening-port", "ip-address", "capa", "ack", "fack", "getack", "rdb-only", "rdb-filter-only", "version", "nonsense"];

    public static TheoryData<string> Places => ["adaptive edge", "queue oneshot"];

    [Theory]
    [MemberData(nameof(Places))]
    public void A_node_lives_whatever_its_master_says(string place)
    {
        Random random = new(TestSeed.Choose());
        NodeUnderTest.Run(place, node =>
        {
            using RespClient client = new(node);
            for (int i = 0; i < Rounds; i++)
            {
                using FakeMaster master = new();
                Assert.Equal("+OK", client.Call("SET", "own", "data"));
                Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
                Talk(master, random);
                master.Hang();
                string own = client.Call("GET", "own");
                Assert.True(own is "$4\r\ndata\r\n" or "$-1" || own.StartsWith("-LOADING", StringComparison.Ordinal), own);

                // A snapshot that has arrived is loaded to its end.
                NodeUnderTest.Until(() => client.Call("REPLICAOF", "NO", "ONE") == "+OK", "it has loaded");
                Assert.Equal("+OK", client.Call("FLUSHALL"));
            }

            AssertFollows(client);
            NodeUnderTest.Until(() => client.Information("replication", "connected_slaves") == "0");
        });
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_master_lives_whatever_its_replicas_say(string place)
    {
        Random random = new(TestSeed.Choose());
        NodeUnderTest.Run(place, node =>
        {
            RespClient steady = new(node);
            Assert.Equal("+OK", steady.Call("CONFIG", "SET", "repl-timeout", "5"));
            List<Client> left = [];
            for (int i = 0; i < 8 * Rounds; i++)
            {
                Client replica = node.Connect();
                left.Add(replica);
                SendCut(replica, Conversation(random, steady), random);
                Assert.Equal("+OK", steady.Call("SET", "key" + (i % 10), new string('v', random.Next(5000))));
                while (left.Count > 8)
                {
                    // Some are silent for a while, and some end at once.
                    int which = random.Next(left.Count);
                    left[which].Dispose();
                    left.RemoveAt(which);
                }
            }

            left.ForEach(replica => replica.Dispose());
            NodeUnderTest.Until(() => steady.Information("replication", "connected_slaves") == "0");
            Assert.Equal("role:master", steady.Value("INFO", "replication")!.Split("\r\n")[1]);
            Assert.Equal("+OK", steady.Call("SET", "last", "1"));
            steady.Dispose();
            NodeUnderTest.Until(() => node.Server.Connections.Open == 0, "all closed");
            NodeUnderTest.Until(() => node.Server.Buffers.InUse == 0, "nothing is held any more");
        });
    }

    // A proper master is followed afterwards.
    private static void AssertFollows(RespClient client)
    {
        using FakeMaster master = new();
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
        master.SendSnapshot(1000, FakeMaster.Rdb(FakeMaster.Pair("a", "1")));
        master.AwaitPosition(1000);
        Assert.Equal("$1\r\n1\r\n", client.Call("GET", "a"));
        Assert.Equal("+OK", client.Call("REPLICAOF", "NO", "ONE"));
    }

    private static void Talk(FakeMaster master, Random random)
    {
        _ = master.Greet();
        byte[] rdb = FakeMaster.Rdb([.. Enumerable.Range(0, random.Next(4)).Select(i => Item(random, i))]);
        List<byte> said = [];
        if (random.Next(4) == 0)
        {
            Damage(said, random);
        }

        bool isMarked = random.Next(2) == 0;
        string size = random.Next(10) == 0 ? _numbers[random.Next(_numbers.Length)] : rdb.Length.ToString();
        Add(said, "+FULLRESYNC " + FakeMaster.History + " " + (random.Next(10) == 0 ? _numbers[random.Next(_numbers.Length)] : "1000") + "\r\n");
        Add(said, isMarked ? "$EOF:" + FakeMaster.History + "\r\n" : "$" + size + "\r\n");
        said.AddRange(rdb);
        if (isMarked)
        {
            Add(said, FakeMaster.History);
        }

        for (int i = 0; i < random.Next(10); i++)
        {
            said.AddRange(Command(random));
        }

        if (random.Next(3) != 0)
        {
            Damage(said, random);
        }

        try
        {
            byte[] bytes = [.. said];
            for (int sent = 0; sent < bytes.Length;)
            {
                int part = Math.Min(bytes.Length - sent, random.Next(1, 60));
                master.Send(bytes[sent..(sent + part)]);
                sent += part;
            }
        }
        catch (IOException)
        {
            // It has heard enough.
        }
    }

    private static byte[] Item(Random random, int number) => random.Next(6) switch
    {
        0 => FakeMaster.List("list" + number, "x"),
        1 => [0xFE, (byte)random.Next(64)],
        2 => [0xFC, 1, 2, 3, 4, 5, 6, 7, 0, .. FakeMaster.Pair("timed" + number, "1")],
        3 => FakeMaster.Pair("twice", "1"),
        _ => FakeMaster.Pair("key" + number, new string('v', random.Next(60))),
    };

    private static byte[] Command(Random random) => random.Next(12) switch
    {
        0 => FakeMaster.Request("MULTI"),
        1 => FakeMaster.Request("EXEC"),
        2 => FakeMaster.Request("SELECT", random.Next(20).ToString()),
        3 => FakeMaster.Request("LPUSH", "key1", "x"),
        4 => FakeMaster.Request("REPLCONF", "GETACK", "*"),
        5 => FakeMaster.Request("FLUSHALL"),
        6 => FakeMaster.Request("PUBLISH", "channel", "message"),
        7 => FakeMaster.Request("APPEND", "key0", "x"),
        8 => "\r\n"u8.ToArray(),
        _ => FakeMaster.Request("SET", "key" + random.Next(5), "value", "PXAT", _numbers[random.Next(_numbers.Length)]),
    };

    private static byte[] Conversation(Random random, RespClient steady)
    {
        List<byte> said = [];
        for (int i = 0; i < random.Next(1, 8); i++)
        {
            string number = _numbers[random.Next(_numbers.Length)];
            said.AddRange(random.Next(9) switch
            {
                0 => RespClient.Request("SYNC"),
                1 => RespClient.Request("PSYNC", "?", number),
                2 => RespClient.Request("PSYNC", steady.Information("replication", "master_replid"), number),
                3 => RespClient.Request("PSYNC", FakeMaster.History, number, "FAILOVER"),
                4 => RespClient.Request("REPLCONF", "ACK", number),
                5 => RespClient.Request("REPLCONF", "capa", "eof", "capa", "psync2", "listening-port", "6379"),
                6 => RespClient.Request("REPLCONF", _options[random.Next(_options.Length)], number),
                7 => RespClient.Request("SET", "from a replica", number),
                _ => RespClient.Request("WAIT", "1", "1"),
            });
        }

        if (random.Next(3) == 0)
        {
            Damage(said, random);
        }

        return [.. said];
    }

    private static void Damage(List<byte> bytes, Random random)
    {
        for (int i = 0; i < random.Next(1, 4); i++)
        {
            int at = random.Next(bytes.Count + 1);
            switch (random.Next(4))
            {
                case 0 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(20)));
                    break;
                case 2:
                    bytes.InsertRange(at, Enumerable.Range(0, random.Next(20)).Select(_ => (byte)random.Next(256)));
                    break;
                default:
                    bytes.InsertRange(at, Encoding.Latin1.GetBytes(_numbers[random.Next(_numbers.Length)]));
                    break;
            }
        }
    }

    private static void Add(List<byte> bytes, string text) => bytes.AddRange(Encoding.Latin1.GetBytes(text));

    private static void SendCut(Client client, byte[] bytes, Random random)
    {
        try
        {
            for (int sent = 0; sent < bytes.Length;)
            {
                int part = Math.Min(bytes.Length - sent, random.Next(1, 200));
                client.Send(bytes.AsSpan(sent, part).ToArray());
                sent += part;
            }
        }
        catch (SocketException)
        {
            // Refused in the middle: as good.
        }
    }
}

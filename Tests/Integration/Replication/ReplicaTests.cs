using System;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;

using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>The node as a replica of a stock redis-server.</summary>
[Trait("Category", "Replication")]
public sealed class ReplicaTests
{
    private const int Keys = 20_000;

    public static TheoryData<string> Places => NodeUnderTest.PublishedPlaces;

    [Theory]
    [MemberData(nameof(Places))]
    public void The_master_s_data_arrive_whole_and_its_changes_follow(string place)
    {
        using StockMaster stock = new();
        using RespClient master = stock.Connect();
        Fill(master, Keys);
        Assert.Equal("+OK", master.Call("SELECT", "3"));
        Assert.Equal("+OK", master.Call("SET", "other", "database", "PX", "100000000"));
        Assert.Equal("+OK", master.Call("SELECT", "0"));
        NodeUnderTest.Run(place, node =>
        {
            using RespClient replica = new(node);
            Dataset.Await(master, replica);
            Dataset.AssertEqual(master, replica, 16);
            Change(master, new Random(TestSeed.Choose()), 3000);
            Assert.Equal("+OK", master.Call("SELECT", "5"));
            Assert.Equal("+OK", master.Call("MSET", "a", "1", "b", "2"));
            Assert.Equal(":1", master.Call("MOVE", "a", "6"));
            Assert.Equal("+OK", master.Call("SWAPDB", "5", "7"));
            Assert.Equal("+OK", master.Call("SELECT", "0"));
            Dataset.Await(master, replica);
            Dataset.AssertEqual(master, replica, 16);
            Assert.Equal("-READONLY You can't write against a read only replica.", replica.Call("SET", "a", "b"));
            Assert.Contains("$4\r\nrole\r\n$7\r\nreplica\r\n", replica.Call("HELLO", "2"), StringComparison.Ordinal);
            Assert.Equal("+OK", master.Call("FLUSHALL"));
            Dataset.Await(master, replica);
            Assert.Equal(":1", replica.Call("DBSIZE"));
            Dataset.AssertEqual(master, replica, 16);
        }, "--replica-of", stock.Text);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_full_sync_under_write_load_ends_with_equal_data(string place)
    {
        using StockMaster stock = new();
        using RespClient master = stock.Connect();
        Fill(master, Keys);
        bool stops = false;
        int seed = TestSeed.Choose();
        Task writer = NodeUnderTest.Aside(() =>
        {
            using RespClient client = stock.Connect();
            Random random = new(seed);
            while (!Volatile.Read(ref stops))
            {
                Change(client, random, 100);
            }
        });
        try
        {
            NodeUnderTest.Run(place, node =>
            {
                using RespClient replica = new(node);
                Dataset.Await(master, replica);
                Volatile.Write(ref stops, true);
                writer.Wait();
                Dataset.Await(master, replica);
                Dataset.AssertEqual(master, replica);
            }, "--replica-of", stock.Text);
        }
        finally
        {
            Volatile.Write(ref stops, true);
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_link_that_was_cut_goes_on_where_it_was(string place)
    {
        using StockMaster stock = new("--repl-backlog-size", "10mb");
        using RespClient master = stock.Connect();
        Fill(master, 100);
        NodeUnderTest.Run(place, node =>
        {
            using RespClient replica = new(node);
            Dataset.Await(master, replica);
            Random random = new(TestSeed.Choose());
            for (int cut = 1; cut <= 5; cut++)
            {
                Change(master, random, 200);
                Assert.Equal(":1", master.Call("CLIENT", "KILL", "TYPE", "replica"));
                Change(master, random, 200);
                Dataset.Await(master, replica);
                Dataset.AssertEqual(master, replica);
                Assert.Equal(cut.ToString(CultureInfo.InvariantCulture), master.Information("stats", "sync_partial_ok"));
            }

            Assert.Equal("1", master.Information("stats", "sync_full"));
        }, "--replica-of", stock.Text);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_transaction_arrives_whole(string place)
    {
        using StockMaster stock = new();
        using RespClient master = stock.Connect();
        NodeUnderTest.Run(place, node =>
        {
            using RespClient replica = new(node);
            Dataset.Await(master, replica);
            bool stops = false;
            Task reader = NodeUnderTest.Aside(() =>
            {
                using RespClient client = new(node);
                while (!Volatile.Read(ref stops))
                {
                    string[] words = client.Call("MGET", "left", "right").Split("\r\n");
                    Assert.Equal(words[2], words.Length > 4 ? words[4] : words[2]);
                }
            });
            for (int i = 0; i < 1000; i++)
            {
                string number = i.ToString(CultureInfo.InvariantCulture);
                foreach (string[] command in (string[][])[["MULTI"], ["SET", "left", number], ["SET", "right", number], ["EXEC"]])
                {
                    master.Send(command);
                }

                for (int reply = 0; reply < 4; reply++)
                {
                    _ = master.Reply();
                }
            }

            Dataset.Await(master, replica);
            Volatile.Write(ref stops, true);
            reader.Wait();
            Dataset.AssertEqual(master, replica);
        }, "--replica-of", stock.Text);
    }

    [Fact]
    public void A_key_whose_time_has_passed_is_hidden_until_the_master_says_that_it_goes() => NodeUnderTest.Run(
        "published adaptive edge", node =>
        {
            using StockMaster stock = new("--enable-debug-command", "yes");
            using RespClient master = stock.Connect();
            using RespClient replica = new(node);
            Assert.Equal("+OK", master.Call("DEBUG", "SET-ACTIVE-EXPIRE", "0"));
            Assert.Equal("+OK", replica.Call("REPLICAOF", "127.0.0.1", stock.PortText));
            Dataset.Await(master, replica);
            Assert.Equal("+OK", master.Call("SET", "short", "lived", "PX", "300"));
            Dataset.Await(master, replica);
            NodeUnderTest.Until(() => replica.Call("GET", "short") == "$-1");
            Assert.Equal(":2", replica.Call("DBSIZE"));

            // The master has not noticed: a change of the key's time is about one that is there.
            NodeUnderTest.Until(() => master.Call("GET", "short") == "$-1", "the master's clock says so, too");
            NodeUnderTest.Until(() => replica.Call("DBSIZE") == ":1");
        });

    [Theory]
    [MemberData(nameof(Places))]
    public void Roles_change_at_run_time(string place)
    {
        using StockMaster stock = new();
        using RespClient master = stock.Connect();
        Fill(master, 1000);
        NodeUnderTest.Run(place, node =>
        {
            using RespClient replica = new(node);
            Assert.Equal("+OK", replica.Call("SET", "own", "1"));
            Assert.Equal("-ERR Invalid master port", replica.Call("REPLICAOF", "127.0.0.1", "port"));
            Assert.Equal("+OK", replica.Call("SLAVEOF", "127.0.0.1", stock.PortText));
            Dataset.Await(master, replica);
            Dataset.AssertEqual(master, replica);
            Assert.Equal("+OK Already connected to specified master", replica.Call("REPLICAOF", "127.0.0.1", stock.PortText));
            Assert.Equal("+OK", replica.Call("MULTI"));
            Assert.Equal("+QUEUED", replica.Call("SLAVEOF", "NO", "ONE"));
            Assert.Equal("*1\r\n+OK\r\n", replica.Call("EXEC"));
            Assert.Equal("+OK", replica.Call("SET", "own", "2"));
            Assert.Equal("+OK", master.Call("SET", "own", "3"));
            Assert.Equal("$1\r\n2\r\n", replica.Call("GET", "own"));
            Assert.Equal("+OK", replica.Call("REPLICAOF", "NO", "ONE"));
            Assert.Equal("+OK", replica.Call("REPLICAOF", "127.0.0.1", stock.PortText));
            Dataset.Await(master, replica);
            Dataset.AssertEqual(master, replica);
        });
    }

    [Fact]
    public void A_replica_whose_link_is_down_may_refuse_reads() => NodeUnderTest.Run("published adaptive edge", node =>
    {
        using RespClient replica = new(node);
        Assert.Equal("+OK", replica.Call("SET", "a", "1"));
        Assert.Equal("+OK", replica.Call("REPLICAOF", "127.0.0.1", RingProcesses.FreePort().ToString(CultureInfo.InvariantCulture)));
        Assert.Equal("$1\r\n1\r\n", replica.Call("GET", "a"));
        Assert.Equal("+OK", replica.Call("CONFIG", "SET", "replica-serve-stale-data", "no"));
        const string down = "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
        Assert.Equal(down, replica.Call("GET", "a"));
        Assert.Equal(down, replica.Call("PING"));
        Assert.Equal("+OK", replica.Call("REPLICAOF", "no", "one"));
        Assert.Equal("$1\r\n1\r\n", replica.Call("GET", "a"));
    });

    private static void Fill(RespClient master, int keys)
    {
        for (int i = 0; i < keys; i++)
        {
            string number = i.ToString(CultureInfo.InvariantCulture);
            string value = i % 1000 == 999 ? new string('x', 100_000) : "value " + number;
            if (i % 3 == 0)
            {
                master.Send("SET", "key" + number, value, "PX", "100000" + number);
            }
            else
            {
                master.Send("SET", "key" + number, value);
            }

            if (i % 500 == 499 || i == keys - 1)
            {
                for (int reply = 0; reply <= i % 500; reply++)
                {
                    Assert.Equal("+OK", master.Reply());
                }
            }
        }
    }

    private static void Change(RespClient master, Random random, int commands)
    {
        for (int i = 0; i < commands; i++)
        {
            string key = "key" + random.Next(300).ToString(CultureInfo.InvariantCulture);
            string other = "key" + random.Next(300).ToString(CultureInfo.InvariantCulture);
            string number = random.Next(1, 100).ToString(CultureInfo.InvariantCulture);
            string[] command = random.Next(16) switch
            {
                0 => ["APPEND", key, "tail" + number],
                1 => ["DEL", key, other],
                2 => ["EXPIRE", key, "1000" + number],
                3 => ["PERSIST", key],
                4 => ["RENAME", key, other],
                5 => ["COPY", key, other, "REPLACE"],
                6 => ["SETRANGE", key, number, "range"],
                7 => ["MSET", key, number, other, "mset"],
                8 => ["SETBIT", key, number, "1"],
                9 => ["GETEX", key, "EX", "2000" + number],
                10 => ["INCRBY", "counter", number],
                11 => ["INCRBYFLOAT", "float", "0." + number],
                12 => ["BITOP", "OR", key, key, other],
                13 => ["SET", key, new string('y', random.Next(100_000))],
                14 => ["PUBLISH", "channel", number],
                _ => ["SET", key, number, "EX", "3000" + number],
            };
            _ = master.Call(command);
        }
    }
}

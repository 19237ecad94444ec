using System;
using System.Globalization;
using Epollsrv.Tests.Differential;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>redis-server as a replica of a node.</summary>
[Trait("Category", "Replication")]
[Collection(LoadCollection.Name)]
public sealed class RedisReplicaTests
{
    private const string Place = "published adaptive edge";

    [Theory]
    [InlineData(Place, false)]
    [InlineData(Place, true)]
    [InlineData("published queue oneshot", false)]
    [InlineData("published queue oneshot", true)]
    [InlineData("adaptive delete", false)]
    public void A_full_synchronization_under_load_is_exact(string place, bool keepsData) => Run(place, keepsData, node =>
    {
        int seed = TestSeed.Choose();
        ReplicaLoad load = new();
        using (RespClient client = new(node))
        {
            Fill(client, 3000);
        }

        ServerProcess? first = null;
        ServerProcess? second = null;
        try
        {
            load.Run(node, seed, () =>
            {
                NodeUnderTest.Until(() => load.Writes > 200);
                first = Follow(node);
                StoreComparison.WaitForLink(first);
                long before = load.Writes;
                second = Follow(node);
                StoreComparison.WaitForLink(second);
                NodeUnderTest.Until(() => load.Writes > before + 2000);
            });
            StoreComparison.Check(node, first!);
            StoreComparison.Check(node, second!);
            using RespClient client = new(node);
            Assert.Equal("2", StoreComparison.Field(client, "connected_slaves"));
            Assert.Equal(client.Value("GET", "left"), client.Value("GET", "right"));
        }
        finally
        {
            first?.Dispose();
            second?.Dispose();
        }
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_cut_link_goes_on_where_it_was(bool cutByReplica) => Run(Place, cutByReplica, node =>
    {
        using ServerProcess replica = Follow(node);
        StoreComparison.WaitForLink(replica);
        using RespClient client = new(node);
        using RespClient other = StoreComparison.Connect(replica);
        for (int i = 0; i < 3; i++)
        {
            Fill(client, 200);
            string cut = cutByReplica ? other.Call("CLIENT", "KILL", "TYPE", "master") : client.Call("CLIENT", "KILL", "TYPE", "replica");
            Assert.Equal(":1", cut);
            Fill(client, 200);
            int partials = i + 1;
            NodeUnderTest.Until(() => client.Information("stats", "sync_partial_ok") == partials.ToString(CultureInfo.InvariantCulture));
        }

        StoreComparison.Check(node, replica);
        Assert.Equal("1", client.Information("stats", "sync_full"));
    });

    [Fact]
    public void What_was_overwritten_meanwhile_needs_a_snapshot() => Run(Place, false, node =>
    {
        using ServerProcess replica = Follow(node);
        StoreComparison.WaitForLink(replica);
        using RespClient client = new(node);
        using RespClient other = StoreComparison.Connect(replica);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "repl-backlog-size", "16kb"));
        Fill(client, 100);

        // It stays away while more is written than is kept.
        replica.Signal("STOP");
        Assert.Equal(":1", client.Call("CLIENT", "KILL", "TYPE", "replica"));
        NodeUnderTest.Until(() => StoreComparison.Field(client, "connected_slaves") == "0");
        string large = new('v', 500_000);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("+OK", client.Call("SET", "large" + i, large));
        }

        replica.Signal("CONT");
        NodeUnderTest.Until(() => client.Information("stats", "sync_full") == "2");
        StoreComparison.Check(node, replica);
        Assert.Equal("1", client.Information("stats", "sync_partial_err"));
    });

    [Fact]
    public void A_replica_that_does_not_read_holds_up_nobody() => Run(Place, false, node =>
    {
        using ServerProcess replica = Follow(node);
        StoreComparison.WaitForLink(replica);
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "client-output-buffer-limit", "replica 24mb 0 0", "repl-backlog-size", "1mb"));
        replica.Signal("STOP");
        string large = new('v', 1_000_000);
        NodeUnderTest.Until(() => StoreComparison.Field(client, "slave0").Contains("lag=1", StringComparison.Ordinal));
        for (int i = 0; i < 60; i++)
        {
            Assert.Equal("+OK", client.Call("SET", "large" + (i % 7), large));
            long kept = long.Parse(StoreComparison.Field(client, "repl_backlog_histlen"), CultureInfo.InvariantCulture);
            Assert.InRange(kept, 0, 27L << 20);
        }

        replica.Signal("CONT");
        NodeUnderTest.Until(() => client.Information("stats", "sync_full") == "2");
        StoreComparison.Check(node, replica);
    });

    [Fact]
    public void Expired_and_evicted_keys_are_deleted_there() => Run(Place, false, node =>
    {
        using ServerProcess replica = Follow(node);
        StoreComparison.WaitForLink(replica);
        using RespClient client = new(node);
        for (int i = 0; i < 300; i++)
        {
            Assert.Equal("+OK", client.Call("SET", "short" + i, "v", "PX", "50"));
        }

        NodeUnderTest.Until(() => client.Call("DBSIZE") == ":0");
        StoreComparison.Check(node, replica);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", "8mb"));
        string value = new('e', 10_000);
        for (int i = 0; i < 3000; i++)
        {
            Assert.Equal("+OK", client.Call("SET", "evicted" + i, value));
        }

        Assert.NotEqual("0", client.Information("stats", "evicted_keys"));
        StoreComparison.Check(node, replica);
    });

    [Fact]
    public void Wait_answers_when_the_replicas_have_it() => Run(Place, false, node =>
    {
        using RespClient client = new(node);
        Assert.Equal(":0", client.Call("WAIT", "0", "0"));
        Assert.Equal(":0", client.Call("WAIT", "1", "20"));
        using ServerProcess first = Follow(node);
        using ServerProcess second = Follow(node);
        StoreComparison.WaitForLink(first);
        StoreComparison.WaitForLink(second);
        using RespClient reader = StoreComparison.Connect(first);
        using RespClient otherReader = StoreComparison.Connect(second);
        for (int i = 0; i < 50; i++)
        {
            string number = i.ToString(CultureInfo.InvariantCulture);
            Assert.Equal("+OK", client.Call("SET", "waited", number));
            Assert.Equal(":2", client.Call("WAIT", "2", "0"));
            Assert.Equal(number, reader.Value("GET", "waited"));
            Assert.Equal(number, otherReader.Value("GET", "waited"));
        }

        Assert.Equal("+OK", client.Call("MULTI"));
        Assert.Equal("+QUEUED", client.Call("WAIT", "9", "0"));
        Assert.StartsWith("*1\r\n:", client.Call("EXEC"), StringComparison.Ordinal);
        second.Signal("STOP");
        Assert.Equal("+OK", client.Call("SET", "waited", "last"));
        Assert.Equal(":1", client.Call("WAIT", "2", "300"));
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "min-replicas-max-lag", "1", "min-replicas-to-write", "2"));
        NodeUnderTest.Until(() => client.Call("SET", "a", "b") == "-NOREPLICAS Not enough good replicas to write.");
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "min-replicas-to-write", "1"));
        NodeUnderTest.Until(() => client.Call("SET", "a", "b") == "+OK");
        second.Signal("CONT");
    });

    [Fact]
    public void Messages_reach_the_subscribers_of_replicas() => Run(Place, false, node =>
    {
        using ServerProcess replica = Follow(node);
        StoreComparison.WaitForLink(replica);
        using RespClient client = new(node);
        using RespClient subscriber = StoreComparison.Connect(replica);
        _ = subscriber.Call("SUBSCRIBE", "news");
        Assert.Equal(":0", client.Call("PUBLISH", "news", "first"));
        Assert.Equal("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nfirst\r\n", subscriber.Reply());
        string large = new('m', 200_000);
        Assert.Equal(":0", client.Call("PUBLISH", "news", large));
        Assert.EndsWith(large + "\r\n", subscriber.Reply(), StringComparison.Ordinal);
    });

    [Fact]
    public void A_node_that_keeps_data_starts_again_from_what_it_logged_for_replicas()
    {
        using TemporaryFolder folder = new();
        string data = folder["data"];
        NodeUnderTest.Run(Place, node =>
        {
            using ServerProcess replica = Follow(node);
            StoreComparison.WaitForLink(replica);
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "a", "1"));
            Assert.Equal(":0", client.Call("PUBLISH", "news", "x"));
            Assert.Equal(":1", client.Call("WAIT", "1", "0"));
            Assert.Equal("+OK", client.Call("SET", "b", "2"));
        }, "--data", data);
        NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Assert.Equal(":2", client.Call("DBSIZE"));
        }, "--data", data);
    }

    private static void Run(string place, bool keepsData, Action<NodeUnderTest> body)
    {
        using TemporaryFolder folder = new();
        string[] options = keepsData ? ["--data", folder["data"]] : [];
        NodeUnderTest.Run(place, body, options);
    }

    private static ServerProcess Follow(NodeUnderTest node)
        => ServerProcess.StartRedis("--replicaof", "127.0.0.1 " + node.Port.ToString(CultureInfo.InvariantCulture));

    private static void Fill(RespClient client, int count)
    {
        for (int i = 0; i < count; i++)
        {
            string key = "fill" + i.ToString(CultureInfo.InvariantCulture);
            string value = i % 100 == 0 ? new string('f', 100_000)
                : i % 3 == 0 ? i.ToString(CultureInfo.InvariantCulture) : new string('s', i % 90);
            Assert.Equal("+OK", i % 5 == 0 ? client.Call("SET", key, value, "EX", "5000") : client.Call("SET", key, value));
        }
    }
}

using System;
using System.Linq;
using System.Threading;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>FAILOVER: a master hands its part over, to nodes and to redis-server, and takes over from both.</summary>
[Trait("Category", "Replication")]
public sealed class FailoverTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("node", "node")]
    [InlineData("node", "redis")]
    [InlineData("redis", "node")]
    public void The_part_of_the_master_is_handed_over_without_a_snapshot(string from, string to)
    {
        using IGroupMember master = Start(from, "one");
        using IGroupMember replica = Start(to, "two");
        Follow(replica, master);
        using RespClient first = master.Connect();
        using RespClient second = replica.Connect();
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal("+OK", first.Call("SET", "key" + i, "value"));
        }

        Assert.Equal("+OK", first.Call("FAILOVER", "TO", "127.0.0.1", replica.PortText));
        AwaitFollower(master, replica);
        Assert.Equal("master", StoreComparison.Field(second, "role"));
        Assert.Equal("no-failover", StoreComparison.Field(first, "master_failover_state"));
        Assert.Equal(":1000", second.Call("DBSIZE"));
        Assert.Equal("+OK", second.Call("SET", "key0", "other"));
        Assert.Equal(":1", second.Call("WAIT", "1", "0"));
        Assert.Equal("$5\r\nother\r\n", first.Call("GET", "key0"));
        Assert.Equal("0", second.Information("stats", "sync_full"));
        Assert.Equal("1", second.Information("stats", "sync_partial_ok"));
        Assert.StartsWith("-READONLY", first.Call("SET", "key0", "third"), StringComparison.Ordinal);
    }

    [Fact]
    public void Under_load_nothing_that_was_acknowledged_is_lost()
    {
        using KeptNode master = new(_folder["one"]);
        using KeptNode replica = new(_folder["two"]);
        replica.Follow(master);
        using RespClient first = master.Connect();
        using RespClient second = replica.Connect();
        long[] acknowledged = new long[4];
        bool ends = false;
        Watchdog.Run(60, () => string.Join(' ', acknowledged), [.. Enumerable.Range(0, acknowledged.Length).Select(i => (Action)(() =>
        {
            // Counts until it is refused.
            using RespClient client = master.Connect();
            while (client.Call("INCR", "counter" + i) == ":" + (acknowledged[i] + 1))
            {
                _ = Interlocked.Increment(ref acknowledged[i]);
            }

            ends = true;
        })), () =>
        {
            NodeUnderTest.Until(() => acknowledged.All(count => Interlocked.Read(ref count) > 1000));
            Assert.Equal("+OK", first.Call("FAILOVER", "TO", "127.0.0.1", replica.PortText));
            AwaitFollower(master, replica);
        }]);
        Assert.True(ends);
        for (int i = 0; i < acknowledged.Length; i++)
        {
            Assert.Equal(acknowledged[i].ToString(), second.Value("GET", "counter" + i));
        }

        StoreComparison.Check(replica.Node, master.Node);
        Assert.Equal("0", second.Information("stats", "sync_full"));
    }

    [Fact]
    public void A_replica_that_cannot_feed_others_refuses_before_it_is_the_master()
    {
        using KeptNode master = new(_folder["one"]);
        using KeptNode replica = new(_folder["two"]);
        using RespClient first = master.Connect();
        using RespClient second = replica.Connect();
        Assert.Equal("+OK", second.Call("CONFIG", "SET", "appendonly", "no"));
        replica.Follow(master);
        Assert.Equal("+OK", first.Call("FAILOVER"));
        NodeUnderTest.Until(() => StoreComparison.Field(first, "master_failover_state") == "no-failover"
            && first.Call("SET", "a", "1") == "+OK", "it is given up, and writes are taken");
        Assert.Equal("slave", StoreComparison.Field(second, "role"));
        AwaitFollower(replica, master);
        StoreComparison.Check(master.Node, replica.Node);
    }

    [Fact]
    public void Redis_s_errors_are_given()
    {
        using KeptNode master = new(_folder["one"]);
        using KeptNode replica = new(_folder["two"]);
        using RespClient first = master.Connect();
        using RespClient second = replica.Connect();
        Assert.Equal("-ERR No failover in progress.", first.Call("FAILOVER", "ABORT"));
        Assert.Equal("-ERR FAILOVER requires connected replicas.", first.Call("FAILOVER"));
        Assert.Equal("-ERR FAILOVER timeout must be greater than 0", first.Call("FAILOVER", "TIMEOUT", "0"));
        Assert.Equal("-ERR syntax error", first.Call("FAILOVER", "TIMEOUT", "1", "ABORT"));
        Assert.Equal("-ERR syntax error", first.Call("FAILOVER", "TO", "host"));
        Assert.Equal("-ERR PSYNC FAILOVER can't be sent to a master.", first.Call("PSYNC", "?", "-1", "FAILOVER"));
        replica.Follow(master);
        Assert.Equal("-ERR FAILOVER is not valid when server is a replica.", second.Call("FAILOVER"));
        Assert.Equal("-ERR FAILOVER target HOST and PORT is not a replica.", first.Call("FAILOVER", "TO", "127.0.0.1", "1"));
        Assert.Equal("-ERR FAILOVER with force option requires both a timeout and target HOST and IP.",
            first.Call("FAILOVER", "TO", "127.0.0.1", replica.PortText, "FORCE"));
        Assert.Equal("-ERR PSYNC FAILOVER replid must match my replid.", second.Call("PSYNC", new string('0', 40), "1", "FAILOVER"));
    }

    [Fact]
    public void One_that_cannot_be_done_is_given_up()
    {
        using KeptNode master = new(_folder["one"]);
        using KeptNode replica = new(_folder["two"]);
        replica.Follow(master);
        using RespClient first = master.Connect();
        replica.Signal("STOP");
        Assert.Equal("+OK", first.Call("SET", "a", "1"));
        Assert.Equal("+OK", first.Call("FAILOVER"));
        Assert.Equal("waiting-for-sync", StoreComparison.Field(first, "master_failover_state"));
        Assert.Equal("-ERR FAILOVER already in progress.", first.Call("FAILOVER"));
        Assert.Equal("-ERR REPLICAOF not allowed while failing over.", first.Call("REPLICAOF", "NO", "ONE"));
        Assert.Equal("+OK", first.Call("FAILOVER", "ABORT"));
        Assert.Equal("no-failover", StoreComparison.Field(first, "master_failover_state"));
        Assert.Equal("+OK", first.Call("SET", "a", "2"));

        Assert.Equal("+OK", first.Call("FAILOVER", "TIMEOUT", "50"));
        NodeUnderTest.Until(() => StoreComparison.Field(first, "master_failover_state") == "no-failover", "it is given up");
        Assert.Equal("+OK", first.Call("SET", "a", "3"));

        // By force the master follows one that has not everything, and goes back to being the master when that is given up too.
        Assert.Equal("+OK", first.Call("FAILOVER", "TO", "127.0.0.1", replica.PortText, "FORCE", "TIMEOUT", "50"));
        NodeUnderTest.Until(() => StoreComparison.Field(first, "role") == "slave", "it follows");
        Assert.Equal("failover-in-progress", StoreComparison.Field(first, "master_failover_state"));
        Assert.Equal("+OK", first.Call("FAILOVER", "ABORT"));
        Assert.Equal("+OK", first.Call("SET", "a", "4"));
        replica.Signal("CONT");
        replica.AwaitLink();
        StoreComparison.Check(master.Node, replica.Node);
    }

    private static void Follow(IGroupMember replica, IGroupMember master)
    {
        using RespClient client = replica.Connect();
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
        AwaitFollower(replica, master);
    }

    private static void AwaitFollower(IGroupMember replica, IGroupMember master)
    {
        using RespClient client = replica.Connect();
        NodeUnderTest.Until(() => StoreComparison.Field(client, "master_port") == master.PortText
            && StoreComparison.Field(client, "master_link_status") == "up", "port " + replica.PortText + " follows");
    }

    private IGroupMember Start(string kind, string name) => kind == "node" ? new KeptNode(_folder[name]) : new StockMaster();
}

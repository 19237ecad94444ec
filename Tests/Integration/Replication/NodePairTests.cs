using System;
using System.Globalization;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>Nodes that follow nodes: what both sides have to agree on.</summary>
[Trait("Category", "Replication")]
[Collection(LoadCollection.Name)]
public sealed class NodePairTests : IDisposable
{
    private const string Place = "published adaptive edge";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_failover_needs_no_full_synchronization(bool masterKeeps, bool replicaKeeps) => Start("one", masterKeeps, one
        => Start("two", replicaKeeps, two =>
        {
            using RespClient first = new(one);
            using RespClient second = new(two);

            // A master that is demoted with a PING that nobody else has needs a snapshot, as with Redis.
            Assert.Equal("+OK", first.Call("CONFIG", "SET", "repl-ping-replica-period", "1000000000"));
            Assert.Equal("+OK", second.Call("CONFIG", "SET", "repl-ping-replica-period", "1000000000"));
            ReplicaLoad load = new();
            load.Run(one, TestSeed.Choose(), () =>
            {
                NodeUnderTest.Until(() => load.Writes > 1000);
                Follow(second, one);
                long writes = load.Writes;
                NodeUnderTest.Until(() => load.Writes > writes + 1000);
            });
            StoreComparison.Check(one, two);

            // A FLUSHDB of the load ends the snapshot that is under way.
            string? fulls = first.Information("stats", "sync_full");

            // Keys whose time passes would be deleted by the former master when nobody follows it any more.
            Assert.Equal("+OK", first.Call("FLUSHALL"));
            Assert.Equal("+OK", first.Call("SET", "known", "1"));
            Assert.Equal(":1", first.Call("WAIT", "1", "0"));

            // Its question is in the stream, too, and another one may be on its way.
            StoreComparison.Check(one, two);
            Promote(second, first, two);
            Assert.Equal("$1\r\n1\r\n", second.Call("GET", "known"));
            StoreComparison.Check(two, one);
            Assert.Equal("0", second.Information("stats", "sync_full"));
            Assert.Equal("1", second.Information("stats", "sync_partial_ok"));

            Promote(first, second, one);
            StoreComparison.Check(one, two);
            Assert.Equal(fulls, first.Information("stats", "sync_full"));
            Assert.Equal("1", first.Information("stats", "sync_partial_ok"));
        }));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_replica_has_replicas(bool keepsData) => Start("one", keepsData, one => Start("two", keepsData, two
        => Start("three", keepsData, three =>
        {
            using RespClient first = new(one);
            using RespClient second = new(two);
            using RespClient third = new(three);
            Assert.Equal("+OK", first.Call("SELECT", "5"));
            Assert.Equal("+OK", first.Call("SET", "a", "1"));
            Follow(second, one);
            Assert.Equal("+OK", first.Call("SET", "a", "2"));
            Follow(third, two);
            ReplicaLoad load = new();
            load.Run(one, TestSeed.Choose(), () => NodeUnderTest.Until(() => load.Writes > 1000));
            Assert.Equal("+OK", first.Call("SET", "a", "3"));
            StoreComparison.Check(one, two);
            StoreComparison.Check(two, three);

            // The link in the middle is cut; the last one goes on.
            Assert.Equal(":1", first.Call("CLIENT", "KILL", "TYPE", "replica"));
            Assert.Equal("+OK", first.Call("SET", "a", "4"));
            StoreComparison.Check(one, two);
            StoreComparison.Check(two, three);
            Assert.Equal("1", first.Information("stats", "sync_partial_ok"));
            Assert.Equal("1", second.Information("stats", "sync_full"));

            // Who was in the middle is promoted: its history has another name, which the last one learns.
            Assert.Equal("+OK", second.Call("REPLICAOF", "NO", "ONE"));
            Assert.Equal("+OK", second.Call("SET", "a", "5"));
            StoreComparison.Check(two, three);
            Assert.Equal("1", second.Information("stats", "sync_full"));
            Assert.StartsWith("-READONLY", third.Call("SET", "a", "6"), StringComparison.Ordinal);
        })));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Subscribers_of_a_replica_get_its_master_s_messages_and_the_events_of_keys(bool keepsData)
        => Start("one", keepsData, one => Start("two", keepsData, two =>
        {
            using RespClient first = new(one);
            using RespClient second = new(two);
            using RespClient subscriber = new(two);
            Follow(second, one);
            Assert.Equal("+OK", second.Call("CONFIG", "SET", "notify-keyspace-events", "KEA"));
            Assert.StartsWith("*3", subscriber.Call("SUBSCRIBE", "channel", "__keyevent@0__:set"), StringComparison.Ordinal);
            _ = subscriber.Reply();
            Assert.StartsWith("*3", subscriber.Call("SSUBSCRIBE", "shard"), StringComparison.Ordinal);
            Assert.StartsWith("*3", subscriber.Call("PSUBSCRIBE", "chan*"), StringComparison.Ordinal);
            Assert.Equal(":0", first.Call("PUBLISH", "channel", "hello"));
            Assert.Equal("*3\r\n$7\r\nmessage\r\n$7\r\nchannel\r\n$5\r\nhello\r\n", subscriber.Reply());
            Assert.Equal("*4\r\n$8\r\npmessage\r\n$5\r\nchan*\r\n$7\r\nchannel\r\n$5\r\nhello\r\n", subscriber.Reply());
            Assert.Equal(":0", first.Call("SPUBLISH", "shard", "hello"));
            Assert.Equal("*3\r\n$8\r\nsmessage\r\n$5\r\nshard\r\n$5\r\nhello\r\n", subscriber.Reply());
            Assert.Equal("+OK", first.Call("SET", "key", "1"));
            Assert.Equal("*3\r\n$7\r\nmessage\r\n$18\r\n__keyevent@0__:set\r\n$3\r\nkey\r\n", subscriber.Reply());
            Assert.Equal("+OK", first.Call("MULTI"));
            Assert.Equal("+QUEUED", first.Call("PUBLISH", "channel", "again"));
            Assert.Equal("+QUEUED", first.Call("SET", "key", "2"));
            Assert.StartsWith("*2", first.Call("EXEC"), StringComparison.Ordinal);
            Assert.StartsWith("*3\r\n$7\r\nmessage\r\n$7\r\nchannel", subscriber.Reply(), StringComparison.Ordinal);
            Assert.StartsWith("*4\r\n$8\r\npmessage", subscriber.Reply(), StringComparison.Ordinal);
            Assert.StartsWith("*3\r\n$7\r\nmessage\r\n$18\r\n__keyevent@0__:set", subscriber.Reply(), StringComparison.Ordinal);
            StoreComparison.Check(one, two);
        }));

    [Fact]
    public void A_node_with_a_longer_log_follows_one_with_a_shorter_one() => Start("one", true, one => Start("two", true, two =>
    {
        using RespClient first = new(one);
        using RespClient second = new(two);
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal("+OK", second.Call("SET", "own" + (i % 100).ToString(CultureInfo.InvariantCulture), "value"));
        }

        Assert.Equal("+OK", first.Call("SET", "a", "1"));
        Follow(second, one);
        StoreComparison.Check(one, two);

        // What is read waits for positions of the new log only, and so does what is written after a promotion.
        Assert.Equal("$-1", second.Call("GET", "own1"));
        Assert.Equal("$1\r\n1\r\n", second.Call("GET", "a"));
        Assert.Equal("+OK", second.Call("REPLICAOF", "NO", "ONE"));
        Assert.Equal("+OK", second.Call("SET", "own1", "2"));
        Assert.Equal("$1\r\n2\r\n", second.Call("GET", "own1"));
    }, "--fsync", "always"));

    [Fact]
    public void Writes_that_were_not_counted_are_not_passed_over() => Start("one", false, one => Start("two", false, two =>
    {
        // Without a log nobody counts what a master writes before its first replica comes, also when it was a replica once.
        using RespClient first = new(one);
        using RespClient second = new(two);
        Follow(second, one);
        Assert.Equal("+OK", first.Call("SET", "a", "1"));
        StoreComparison.Check(one, two);
        Promote(second, first, two);
        Assert.Equal("+OK", first.Call("REPLICAOF", "NO", "ONE"));
        Assert.Equal("+OK", first.Call("SET", "b", "1"));
        Assert.Equal("+OK", second.Call("SET", "c", "1"));
        Assert.Equal("+OK", first.Call("REPLICAOF", "127.0.0.1", two.Port.ToString(CultureInfo.InvariantCulture)));
        StoreComparison.Check(two, one);
        Assert.Equal("$-1", first.Call("GET", "b"));
    }));

    private static void Follow(RespClient replica, NodeUnderTest master)
    {
        Assert.Equal("+OK", replica.Call("REPLICAOF", "127.0.0.1", master.Port.ToString(CultureInfo.InvariantCulture)));
        NodeUnderTest.Until(() => StoreComparison.Field(replica, "master_link_status") == "up");
    }

    private static void Promote(RespClient master, RespClient replica, NodeUnderTest promoted)
    {
        Assert.Equal("+OK", master.Call("REPLICAOF", "NO", "ONE"));
        Assert.Equal("+OK", master.Call("SET", "promoted", "1"));
        Follow(replica, promoted);
    }

    private void Start(string name, bool keepsData, Action<NodeUnderTest> body, params string[] options)
        => NodeUnderTest.Run(Place, body, keepsData ? ["--data", _folder[name], .. options] : options);
}

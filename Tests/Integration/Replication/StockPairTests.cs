using System;
using Epollsrv.Tests.Differential;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>
/// A node and a stock server, either one the master: full synchronization under load, a cut link, restarts of the replica, a change of
/// roles. Afterwards every key has the same value and time.
/// </summary>
[Trait("Category", "Replication")]
[Collection(LoadCollection.Name)]
public sealed class StockPairTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>redis-server, and valkey-server where scripts/valkey.sh could get it, on either side.</summary>
    public static TheoryData<string, bool> Pairs
    {
        get
        {
            TheoryData<string, bool> pairs = [];
            foreach (string program in DirectoryExchange.Servers)
            {
                pairs.Add(program, true);
                pairs.Add(program, false);
            }

            return pairs;
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Pairs))]
    public void The_replica_has_what_the_master_has(string program, bool isNodeMaster)
    {
        using KeptNode node = new(_folder["node"]);
        using StockMaster stock = StockMaster.Of(program, "--repl-backlog-size", "64mb");
        IGroupMember master = isNodeMaster ? node : stock;
        IGroupMember replica = isNodeMaster ? stock : node;
        using RespClient first = master.Connect();

        // A master that is demoted with a PING that nobody else has needs a snapshot.
        Assert.Equal("+OK", first.Call("CONFIG", "SET", "repl-ping-replica-period", "1000000000"));
        ReplicaLoad load = new();
        string? fulls = null;
        load.Run(master, TestSeed.Choose(), () =>
        {
            AwaitWrites(load);
            Follow(replica, master);
            fulls = first.Information("stats", "sync_full");
            AwaitWrites(load);
            Assert.Equal(":1", first.Call("CLIENT", "KILL", "TYPE", "replica"));
            AwaitWrites(load);
        });
        StoreComparison.Check(master, replica);
        Assert.Equal(fulls, first.Information("stats", "sync_full"));
        Assert.NotEqual("0", first.Information("stats", "sync_partial_ok"));

        load = new ReplicaLoad();
        load.Run(master, TestSeed.Choose(), () =>
        {
            AwaitWrites(load);
            replica.Kill();
            AwaitWrites(load);
            replica.Restart();
            if (isNodeMaster)
            {
                // It keeps nothing, not even whom it followed.
                Follow(replica, master);
            }

            AwaitFollower(replica, master);
            AwaitWrites(load);
        });
        StoreComparison.Check(master, replica);

        // The other way round: nobody needs a snapshot. Keys whose time passes would be deleted by the former master when nobody follows
        // it.
        Assert.Equal("+OK", first.Call("FLUSHALL"));
        Assert.Equal("+OK", first.Call("SET", "known", "1"));
        StoreComparison.Check(master, replica);
        using RespClient second = replica.Connect();
        Assert.Equal("+OK", second.Call("REPLICAOF", "NO", "ONE"));
        Assert.Equal("+OK", second.Call("SET", "promoted", "1"));
        Follow(master, replica);
        StoreComparison.Check(replica, master);
        Assert.Equal("0", second.Information("stats", "sync_full"));
    }

    private static void AwaitWrites(ReplicaLoad load)
    {
        long writes = load.Writes;
        NodeUnderTest.Until(() => load.Writes > writes + 1000);
    }

    private static void Follow(IGroupMember replica, IGroupMember master)
    {
        using RespClient client = replica.Connect();
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
        AwaitFollower(replica, master);
    }

    private static void AwaitFollower(IGroupMember replica, IGroupMember master)
        => NodeUnderTest.Until(() => Follows(replica, master), "port " + replica.PortText + " follows port " + master.PortText);

    private static bool Follows(IGroupMember replica, IGroupMember master)
    {
        using RespClient client = replica.Connect();
        return StoreComparison.Field(client, "master_port") == master.PortText
            && StoreComparison.Field(client, "master_link_status") == "up";
    }
}

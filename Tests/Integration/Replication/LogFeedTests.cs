using System;
using System.Globalization;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>A replica that is further behind than what its master keeps in memory is fed from the files of the master's log.</summary>
[Trait("Category", "Replication")]
public sealed class LogFeedTests : IDisposable
{
    private const int ValueBytes = 500_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_replica_that_was_away_catches_up_from_the_files() => RunPair((master, replica) =>
    {
        using RespClient client = master.Connect();
        replica.Kill();
        Write(client, 20);
        long kept = long.Parse(StoreComparison.Field(client, "repl_backlog_histlen"), CultureInfo.InvariantCulture);
        Assert.InRange(kept, 0, 4 << 20);
        replica.Start();
        replica.AwaitLink();
        StoreComparison.Check(master.Node, replica.Node);
        AssertNoSnapshot(client);
    });

    [Fact]
    public void A_replica_that_does_not_read_for_long_goes_on_and_the_memory_is_bounded() => RunPair((master, replica) =>
    {
        using RespClient client = master.Connect();
        replica.Signal("STOP");
        for (int i = 0; i < 12; i++)
        {
            Write(client, 10);
            long kept = long.Parse(StoreComparison.Field(client, "repl_backlog_histlen"), CultureInfo.InvariantCulture);
            Assert.InRange(kept, 0, 12L << 20);
        }

        replica.Signal("CONT");
        replica.AwaitLink();
        StoreComparison.Check(master.Node, replica.Node);
        AssertNoSnapshot(client);
    });

    [Fact]
    public void A_rewrite_while_it_is_fed_from_files_loses_nothing() => RunPair((master, replica) =>
    {
        using RespClient client = master.Connect();
        replica.Signal("STOP");
        Write(client, 60);
        replica.Signal("CONT");
        Assert.StartsWith("+Background append only file rewriting", client.Call("BGREWRITEAOF"), StringComparison.Ordinal);
        Write(client, 10);
        NodeUnderTest.Until(() => client.Information("persistence", "aof_rewrite_in_progress") == "0");
        replica.AwaitLink();
        StoreComparison.Check(master.Node, replica.Node);
    });

    [Fact]
    public void A_value_that_is_longer_than_the_memory_for_replicas_reaches_them() => RunPair((master, replica) =>
    {
        using RespClient client = master.Connect();
        Assert.Equal("+OK", client.Call("SET", "huge", new string('v', 20_000_000)));
        Assert.Equal("+OK", client.Call("SET", "next", "1"));
        StoreComparison.Check(master.Node, replica.Node);
        AssertNoSnapshot(client);
    });

    [Fact]
    public void A_replica_that_missed_a_rewrite_gets_a_snapshot() => RunPair((master, replica) =>
    {
        using RespClient client = master.Connect();
        replica.Kill();
        Write(client, 20);
        Assert.StartsWith("+Background append only file rewriting", client.Call("BGREWRITEAOF"), StringComparison.Ordinal);
        NodeUnderTest.Until(() => client.Information("persistence", "aof_rewrite_in_progress") == "0");
        Write(client, 10);
        replica.Start();
        replica.AwaitLink();
        StoreComparison.Check(master.Node, replica.Node);
        Assert.Equal("2", client.Information("stats", "sync_full"));
    });

    [Fact]
    public void The_files_of_before_a_restart_are_read_too() => RunPair((master, replica) =>
    {
        using (RespClient client = master.Connect())
        {
            Assert.Equal("+OK", client.Call("SELECT", "3"));
            Write(client, 3);
            StoreComparison.Check(master.Node, replica.Node);
        }

        replica.Kill();
        master.Kill();
        master.Start();
        using RespClient again = master.Connect();
        Limit(again);
        Assert.Equal("+OK", again.Call("SELECT", "4"));
        Write(again, 20);
        replica.Start();
        replica.AwaitLink();
        StoreComparison.Check(master.Node, replica.Node);
        Assert.Equal("0", again.Information("stats", "sync_full"));
        Assert.Equal("1", again.Information("stats", "sync_partial_ok"));
    });

    private static void Write(RespClient client, int count)
    {
        string value = new('v', ValueBytes);
        for (int i = 0; i < count; i++)
        {
            Assert.Equal("+OK", client.Call("SET", "key" + (i % 7), value + i));
            Assert.Equal(":1", client.Call("APPEND", "short" + i + Guid.NewGuid(), "1"));
        }
    }

    private static void AssertNoSnapshot(RespClient client)
    {
        // The first one, to which the replica came with a history of its own.
        Assert.Equal("1", client.Information("stats", "sync_full"));
        Assert.Equal("1", client.Information("stats", "sync_partial_err"));
    }

    private static void Limit(RespClient client) => Assert.Equal("+OK", client.Call(
        "CONFIG", "SET", "client-output-buffer-limit", "replica 8mb 0 0", "repl-backlog-size", "1mb"));

    private void RunPair(Action<KeptNode, KeptNode> body)
    {
        using KeptNode master = new(_folder["one"]);
        using KeptNode replica = new(_folder["two"]);
        replica.Follow(master);
        using (RespClient client = master.Connect())
        {
            Limit(client);
            Assert.Equal("+OK", client.Call("SET", "first", "1"));
        }

        StoreComparison.Check(master.Node, replica.Node);
        body(master, replica);
    }
}

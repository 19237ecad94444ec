using System;
using System.IO;
using Epollsrv.Node;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>A snapshot that the node itself ends says nothing about the disk: no write is refused because of it.</summary>
public sealed class GivenUpSnapshotTests : IDisposable
{
    private const string Place = "adaptive edge";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("FLUSHALL")]
    [InlineData("FLUSHDB")]
    public void A_save_whose_keys_are_flushed_begins_anew(string flush) => Run(node =>
    {
        using RespClient client = new(node);
        BeginSave(client);
        Assert.Equal("+OK", client.Call(flush));
        Assert.Equal("+OK", client.Call("SET", "key", "value"));
        NodeUnderTest.Until(() => client.Information("persistence", "rdb_saves") == "1");
        AssertWell(node, client);
    });

    [Fact]
    public void A_rewrite_whose_keys_are_flushed_begins_anew() => Run(node =>
    {
        using RespClient client = new(node);
        Fill(client);
        Assert.Equal("+Background append only file rewriting started", client.Call("BGREWRITEAOF"));
        AwaitKeys(client);
        Assert.Equal("1", client.Information("persistence", "aof_rewrite_in_progress"));
        Assert.Equal("+OK", client.Call("FLUSHALL"));
        NodeUnderTest.Until(() => client.Information("persistence", "aof_rewrites") == "1");
        Assert.Equal("ok", client.Information("persistence", "aof_last_bgrewrite_status"));
        Assert.Equal(0, Jobs(node).RewriteRecord.Failed);
    });

    [Fact]
    public void A_save_that_DEBUG_RELOAD_ends_is_no_failure() => Run(node =>
    {
        using RespClient client = new(node);
        Fill(client);
        Assert.Equal("+OK", client.Call("SAVE"));
        BeginSave(client);
        Assert.Equal("+OK", client.Call("DEBUG", "RELOAD", "NOSAVE"));
        AssertWell(node, client);
    });

    [Fact]
    public void A_save_that_a_full_synchronization_ends_is_no_failure() => Run(node =>
    {
        using NodeUnderTest master = NodeUnderTest.Start(Place);
        using RespClient client = new(node);
        BeginSave(client);
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", ValueOf(master.Port)));
        NodeUnderTest.Until(() => client.Information("replication", "master_link_status") == "up");
        Assert.Equal("+OK", client.Call("REPLICAOF", "NO", "ONE"));
        AssertWell(node, client);
    });

    [Fact]
    public void A_save_that_the_disk_ends_stays_a_failure_when_the_next_is_given_up() => Run(node =>
    {
        using RespClient client = new(node);
        Fill(client);
        Assert.Equal("+OK", client.Call("SAVE"));
        _ = Directory.CreateDirectory(_folder["data/temp-dump.rdb"]);
        Assert.Equal("+Background saving started", client.Call("BGSAVE"));
        NodeUnderTest.Until(() => client.Information("persistence", "rdb_last_bgsave_status") == "err");
        NodeUnderTest.Until(() => client.Information("persistence", "rdb_bgsave_in_progress") == "0");
        Directory.Delete(_folder["data/temp-dump.rdb"]);
        BeginSave(client, fills: false);
        Assert.Equal("+OK", client.Call("DEBUG", "RELOAD", "NOSAVE"));
        Assert.Equal("err", client.Information("persistence", "rdb_last_bgsave_status"));
        Assert.Equal(1, Jobs(node).SaveRecord.Failed);
    });

    [Fact]
    public void Inside_a_transaction_both_are_scheduled() => Run(node =>
    {
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("MULTI"));
        Assert.Equal("+QUEUED", client.Call("BGSAVE"));
        Assert.Equal("+QUEUED", client.Call("BGREWRITEAOF"));
        Assert.Equal(
            "*2\r\n+Background saving scheduled\r\n+Background append only file rewriting scheduled\r\n", client.Call("EXEC"));
        NodeUnderTest.Until(() => client.Information("persistence", "rdb_saves") == "1");
        NodeUnderTest.Until(() => client.Information("persistence", "aof_rewrites") == "1");
    });

    private static void BeginSave(RespClient client, bool fills = true)
    {
        if (fills)
        {
            Fill(client);
        }

        Assert.Equal("+OK", client.Call("CONFIG", "SET", "save", "3600 1"));
        Assert.Equal("+Background saving started", client.Call("BGSAVE"));
        AwaitKeys(client);
        Assert.Equal("1", client.Information("persistence", "rdb_bgsave_in_progress"));
    }

    private static void Fill(RespClient client)
    {
        string value = new('v', 30_000);
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal("+OK", client.Call("SET", "key" + ValueOf(i), value));
        }
    }

    // The point in time has been, and most keys are still to be saved.
    private static void AwaitKeys(RespClient client)
        => NodeUnderTest.Until(() => client.Information("persistence", "current_save_keys_total") == "100");

    private static void AssertWell(NodeUnderTest node, RespClient client)
    {
        Assert.Equal("+OK", client.Call("SET", "key", "value"));
        Assert.Equal("ok", client.Information("persistence", "rdb_last_bgsave_status"));
        Assert.Equal(0, Jobs(node).SaveRecord.Failed);
        Assert.Null(((InProcessNode)node).Node.Persistence!.WriteRefusal);
    }

    private static SnapshotJobs Jobs(NodeUnderTest node) => ((InProcessNode)node).Node.Persistence!.Jobs;

    private static string ValueOf(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private void Run(Action<NodeUnderTest> body)
        => NodeUnderTest.Run(Place, body, "--data", _folder["data"], "--data-rate", "10kb", "--enable-debug-command", "yes");
}

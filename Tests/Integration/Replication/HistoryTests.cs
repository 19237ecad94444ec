using System;
using System.IO;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>A synchronization only goes on where the data are the same, whatever roles, crashes and disks do.</summary>
[Trait("Category", "Replication")]
public sealed class HistoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_former_master_that_lost_its_end_gets_it_back_in_the_right_database()
    {
        using KeptNode former = new(_folder["one"]);
        using KeptNode promoted = new(_folder["two"]);
        promoted.Follow(former);
        using (RespClient client = former.Connect())
        {
            Assert.Equal("+OK", client.Call("SELECT", "5"));
            for (int i = 0; i < 10; i++)
            {
                Assert.Equal("+OK", client.Call("SET", "key" + i, "value"));
            }
        }

        StoreComparison.Check(former.Node, promoted.Node);
        former.Kill();

        // As after a power cut: the last changes are not on the disk.
        string log = Directory.GetFiles(Path.Combine(former.Folder, "appendonlydir"), "*.incr.aof")[0];
        using (FileStream file = new(log, FileMode.Open))
        {
            file.SetLength(file.Length - 3);
        }

        using (RespClient client = promoted.Connect())
        {
            Assert.Equal("+OK", client.Call("REPLICAOF", "NO", "ONE"));
        }

        former.Start();
        former.Follow(promoted);
        StoreComparison.Check(promoted.Node, former.Node);
        using RespClient last = promoted.Connect();
        Assert.Equal("1", last.Information("stats", "sync_partial_ok"));
    }

    [Fact]
    public void What_was_written_without_a_log_is_not_passed_over()
    {
        using KeptNode master = new(_folder["one"]);
        using KeptNode node = new(_folder["two"]);
        using RespClient first = master.Connect();
        using RespClient client = node.Connect();
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
        node.Follow(master);
        Assert.Equal("+OK", first.Call("SET", "a", "1"));
        StoreComparison.Check(master.Node, node.Node);
        Assert.Equal("+OK", client.Call("REPLICAOF", "NO", "ONE"));
        Assert.Equal("+OK", client.Call("SET", "own", "1"));
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "yes"));
        NodeUnderTest.Until(() => client.Information("persistence", "aof_rewrite_in_progress") == "0");
        node.Follow(master);
        StoreComparison.Check(master.Node, node.Node);
        Assert.Equal("$-1", client.Call("GET", "own"));
    }

    [Fact]
    public void A_promoted_node_takes_writes_when_the_disk_knows_of_it()
    {
        using KeptNode master = new(_folder["one"]);
        using KeptNode node = new(_folder["two"]);
        node.Follow(master);
        using RespClient client = node.Connect();

        // The file cannot be written while something else is in its place.
        string obstacle = Path.Combine(node.Folder, "temp-replication.conf");
        _ = Directory.CreateDirectory(obstacle);
        Assert.Equal("+OK", client.Call("REPLICAOF", "NO", "ONE"));
        Assert.StartsWith("-READONLY", client.Call("SET", "a", "1"), StringComparison.Ordinal);
        Assert.Contains("replicaof", node.RoleText, StringComparison.Ordinal);
        Assert.Equal("master", StoreComparison.Field(client, "role"));
        Directory.Delete(obstacle);
        NodeUnderTest.Until(() => client.Call("SET", "a", "1") == "+OK", "writes are taken");
        Assert.DoesNotContain("replicaof", node.RoleText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("4611686018427387905")]
    public void A_position_beyond_all_reason_is_refused(string position) => NodeUnderTest.Run("published adaptive edge", node =>
    {
        using FakeMaster master = new();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("SET", "own", "1"));
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
        _ = master.Greet();
        master.Send("+FULLRESYNC " + FakeMaster.History + " " + position + "\r\n");
        node.AwaitLog("it answers PSYNC with \"+FULLRESYNC");
        Assert.Equal("$1\r\n1\r\n", client.Call("GET", "own"));
    });

    [Fact]
    public void A_snapshot_that_nobody_takes_is_given_up() => NodeUnderTest.Run("published adaptive edge", node =>
    {
        using RespClient client = new(node);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("+OK", client.Call("SET", "key" + i, new string('x', 1 << 20)));
        }

        Assert.Equal("+OK", client.Call("CONFIG", "SET", "repl-timeout", "1"));
        using RespClient slow = new(node);
        Assert.Equal("+OK", slow.Call("REPLCONF", "capa", "eof"));
        slow.Send("PSYNC", "?", "-1");

        NodeUnderTest.Until(() => client.Information("replication", "connected_slaves") == "1");

        // It is alive, and takes a byte from time to time.
        NodeUnderTest.Until(() =>
        {
            try
            {
                slow.SendRaw("\n");
                _ = slow.Client.Receive(1);
            }
            catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
            {
                return true;
            }

            System.Threading.Thread.Sleep(100);
            return client.Information("replication", "connected_slaves") == "0";
        }, "it is closed");
        node.AwaitLog("took too little of its snapshot");
    });

    [Fact]
    public void What_is_kept_in_a_file_of_lines_is_refused_when_it_is_none() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        Assert.StartsWith("-ERR REPLCONF ip-address", client.Call("REPLCONF", "ip-address", "a b"), StringComparison.Ordinal);
        Assert.StartsWith("-ERR REPLCONF ip-address", client.Call("REPLCONF", "ip-address", "a\nreplicaof"), StringComparison.Ordinal);
        Assert.Equal("-ERR Invalid master host", client.Call("REPLICAOF", "a\nb", "1"));
        Assert.Equal("+OK", client.Call("MULTI"));
        Assert.Equal("+QUEUED", client.Call("FAILOVER"));
        Assert.Equal("*1\r\n-ERR FAILOVER is not possible inside a transaction\r\n", client.Call("EXEC"));
    });

    [Fact]
    public void A_transaction_that_was_queued_before_does_not_run_while_the_data_are_loaded() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        using RespClient other = new(node);
        FakePersistence persistence = new(node);
        Assert.Equal("+OK", client.Call("MULTI"));
        Assert.Equal("+QUEUED", client.Call("SET", "a", "1"));
        Assert.Equal("+OK", other.Call("MULTI"));
        Assert.Equal("+QUEUED", other.Call("CONFIG", "GET", "hz"));
        persistence.Loads = true;
        Assert.StartsWith("-EXECABORT Transaction discarded because of: LOADING", client.Call("EXEC"), StringComparison.Ordinal);
        Assert.StartsWith("*1", other.Call("EXEC"), StringComparison.Ordinal);
        Assert.StartsWith("-LOADING", client.Call("REPLICAOF", "NO", "ONE"), StringComparison.Ordinal);
        persistence.Loads = false;
        Assert.Equal("$-1", client.Call("GET", "a"));
    });
}

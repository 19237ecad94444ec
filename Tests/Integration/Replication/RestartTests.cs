using System;
using System.IO;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>What nodes in replication know after a restart: whom they followed, and up to where their data are whose.</summary>
[Trait("Category", "Replication")]
public sealed class RestartTests : IDisposable
{
    private const int Configuration = 78;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_replica_goes_on_where_it_was(bool isKilled) => RunPair((master, replica) =>
    {
        using RespClient first = master.Connect();
        Assert.Equal("+OK", first.Call("SELECT", "3"));
        Assert.Equal("+OK", first.Call("SET", "a", "1"));
        StoreComparison.Check(master.Node, replica.Node);
        End(replica, isKilled);
        Assert.Equal("+OK", first.Call("SET", "a", "2"));
        replica.Start();
        replica.AwaitLink();
        Assert.Equal(":2", first.Call("APPEND", "a", "3"));
        StoreComparison.Check(master.Node, replica.Node);
        Assert.Equal("1", first.Information("stats", "sync_full"));
        Assert.Equal("1", first.Information("stats", "sync_partial_ok"));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Replicas_of_a_master_go_on_where_they_were(bool isKilled) => RunPair((master, replica) =>
    {
        using (RespClient first = master.Connect())
        {
            for (int i = 0; i < 1000; i++)
            {
                Assert.Equal("+OK", first.Call("SET", "key" + (i % 10), new string('x', 1000)));
            }
        }

        // What it has not got yet is read back from the master's log.
        replica.Node.Signal("STOP");
        using (RespClient first = master.Connect())
        {
            Assert.Equal("+OK", first.Call("SET", "late", "1"));
        }

        End(master, isKilled);
        master.Start();
        replica.Node.Signal("CONT");
        using RespClient again = master.Connect();
        Assert.Equal("+OK", again.Call("SET", "later", "1"));
        replica.AwaitLink();
        StoreComparison.Check(master.Node, replica.Node);
        Assert.Equal("0", again.Information("stats", "sync_full"));
        Assert.Equal("1", again.Information("stats", "sync_partial_ok"));
    });

    [Fact]
    public void A_replica_that_has_more_than_a_master_after_a_crash_needs_a_snapshot() => RunPair((master, replica) =>
    {
        using (RespClient first = master.Connect())
        {
            Assert.Equal("+OK", first.Call("SET", "a", "1"));
            StoreComparison.Check(master.Node, replica.Node);
        }

        // As after a power cut: the last change is not on the master's disk.
        using (RespClient first = master.Connect())
        {
            Assert.Equal("+OK", first.Call("SET", "lost", "1"));
            StoreComparison.Check(master.Node, replica.Node);
        }

        master.Kill();
        string log = Directory.GetFiles(Path.Combine(master.Folder, "appendonlydir"), "*.incr.aof")[0];
        using (FileStream file = new(log, FileMode.Open))
        {
            file.SetLength(file.Length - 3);
        }

        master.Start();
        using RespClient again = master.Connect();

        // More than what was lost: the position is the same, what stands there is not.
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal("+OK", again.Call("SET", "new", "value"));
        }

        replica.AwaitLink();
        StoreComparison.Check(master.Node, replica.Node);
        Assert.Equal("1", again.Information("stats", "sync_full"));
        using RespClient second = replica.Connect();
        Assert.Equal("$-1", second.Call("GET", "lost"));
    });

    [Fact]
    public void Roles_that_were_changed_stay_so_over_a_restart() => RunPair((master, replica) =>
    {
        using (RespClient second = replica.Connect())
        {
            Assert.Equal("+OK", second.Call("REPLICAOF", "NO", "ONE"));
            Assert.Equal("+OK", second.Call("SET", "promoted", "1"));
        }

        // The former master, which was started again in between, has nothing of its own: it goes on from where it ended.
        End(master, isKilled: true);
        master.Start();
        master.Follow(replica);
        StoreComparison.Check(replica.Node, master.Node);
        using (RespClient second = replica.Connect())
        {
            Assert.Equal("0", second.Information("stats", "sync_full"));
        }

        End(replica, isKilled: true);
        replica.Start("--replica-of", "127.0.0.1:" + master.PortText);
        replica.Node.AwaitLog("--replica-of 127.0.0.1:" + master.PortText + " is ignored");
        using (RespClient second = replica.Connect())
        {
            Assert.StartsWith("*3\r\n$6\r\nmaster", Role(replica), StringComparison.Ordinal);
            Assert.Equal("$1\r\n1\r\n", second.Call("GET", "promoted"));
        }

        End(master, isKilled: false);
        master.Start("--replica-of", "127.0.0.1:1");
        master.AwaitLink();
        master.Node.AwaitLog("is ignored");
        Assert.Contains("replicaof 127.0.0.1 " + replica.PortText + "\n", master.RoleText, StringComparison.Ordinal);
    });

    [Fact]
    public void A_master_of_replicas_does_not_start_without_its_data() => RunPair((master, _) =>
    {
        master.Kill();
        Directory.Delete(Path.Combine(master.Folder, "appendonlydir"), true);
        (int code, string output) = master.StartInVain();
        Assert.Equal(Configuration, code);
        Assert.Contains("replication.conf says that this node was a master with replicas", output, StringComparison.Ordinal);
        Assert.Contains("--allow-empty", output, StringComparison.Ordinal);
        master.Start("--allow-empty");
        using RespClient client = master.Connect();
        Assert.Equal(":0", client.Call("DBSIZE"));
    });

    [Fact]
    public void A_node_that_was_never_followed_has_no_file_and_may_lose_its_data()
    {
        using KeptNode node = new(_folder["one"]);
        using (RespClient client = node.Connect())
        {
            Assert.Equal("+OK", client.Call("SET", "a", "1"));
        }

        node.Stop();
        Assert.Equal(string.Empty, node.RoleText);
        Directory.Delete(Path.Combine(node.Folder, "appendonlydir"), true);
        node.Start();
    }

    [Theory]
    [InlineData("history 12", "1: \"history 12\" is not understood")]
    [InlineData("replicaof a 70000", "1: \"replicaof a 70000\" is not understood")]
    [InlineData("# nothing", "there is no line \"history NAME\"")]
    [InlineData("future 1", "1: \"future 1\" is not understood")]
    public void A_damaged_file_is_named(string text, string problem)
    {
        _ = Directory.CreateDirectory(_folder["one"]);
        File.WriteAllText(Path.Combine(_folder["one"], "replication.conf"), text);
        (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--data", _folder["one"]);
        Assert.Equal(Configuration, code);
        Assert.Contains("replication.conf", output, StringComparison.Ordinal);
        Assert.Contains(problem, output, StringComparison.Ordinal);
        Assert.Contains("Correct it, or remove it", output, StringComparison.Ordinal);
    }

    private static void End(KeptNode node, bool isKilled)
    {
        if (isKilled)
        {
            node.Kill();
        }
        else
        {
            node.Stop();
        }
    }

    private static string Role(KeptNode node)
    {
        using RespClient client = node.Connect();
        client.Send("ROLE");
        return client.Line() + "\r\n" + client.Line() + "\r\n" + client.Line();
    }

    private void RunPair(Action<KeptNode, KeptNode> body)
    {
        using KeptNode master = new(_folder["one"]);
        using KeptNode replica = new(_folder["two"]);

        // A master that is demoted with a PING that nobody else has needs a snapshot.
        using (RespClient client = master.Connect())
        {
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "repl-ping-replica-period", "1000000000"));
        }

        replica.Follow(master);
        try
        {
            body(master, replica);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException("master:\n" + master.Report + "\nreplica:\n" + replica.Report, exception);
        }
    }
}

using System;
using System.IO;
using System.Linq;
using Epollsrv.Store;
using Epollsrv.Tests.Differential;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Flags and uniques of memcached's items after a restart, and what other programs make of files that have them.</summary>
public sealed class ItemRestartTests : IDisposable
{
    private const long Later = 99_999_999_999_999;

    private static readonly string[] _keys =
        ["plain", "flags", "asked", "stale", "long", "expires", "edited", "chosen", "overwritten", "renamed", "deleted", "appended"];

    private readonly TemporaryFolder _folder = new();

    /// <summary>How the files came to be: the log alone, a base, dump.rdb alone.</summary>
    public static TheoryData<string> Kinds => ["log", "base", "dump"];

    private string Data => _folder["data"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void They_are_there_after_a_restart(string kind)
    {
        string[] expected = [];
        ulong last = 0;
        With(Data, (items, client, node) =>
        {
            Fill(items, client);
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendfsync", "no"));
            last = (ulong)node.Node.Store.Uniques.Last;
            Write(client, kind);
            expected = items.Show(_keys);
        });
        With(Data, (items, client, node) =>
        {
            Assert.Equal(expected, items.Show(_keys));
            Assert.Equal(last, (ulong)node.Node.Store.Uniques.Last);
            Assert.Contains("flags=1 until 0 flags 4294967295 unique 0 None", expected);

            // Also that of the key that was deleted is never given again, whatever the clock says.
            items.Delete("asked");
            items.Put("asked", "again", default);
            Assert.True(items.Assign("asked") > last + 1_000_000_000);
        });
    }

    /// <summary>What the kernel has: nothing more is written to the copy.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void They_are_there_after_a_kill(string kind)
    {
        string[] expected = [];
        With(Data, (items, client, node) =>
        {
            Fill(items, client);
            Write(client, kind);
            items.Put("flags", "2", new ItemFields(5));
            _ = items.Assign("flags");
            items.Set("stale", new ItemFields(6, 7, ItemState.Stale | ItemState.WinSent));
            if (kind == "dump")
            {
                Assert.Equal("+OK", client.Call("SAVE"));
            }

            expected = items.Show(_keys);
            NodeUnderTest.Until(() => node.Node.Feed.Log is not { } log || log.Written == log.Buffer.End);
            Copy(Data, _folder["copy"]);
        });
        With(_folder["copy"], (items, client, node) => Assert.Equal(expected, items.Show(_keys)));
    }

    [Theory]
    [Trait("Category", "Durability")]
    [MemberData(nameof(Kinds))]
    public void Stock_servers_load_the_files_and_their_programs_find_nothing_wrong(string kind)
    {
        string[] expected = [];
        With(Data, (items, client, _) =>
        {
            Fill(items, client);
            Write(client, kind);
            expected = Values(client);
        });
        (int code, string output) = PublishedNode.RunToEnd("check", Data);
        Assert.True(code == 0, output);
        Assert.Contains("with flags or a unique of memcached's", output, StringComparison.Ordinal);
        foreach (string server in DirectoryExchange.Servers)
        {
            string copy = _folder["for-" + Path.GetFileName(server)];
            Copy(Data, copy);
            CheckWithTools(server, copy, kind);
            using ServerProcess stock = ServerProcess.StartServer(server, "--dir", copy, "--appendonly", kind == "dump" ? "no" : "yes");
            using RespClient client = Replication.StoreComparison.Connect(stock);
            Assert.Equal(expected, Values(client));
            Assert.DoesNotContain("rror", stock.LogText, StringComparison.Ordinal);
            Assert.DoesNotContain("nrecognized", stock.LogText, StringComparison.Ordinal);

            // And back, when it has written the log anew: the flags are gone, nothing else is.
            if (kind != "dump")
            {
                _ = client.Call("BGREWRITEAOF");
                NodeUnderTest.Until(() => !client.Value("INFO", "persistence")!.Contains("in_progress:1", StringComparison.Ordinal));
                With(copy, (items, ours, _) => Assert.Equal(expected, Values(ours)));
            }
        }
    }

    private static void CheckWithTools(string server, string data, string kind)
    {
        string tool = server.Replace("-server", kind == "dump" ? "-check-rdb" : "-check-aof", StringComparison.Ordinal);
        string file = kind == "dump" ? "dump.rdb" : "appendonlydir/appendonly.aof.manifest";
        (int code, string output, string error) = Binary.RunProgram(tool, [Path.Combine(data, file)]);
        Assert.True(code == 0, output + error);
    }

    private static void Fill(NodeItems items, RespClient client)
    {
        Assert.Equal("+OK", client.Call("SET", "plain", "1"));
        items.Put("flags", "1", new ItemFields(uint.MaxValue));
        items.Put("asked", "1", default);
        _ = items.Assign("asked");
        items.Put("stale", "1", new ItemFields(3));
        items.Set("stale", new ItemFields(3, items.Assign("stale"), ItemState.Stale));
        items.Put("long", new string('x', 100_000), new ItemFields(4));
        _ = items.Assign("long");
        items.Put("expires", "1", new ItemFields(5), Later);
        _ = items.Assign("expires");
        Assert.Equal(":1", client.Call("PEXPIREAT", "expires", "99999999999998"));
        items.Put("edited", "1", new ItemFields(6));
        Assert.Equal(":2", client.Call("APPEND", "edited", "2"));
        items.Put("appended", "1", new ItemFields(11), Later);
        _ = items.Assign("appended");
        items.Append("appended", "2");
        items.Append("appended", "3");
        items.Put("chosen", "1", new ItemFields(0, ulong.MaxValue));
        items.Put("overwritten", "1", new ItemFields(7, 8));
        Assert.Equal("+OK", client.Call("SET", "overwritten", "2"));
        items.Put("old", "1", new ItemFields(9, 10));
        Assert.Equal("+OK", client.Call("RENAME", "old", "renamed"));
        items.Put("deleted", "1", default);
        _ = items.Assign("deleted");
        items.Delete("deleted");
    }

    private static string[] Values(RespClient client) =>
        [.. _keys.Select(key => key + " " + client.Value("GET", key) + " " + client.Call("PEXPIRETIME", key))];

    private static void Write(RespClient client, string kind)
    {
        if (kind == "base")
        {
            Assert.StartsWith("+", client.Call("BGREWRITEAOF"), StringComparison.Ordinal);
            NodeUnderTest.Until(() => client.Information("persistence", "aof_rewrites") == "1", "the log is written anew");
        }
        else if (kind == "dump")
        {
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
            Assert.Equal("+OK", client.Call("SAVE"));
        }
    }

    private static void With(string data, Action<NodeItems, RespClient, InProcessNode> act) => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        act(new NodeItems((InProcessNode)node), client, (InProcessNode)node);
    }, "--data", data);

    private static void Copy(string from, string to)
    {
        _ = Directory.CreateDirectory(to);
        foreach (string folder in Directory.GetDirectories(from))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }

        // Without the file that the node has locked.
        foreach (string file in Directory.GetFiles(from).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}

using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>What --data and the commands about it do, with the published program. What must never be lost: Tests/Durability.</summary>
public sealed class PersistenceTests : IDisposable
{
    private const int Configuration = 78;

    private readonly TemporaryFolder _folder = new();

    private string Data => _folder["data"];

    private string LogFolder => Path.Combine(Data, "appendonlydir");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("always")]
    [InlineData("1s")]
    [InlineData("no")]
    public void A_restart_keeps_keys_values_and_times(string policy)
    {
        using (PublishedNode node = Start("--fsync", policy))
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "text", "a\r\nb\0"));
            Assert.Equal("+OK", client.Call("SET", "long", new string('x', 300_000)));
            Assert.Equal(":300003", client.Call("APPEND", "long", "end"));
            Assert.Equal("+OK", client.Call("SET", "soon", "1", "PX", "3600000"));
            Assert.Equal(":5", client.Call("INCRBY", "number", "5"));
            Assert.Equal("+OK", client.Call("SET", "gone", "1"));
            Assert.Equal(":1", client.Call("DEL", "gone"));
            Assert.Equal("+OK", client.Call("MULTI"));
            Assert.Equal("+QUEUED", client.Call("SET", "one", "1"));
            Assert.Equal("+QUEUED", client.Call("INCR", "one"));
            _ = client.Call("EXEC");
            Assert.Equal("+OK", client.Call("SELECT", "3"));
            Assert.Equal("+OK", client.Call("SET", "elsewhere", "3"));
            Put(node, "web", "from HTTP");
            Stop(node);
        }

        using (PublishedNode node = Start("--fsync", policy))
        {
            using RespClient client = new(node);
            Assert.Equal("a\r\nb\0", client.Value("GET", "text"));
            Assert.Equal(new string('x', 300_000) + "end", client.Value("GET", "long"));
            Assert.InRange(long.Parse(client.Call("PTTL", "soon")[1..], CultureInfo.InvariantCulture), 1, 3_600_000);
            Assert.Equal("5", client.Value("GET", "number"));
            Assert.Equal(":0", client.Call("EXISTS", "gone"));
            Assert.Equal("2", client.Value("GET", "one"));
            Assert.Equal("from HTTP", client.Value("GET", "web"));
            Assert.Equal(":6", client.Call("DBSIZE"));
            Assert.Equal("+OK", client.Call("SELECT", "3"));
            Assert.Equal("3", client.Value("GET", "elsewhere"));
            Stop(node);
        }
    }

    [Fact]
    public void The_log_is_written_anew_by_command_and_by_itself()
    {
        using PublishedNode node = Start("--data-rewrite-min-size", "64kb");
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("SET", "key", "value"));
        Assert.Equal("+Background append only file rewriting started", client.Call("BGREWRITEAOF"));
        NodeUnderTest.Until(() => client.Information("persistence", "aof_rewrites") == "1");
        Assert.Equal(
            ["appendonly.aof.1.base.rdb", "appendonly.aof.2.incr.aof", "appendonly.aof.manifest"],
            Directory.GetFiles(LogFolder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        string value = new('x', 10_000);
        NodeUnderTest.Until(() =>
        {
            Assert.Equal("+OK", client.Call("SET", "key", value));
            return client.Information("persistence", "aof_rewrites") != "1";
        });
        Stop(node);
    }

    [Fact]
    public void Dump_rdb_is_saved_and_loaded_when_there_is_no_log()
    {
        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("MSET", "a", "1", "b", "2"));
            Assert.Equal("2", client.Information("persistence", "rdb_changes_since_last_save"));
            Assert.Equal("+Background saving started", client.Call("BGSAVE"));
            NodeUnderTest.Until(() => client.Information("persistence", "rdb_saves") == "1");
            Assert.Equal("0", client.Information("persistence", "rdb_changes_since_last_save"));
            Assert.Equal(client.Call("LASTSAVE")[1..], client.Information("persistence", "rdb_last_save_time"));
            Assert.Equal("+OK", client.Call("SAVE"));
            Stop(node);
        }

        Directory.Delete(LogFolder, recursive: true);
        for (int start = 0; start < 2; start++)
        {
            // The second time from the log, which was begun with the keys.
            using PublishedNode node = Start();
            using RespClient client = new(node);
            Assert.Equal(":2", client.Call("DBSIZE"));
            Stop(node);
            File.Delete(Path.Combine(Data, "dump.rdb"));
        }
    }

    [Fact]
    public void SHUTDOWN_SAVE_saves_and_stops()
    {
        using PublishedNode node = Start();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("SET", "key", "value"));
        client.Send("SHUTDOWN", "SAVE");
        Assert.Equal(0, node.WaitForExit());
        Assert.True(File.Exists(Path.Combine(Data, "dump.rdb")));
    }

    [Fact]
    public void Save_points_save_by_themselves_and_refuse_writes_when_that_fails()
    {
        using PublishedNode node = Start();
        using RespClient client = new(node);
        Assert.Equal("*2\r\n$4\r\nsave\r\n$0\r\n\r\n", client.Call("CONFIG", "GET", "save"));
        foreach (string points in new[] { "10  5", " 10 5", "10 5 ", " ", "10", "10 x" })
        {
            Assert.EndsWith("Invalid save parameters", client.Call("CONFIG", "SET", "save", points), StringComparison.Ordinal);
        }

        _ = Directory.CreateDirectory(Path.Combine(Data, "dump.rdb"));
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "save", "1 1 60 1000"));
        Assert.Equal("+OK", client.Call("SET", "key", "value"));
        NodeUnderTest.Until(
            () => client.Call("SET", "other", "value").StartsWith("-MISCONF Redis is configured", StringComparison.Ordinal));
        Assert.Equal("err", client.Information("persistence", "rdb_last_bgsave_status"));
        Assert.Equal("value", client.Value("GET", "key"));
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "stop-writes-on-bgsave-error", "no"));
        Assert.Equal("+OK", client.Call("SET", "other", "value"));
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes"));
        Directory.Delete(Path.Combine(Data, "dump.rdb"));
        NodeUnderTest.Until(() => client.Call("SET", "other", "value") == "+OK");
        Assert.True(File.Exists(Path.Combine(Data, "dump.rdb")));
        Stop(node);
    }

    [Fact]
    public void WAITAOF_answers_when_the_disk_has_the_changes()
    {
        using PublishedNode node = Start("--fsync", "50ms");
        using RespClient client = new(node);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("+OK", client.Call("SET", "key", "value"));
            Assert.Equal("*2\r\n:1\r\n:0\r\n", client.Call("WAITAOF", "1", "0", "0"));
        }

        Assert.Equal("*2\r\n:1\r\n:0\r\n", client.Call("WAITAOF", "1", "1", "20"));
        Assert.StartsWith("-ERR", client.Call("WAITAOF", "2", "0", "0"), StringComparison.Ordinal);
        Assert.Equal("-ERR timeout is negative", client.Call("WAITAOF", "1", "0", "-1"));
        Stop(node);
    }

    [Fact]
    public void Without_a_directory_nothing_is_kept_and_commands_say_so()
    {
        using PublishedNode node = new(["--port", "0"]);
        using RespClient client = new(node);
        foreach (string command in new[] { "SAVE", "BGSAVE", "BGREWRITEAOF" })
        {
            Assert.Equal("-ERR nothing is kept on disk: start the node with --data DIR", client.Call(command));
        }

        Assert.StartsWith(
            "-ERR WAITAOF cannot be used when numlocal is set", client.Call("WAITAOF", "1", "0", "0"), StringComparison.Ordinal);
        Assert.Equal("*2\r\n:0\r\n:0\r\n", client.Call("WAITAOF", "0", "0", "0"));
        Assert.Equal("+OK", client.Call("SET", "key", "value"));
        Assert.Equal("1", client.Information("persistence", "rdb_changes_since_last_save"));
        Assert.Equal("0", client.Information("persistence", "aof_enabled"));
        Assert.StartsWith("-ERR CONFIG SET failed", client.Call("CONFIG", "SET", "appendonly", "yes"), StringComparison.Ordinal);
        Assert.Equal(0, node.Stop());
    }

    [Fact]
    public void Files_cannot_be_written_elsewhere_by_CONFIG()
    {
        using PublishedNode node = Start();
        using RespClient client = new(node);
        foreach (string name in new[] { "dir", "dbfilename", "appendfilename", "appenddirname", "enable-protected-configs" })
        {
            Assert.StartsWith("-ERR CONFIG SET failed", client.Call("CONFIG", "SET", name, "/tmp"), StringComparison.Ordinal);
        }

        Assert.Contains(Data, client.Call("CONFIG", "GET", "dir"), StringComparison.Ordinal);
        foreach (string policy in new[] { "always", "no", "everysec" })
        {
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendfsync", policy));
            Assert.Equal(
                "*2\r\n$11\r\nappendfsync\r\n$" + policy.Length + "\r\n" + policy + "\r\n",
                client.Call("CONFIG", "GET", "appendfsync"));
            Assert.Equal("+OK", client.Call("SET", "key", policy));
        }

        Stop(node);
    }

    [Fact]
    public void A_second_node_is_kept_from_the_directory()
    {
        using PublishedNode node = Start();
        (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--data", Data);
        Assert.Equal(Configuration, code);
        Assert.Contains("another node uses this data directory", output, StringComparison.Ordinal);
        Stop(node);
    }

    private static void Put(PublishedNode node, string key, string value)
    {
        using Client client = node.Connect();
        client.Send(Encoding.ASCII.GetBytes("PUT /kv/" + key + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
            + value.Length.ToString(CultureInfo.InvariantCulture) + "\r\nConnection: close\r\n\r\n" + value));
        Assert.StartsWith("HTTP/1.1 201", Encoding.ASCII.GetString(client.ReceiveToEnd()), StringComparison.Ordinal);
    }

    private static void Stop(PublishedNode node) => Assert.Equal(0, node.Stop());

    private PublishedNode Start(params string[] options) => new(["--port", "0", "--data", Data, .. options]);
}

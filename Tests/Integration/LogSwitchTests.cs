using System;
using System.IO;
using System.Linq;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>CONFIG SET appendonly while a node runs, with the published program. What must never be lost: Tests/Durability.</summary>
public sealed class LogSwitchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Data => _folder["data"];

    private string LogFolder => Path.Combine(Data, "appendonlydir");

    private string[] LogFileNames => [.. Directory.GetFiles(LogFolder).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_log_that_is_turned_off_stays_as_it_is_and_is_loaded_while_there_is_nothing_newer()
    {
        string[] names;
        using (PublishedNode node = Start("--fsync", "always"))
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "before", "1"));
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
            Assert.Equal("*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n", client.Call("CONFIG", "GET", "appendonly"));
            Assert.Equal("0", client.Information("persistence", "aof_enabled"));
            Assert.StartsWith("-ERR WAITAOF cannot be used", client.Call("WAITAOF", "1", "0", "0"), StringComparison.Ordinal);
            Assert.StartsWith("-ERR Can't execute an AOF", client.Call("BGREWRITEAOF"), StringComparison.Ordinal);
            names = LogFileNames;
            Assert.Equal(["appendonly.aof.1.incr.aof", "appendonly.aof.manifest"], names);
            long length = new FileInfo(Path.Combine(LogFolder, names[0])).Length;
            Assert.Equal("+OK", client.Call("SET", "after", "1"));
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendfsync", "no"));
            Assert.Equal(length, new FileInfo(Path.Combine(LogFolder, names[0])).Length);
            Stop(node);
        }

        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Assert.Equal("1", client.Value("GET", "before"));
            Assert.Equal("$-1", client.Call("GET", "after"));
            Assert.Equal("1", client.Information("persistence", "aof_enabled"));
            Stop(node);
        }
    }

    [Theory]
    [InlineData("SAVE")]
    [InlineData("BGSAVE")]
    public void The_next_snapshot_takes_the_place_of_a_log_that_is_off(string command)
    {
        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "key", "logged"));
            Assert.Equal("+OK", client.Call("SAVE"));
            Assert.NotEmpty(LogFileNames);
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
            Assert.Equal("+OK", client.Call("SET", "key", "saved"));
            Assert.StartsWith("+", client.Call(command), StringComparison.Ordinal);
            NodeUnderTest.Until(() => client.Information("persistence", "rdb_saves") == "2");
            Assert.Empty(LogFileNames);
            Assert.Equal("+OK", client.Call("SET", "key", "later"));
            node.Signal("KILL");
            _ = node.WaitForExit();
        }

        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Assert.Equal("saved", client.Value("GET", "key"));
            Assert.Equal("1", client.Information("persistence", "aof_enabled"));
            Stop(node);
        }
    }

    [Theory]
    [InlineData("always", false)]
    [InlineData("1s", true)]
    public void A_log_that_is_turned_on_has_all_keys_when_it_is_on(string policy, bool saves)
    {
        using (PublishedNode node = Start("--fsync", policy))
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "a", "1"));
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
                Assert.Equal("+OK", client.Call("MSET", "a", "2", "b", "2", "gone", "1"));
                if (saves)
                {
                    Assert.Equal("+OK", client.Call("SAVE"));
                }

                Assert.Equal(":1", client.Call("DEL", "gone"));
                Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "yes"));
                Assert.Equal("1", client.Information("persistence", "aof_enabled"));
                Assert.Equal("*2\r\n:1\r\n:0\r\n", client.Call("WAITAOF", "1", "0", "0"));
                Assert.Equal("+OK", client.Call("SET", "c", "3"));
            }

            Assert.Equal(3, LogFileNames.Length);
            Assert.Equal("+Background append only file rewriting started", client.Call("BGREWRITEAOF"));
            NodeUnderTest.Until(() => client.Information("persistence", "aof_rewrites") == "4");
            Assert.Equal("+OK", client.Call("SET", "d", "4"));
            node.Signal("KILL");
            _ = node.WaitForExit();
        }

        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Assert.Equal("*4\r\n$1\r\n2\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\n4\r\n", client.Call("MGET", "a", "b", "c", "d"));
            Assert.Equal(":4", client.Call("DBSIZE"));
            Stop(node);
        }
    }

    [Fact]
    public void A_log_that_cannot_be_turned_on_stays_off()
    {
        using PublishedNode node = Start();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
        Directory.Delete(LogFolder, recursive: true);
        const string refusal =
            "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - Unable to turn on AOF. Check server logs.";
        Assert.Equal(refusal, client.Call("CONFIG", "SET", "appendonly", "yes", "appendfsync", "always"));
        Assert.Equal("*2\r\n$11\r\nappendfsync\r\n$8\r\neverysec\r\n", client.Call("CONFIG", "GET", "appendfsync"));
        Assert.Equal("0", client.Information("persistence", "aof_enabled"));
        Assert.Equal("+OK", client.Call("SET", "key", "value"));
        _ = Directory.CreateDirectory(LogFolder);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "yes", "appendfsync", "always"));
        Assert.Equal("*2\r\n:1\r\n:0\r\n", client.Call("WAITAOF", "1", "0", "0"));
        Assert.StartsWith("-ERR CONFIG SET failed", client.Call("CONFIG", "SET", "appendonly", "maybe"), StringComparison.Ordinal);
        Stop(node);
    }

    [Fact]
    public void A_transaction_can_turn_the_log_on_but_not_off()
    {
        using PublishedNode node = Start();
        using RespClient client = new(node);
        Assert.Contains("inside a transaction", InTransaction(client, "no"), StringComparison.Ordinal);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
        Assert.Equal("*2\r\n+OK\r\n+OK\r\n", InTransaction(client, "yes"));
        Assert.Equal("*2\r\n:1\r\n:0\r\n", client.Call("WAITAOF", "1", "0", "0"));
        Stop(node);
    }

    [Fact]
    public void A_log_is_turned_on_after_the_snapshot_that_is_under_way()
    {
        using PublishedNode node = Start("--data-rate", "1mb");
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("SET", "key", new string('x', 1_000_000)));
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
        Assert.Equal("+Background saving started", client.Call("BGSAVE"));
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "yes"));
        Assert.Equal("+OK", client.Call("SET", "other", "1"));
        Assert.Equal("*2\r\n:1\r\n:0\r\n", client.Call("WAITAOF", "1", "0", "0"));
        Assert.Equal("1", client.Information("persistence", "rdb_saves"));
        Assert.Equal("1", client.Information("persistence", "aof_rewrites"));
        Stop(node);
    }

    [Fact]
    public void A_snapshot_that_began_before_the_log_was_off_leaves_the_log()
    {
        using (PublishedNode node = Start("--data-rate", "1mb"))
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "large", new string('x', 1_000_000)));
            Assert.Equal("+Background saving started", client.Call("BGSAVE"));
            NodeUnderTest.Until(() => File.Exists(Path.Combine(Data, "temp-dump.rdb")), "its point in time is over");
            Assert.Equal("+OK", client.Call("SET", "key", "logged"));
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
            NodeUnderTest.Until(() => client.Information("persistence", "rdb_saves") == "1");
            Assert.NotEmpty(LogFileNames);
            Stop(node);
        }

        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Assert.Equal("logged", client.Value("GET", "key"));
            Stop(node);
        }
    }

    [Fact]
    public void A_start_finishes_what_a_crash_has_left_of_a_log_that_was_replaced()
    {
        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "key", "saved"));
            Assert.Equal("+OK", client.Call("SAVE"));
            Assert.Equal("+OK", client.Call("SET", "key", "logged"));
            Stop(node);
        }

        string manifest = Path.Combine(LogFolder, "appendonly.aof.manifest");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("type i", "type h", StringComparison.Ordinal));
        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Assert.Equal("saved", client.Value("GET", "key"));
            Stop(node);
        }
    }

    [Fact]
    public void A_log_that_was_being_begun_when_the_node_was_killed_is_forgotten()
    {
        using (PublishedNode node = Start("--data-rate", "1kb"))
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
            for (int i = 0; i < 50; i++)
            {
                Assert.Equal("+OK", client.Call("SET", "key" + i, new string('x', 15_000)));
            }

            Assert.Equal("+OK", client.Call("SAVE"));
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "yes"));
            NodeUnderTest.Until(() =>
            {
                Assert.Equal("+OK", client.Call("SET", "later", "1"));
                return new FileInfo(Path.Combine(LogFolder, "appendonly.aof.1.incr.aof")) is { Exists: true, Length: > 0 };
            });
            Assert.Equal("*2\r\n:0\r\n:0\r\n", client.Call("WAITAOF", "1", "0", "20"));
            node.Signal("KILL");
            _ = node.WaitForExit();
        }

        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Assert.Equal(":50", client.Call("DBSIZE"));
            Stop(node);
        }
    }

    private static string InTransaction(RespClient client, string value)
    {
        Assert.Equal("+OK", client.Call("MULTI"));
        Assert.Equal("+QUEUED", client.Call("CONFIG", "SET", "appendonly", value));
        Assert.Equal("+QUEUED", client.Call("SET", "key", "value"));
        return client.Call("EXEC");
    }

    private static void Stop(PublishedNode node) => Assert.Equal(0, node.Stop());

    private PublishedNode Start(params string[] options) => new(["--port", "0", "--data", Data, .. options]);
}

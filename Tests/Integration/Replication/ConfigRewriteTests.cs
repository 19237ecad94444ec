using System;
using System.IO;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>CONFIG REWRITE: what it writes, and what the next start makes of it.</summary>
public sealed class ConfigRewriteTests : IDisposable
{
    private const int Configuration = 78;

    private readonly TemporaryFolder _folder = new();

    private string Text => File.ReadAllText(Path.Combine(_folder["one"], "epollsrv.conf"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Parameters_that_were_changed_stay_so_over_a_restart()
    {
        const string secret = "a \"quoted\"\tone\\";
        using KeptNode node = new(_folder["one"]);
        using (RespClient client = node.Connect())
        {
            foreach ((string name, string value) in ((string, string)[])[
                ("maxmemory", "100mb"), ("maxmemory-policy", "allkeys-lru"), ("save", "900 1 300 10"), ("appendfsync", "always"),
                ("timeout", "1234"), ("hz", "20"), ("masterauth", secret), ("replica-priority", "7"),
                ("client-output-buffer-limit", "pubsub 64mb 16mb 90"), ("notify-keyspace-events", "KEx")])
            {
                Assert.Equal("+OK", client.Call("CONFIG", "SET", name, value));
            }

            Assert.Equal("+OK", client.Call("CONFIG", "REWRITE"));
        }

        Assert.Equal(0, Files.StatusOf(Path.Combine(_folder["one"], "epollsrv.conf"), out FileStatus status));
        Assert.Equal(Disk.FileMode, status.Mode & 0x1FF);
        node.Kill();
        node.Start("--idle-timeout", "5s");
        Assert.Matches("epollsrv.conf:[0-9]+: timeout is ignored: --idle-timeout is given", node.Node.LogText);
        using RespClient again = node.Connect();
        foreach ((string name, string value) in ((string, string)[])[
            ("maxmemory", "104857600"), ("maxmemory-policy", "allkeys-lru"), ("save", "900 1 300 10"), ("appendfsync", "always"),
            ("timeout", "5"), ("hz", "20"), ("masterauth", secret), ("replica-priority", "7"),
            ("client-output-buffer-limit", "normal 0 0 0 slave 268435456 67108864 60 pubsub 67108864 16777216 90"),
            ("notify-keyspace-events", "xKE")])
        {
            Assert.Equal(value, Parameter(again, name));
        }

        // What was not set since the last start is written again, too, but for what an option gave.
        Assert.Equal("+OK", again.Call("CONFIG", "REWRITE"));
        Assert.Contains("\nhz \"20\"\n", Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\ntimeout", Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_that_was_turned_off_stays_so()
    {
        using KeptNode node = new(_folder["one"]);
        using (RespClient client = node.Connect())
        {
            Assert.Equal("+OK", client.Call("SET", "a", "1"));
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
            Assert.Equal("+OK", client.Call("CONFIG", "REWRITE"));
            Assert.Equal("+OK", client.Call("SET", "a", "2"));
            Assert.Equal("+OK", client.Call("SAVE"));
            Assert.Equal("+OK", client.Call("SET", "a", "3"));
        }

        node.Kill();
        node.Start();
        using RespClient again = node.Connect();
        Assert.Equal("no", Parameter(again, "appendonly"));
        Assert.Equal("$1\r\n2\r\n", again.Call("GET", "a"));
    }

    [Fact]
    public void Without_a_directory_there_is_no_file() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        Assert.Equal("-ERR The server is running without a config file", client.Call("CONFIG", "REWRITE"));
    });

    [Theory]
    [InlineData("nothing \"1\"", "there is no such parameter")]
    [InlineData("hz \"x\"", "argument couldn't be parsed into an integer")]
    [InlineData("dir \"/tmp\"", "can't set protected config")]
    [InlineData("unixsocket \"/tmp/a\"", "cannot be set")]
    [InlineData("hz \"1", "its quotes are not closed")]
    [InlineData("hz", "is not a name and a value")]
    [InlineData("save 900 1", "is not a name and a value")]
    public void A_line_that_cannot_be_taken_is_named(string line, string problem)
    {
        _ = Directory.CreateDirectory(_folder["one"]);
        File.WriteAllText(Path.Combine(_folder["one"], "epollsrv.conf"), "# one\n\n" + line + "\n");
        (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--data", _folder["one"]);
        Assert.Equal(Configuration, code);
        Assert.Contains("epollsrv.conf:3: \"" + line + "\": " + problem, output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_Sentinel_sends_is_done_at_the_end_of_the_transaction()
    {
        using KeptNode node = new(_folder["one"]);
        using RespClient sentinel = node.Connect();
        using RespClient other = node.Connect();
        Assert.Equal("+OK", other.Call("CONFIG", "SET", "replica-priority", "7"));
        Assert.Equal("+OK", sentinel.Call("MULTI"));
        foreach (string[] command in (string[][])[
            ["SLAVEOF", "127.0.0.1", "1"], ["CONFIG", "REWRITE"], ["CLIENT", "KILL", "TYPE", "normal"],
            ["CLIENT", "KILL", "TYPE", "pubsub"]])
        {
            Assert.Equal("+QUEUED", sentinel.Call(command));
        }

        sentinel.Send("EXEC");
        Assert.Equal("*4", sentinel.Line());
        Assert.Equal("+OK", sentinel.Line());
        Assert.Equal("+OK", sentinel.Line());
        Assert.Equal(":1", sentinel.Line());
        Assert.Equal(":0", sentinel.Line());
        Assert.Equal("slave", StoreComparison.Field(sentinel, "role"));
        Assert.Contains("replicaof 127.0.0.1 1\n", node.RoleText, StringComparison.Ordinal);
        Assert.Contains("\nreplica-priority \"7\"\n", Text, StringComparison.Ordinal);
        _ = Assert.ThrowsAny<Exception>(() => other.Call("PING"));
    }

    private static string? Parameter(RespClient client, string name)
    {
        client.Send("CONFIG", "GET", name);
        Assert.Equal("*2", client.Line());
        Assert.Equal(name, client.Bulk());
        return client.Bulk();
    }
}

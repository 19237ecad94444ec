using System;
using System.IO;
using System.Linq;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>SIGHUP and CONFIG RELOAD: the files of settings are read again.</summary>
public sealed class SettingsReloadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Conf => _folder["node.conf"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_the_file_says_is_put_in_force()
    {
        Write("max-memory 64mb\nslowlog-max-len 7\nidle-timeout 1h\nfsync 1s\n");
        using PublishedNode node = Start("--max-clients", "50");
        using RespClient client = new(node);
        Write("\nmaxmemory 128MiB\nnotify-keyspace-events KEA\nlatency-tracking false\ntimeout 1000\nmaxclients 40\nfsync always\nlog-level debug\n");
        node.Signal("HUP");
        node.AwaitLog("reloaded: ");
        Assert.Equal("134217728", Parameter(client, "maxmemory"));
        Assert.Equal("128", Parameter(client, "slowlog-max-len"));
        Assert.Equal("AKE", Parameter(client, "notify-keyspace-events"));
        Assert.Equal("no", Parameter(client, "latency-tracking"));
        Assert.Equal("1000", Parameter(client, "timeout"));
        Assert.Equal("always", Parameter(client, "appendfsync"));
        Assert.Equal("50", Parameter(client, "maxclients"));
        node.AwaitLog("slowlog-max-len \"7\" -> \"128\"");
        using (RespClient other = new(node))
        {
            node.AwaitLog(" opened from 127.0.0.1:");
        }

        Assert.Equal("+OK", client.Call("CONFIG", "RELOAD"));
        node.AwaitLog("reloaded: nothing has changed");

        // The file goes before CONFIG SET, and what it does not have stays.
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "maxmemory", "1gb", "slowlog-max-len", "5"));
        Assert.Equal("+OK", client.Call("CONFIG", "RELOAD"));
        Assert.Equal("134217728", Parameter(client, "maxmemory"));
        Assert.Equal("5", Parameter(client, "slowlog-max-len"));

        // Without their lines, settings are as if there had never been any.
        Write("# nothing\n");
        Assert.Equal("+OK", client.Call("CONFIG", "RELOAD"));
        Assert.Equal("yes", Parameter(client, "latency-tracking"));
        Assert.Equal("everysec", Parameter(client, "appendfsync"));
        Assert.Equal("0", Parameter(client, "timeout"));
        Assert.Equal(string.Empty, Parameter(client, "notify-keyspace-events"));
        Assert.Equal(0, node.Stop());
    }

    [Theory]
    [InlineData("maxmemory 32mb\nmaxmemry 1gb", ":2: \"maxmemry\" is neither an option nor a parameter of CONFIG; did you mean maxmemory?")]
    [InlineData("maxmemory 32mb\nmax-value 1x", ":2: \"max-value 1x\": is not a size")]
    [InlineData("maxmemory 32mb\nslowlog-max-len x", ":2: slowlog-max-len \"x\": argument couldn't be parsed into an integer")]
    [InlineData("maxmemory 32mb\nfsync 1ms", ":2: fsync: \"1ms\" is none of always, no, and a time")]
    [InlineData("maxmemory 32mb\nnotify-keyspace-events q", ":2: notify-keyspace-events \"q\": ")]
    [InlineData("maxmemory 32mb\ntls-port 1", ":2: \"tls-port 1\": tls-port is not supported")]
    [InlineData("maxmemory 32mb\npassword-file /nonexistent/file", "--password-file: cannot read /nonexistent/file: no such file")]
    public void With_a_mistake_everything_stays(string lines, string complaint)
    {
        Write("max-memory 64mb\n");
        using PublishedNode node = Start();
        using RespClient client = new(node);
        Write(lines + "\n");
        string reply = client.Call("CONFIG", "RELOAD");
        Assert.Contains(complaint, reply, StringComparison.Ordinal);
        Assert.StartsWith("-ERR Reloading: ", reply, StringComparison.Ordinal);
        Assert.EndsWith("; nothing was changed", reply, StringComparison.Ordinal);
        Assert.Equal("67108864", Parameter(client, "maxmemory"));
        node.AwaitLog(complaint);
        string line = Assert.Single(node.LogText.Split('\n'), line => line.Contains(" reload", StringComparison.Ordinal));
        Assert.Contains(" error reload: ", line, StringComparison.Ordinal);
        File.Delete(Conf);
        Assert.Contains("node.conf: no such file or directory", client.Call("CONFIG", "RELOAD"), StringComparison.Ordinal);
        Assert.Equal("-ERR Command not allowed inside a transaction", InTransaction(client));
    }

    [Fact]
    public void What_cannot_change_is_a_warning_each()
    {
        string folder = "\nappendonly yes\ndir " + _folder["data"];
        Write("workers 1" + folder + "\nmax-value 2mb\n");
        using PublishedNode node = Start();
        using RespClient client = new(node);
        Write("workers 2" + folder + "\nmax-value 3mb\nmax-clients 1000000\ntcp-backlog 5\n");
        Assert.Equal("+OK", client.Call("CONFIG", "RELOAD"));
        node.AwaitLog("reloaded: max-value 2mb -> 3mb");
        node.AwaitLog(Conf + ":1: workers cannot be changed while the node runs");
        _ = Assert.Single(node.LogText.Split('\n'), line => line.Contains("cannot be changed", StringComparison.Ordinal));
        Assert.Equal("3145728", Parameter(client, "proto-max-bulk-len"));

        // It is compared with what the node started with.
        Write("workers 2" + folder + "\nmax-value 4mb\n");
        Assert.Equal("+OK", client.Call("CONFIG", "RELOAD"));
        node.AwaitLog("reloaded: max-value 3mb -> 4mb");
        Assert.Equal(2, Warnings(node));
        Write("workers 1" + folder + "\nmax-value 5mb\n");
        Assert.Equal("+OK", client.Call("CONFIG", "RELOAD"));
        node.AwaitLog("reloaded: max-value 4mb -> 5mb");
        Assert.Equal(2, Warnings(node));
    }

    [Fact]
    public void CONFIG_REWRITE_keeps_what_CONFIG_SET_changed_and_not_the_file()
    {
        string folder = "\nappendonly yes\ndir " + _folder["data"] + "\n";
        Write("slowlog-max-len 7" + folder);
        using PublishedNode node = Start();
        using RespClient client = new(node);
        NodeUnderTest.Until(() => client.Call("CONFIG", "SET", "latency-tracking", "no") == "+OK");
        Write("slowlog-max-len 8" + folder);
        Assert.Equal("+OK", client.Call("CONFIG", "RELOAD"));
        Assert.Equal("8", Parameter(client, "slowlog-max-len"));
        Assert.Equal("no", Parameter(client, "latency-tracking"));
        Assert.Equal("+OK", client.Call("CONFIG", "REWRITE"));
        string kept = File.ReadAllText(_folder["data/epollsrv.conf"]);
        Assert.Contains("latency-tracking", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("slowlog", kept, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_line_goes_before_the_file()
    {
        Write("max-memory 64mb\nlog-level debug\n");
        using PublishedNode node = Start("--max-memory", "16mb", "--log-level=info");
        using RespClient client = new(node);
        Write("max-memory 32mb\nmaxmemory 31mb\nlog-level error\n");
        Assert.Equal("+OK", client.Call("CONFIG", "RELOAD"));
        Assert.Equal("16777216", Parameter(client, "maxmemory"));
        node.AwaitLog("info reloaded: nothing has changed");
    }

    /// <summary>As Kubernetes does it: the files are links to ..data/NAME, and ..data is a link that is replaced by a rename.</summary>
    [Fact]
    public void A_password_is_read_from_a_file_that_is_replaced()
    {
        _ = Directory.CreateDirectory(_folder["one"]);
        _ = Directory.CreateDirectory(_folder["two"]);
        _ = _folder.Write("one/secret", "first\n");
        _ = _folder.Write("two/secret", "second\n");
        _ = File.CreateSymbolicLink(_folder["..data"], "one");
        _ = File.CreateSymbolicLink(_folder["secret"], "..data/secret");
        using PublishedNode node = new(["--port", "0", "--password-file", _folder["secret"]], "env", "--default-signal=HUP");
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("AUTH", "first"));
        _ = File.CreateSymbolicLink(_folder["..data_tmp"], "two");
        Assert.True(_folder.Run("mv", "-T", "..data_tmp", "..data"));
        node.Signal("HUP");
        node.AwaitLog("reloaded: the password");
        using RespClient other = new(node);
        Assert.StartsWith("-WRONGPASS", other.Call("AUTH", "first"), StringComparison.Ordinal);
        NodeUnderTest.Until(() => other.Call("AUTH", "second") == "+OK");
        Assert.DoesNotContain("second", node.LogText, StringComparison.Ordinal);

        // One that is being written does not open the node.
        _ = _folder.Write("two/secret", string.Empty);
        node.Signal("HUP");
        node.AwaitLog("is empty: give a password, or leave the option away; everything stays as it was");
        using RespClient third = new(node);
        Assert.StartsWith("-NOAUTH", third.Call("GET", "a"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_may_be_missing_must_not_go()
    {
        Write("requirepass one\n");
        using PublishedNode node = new(["--config=-" + Conf, "--port", "0"], "env", "--default-signal=HUP");
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("AUTH", "one"));
        File.Delete(Conf);
        Assert.Contains("node.conf is gone; put it back, or an empty one", client.Call("CONFIG", "RELOAD"), StringComparison.Ordinal);
        Write(string.Empty);
        Assert.Equal("+OK", client.Call("CONFIG", "RELOAD"));
        node.AwaitLog("warning reload: no file has a password any more: clients need none from now on");
    }

    [SandboxFact]
    public void A_password_file_elsewhere_needs_a_restart_of_a_confined_node()
    {
        using TemporaryFolder elsewhere = new();
        Write("password-file " + _folder.Write("secret", "sesame\n") + "\n");
        using PublishedNode node = new(["--config", Conf, "--port", "0", "--data", _folder["data"]]);
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("AUTH", "sesame"));
        Write("password-file " + elsewhere.Write("secret", "another\n") + "\n");
        Assert.Contains("reads files beside those of its start only: restart it to use another", client.Call("CONFIG", "RELOAD"),
            StringComparison.Ordinal);
        Assert.Equal("+OK", client.Call("AUTH", "sesame"));
    }

    [Fact]
    public void A_reload_does_not_wait_for_a_password_from_a_pipe()
    {
        Write("password-file " + _folder.Write("secret", "sesame\n") + "\nslowlog-max-len 7\n");
        using PublishedNode node = Start();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("AUTH", "sesame"));
        File.Delete(_folder["secret"]);
        Assert.True(_folder.Run("mkfifo", "secret"));
        Write("password-file " + _folder["secret"] + "\nslowlog-max-len 8\n");
        Assert.Equal("+OK", client.Call("CONFIG", "RELOAD"));
        node.AwaitLog("secret is no regular file and is read at the start only: the password stays; restart the node to change it");
        Assert.Equal("8", Parameter(client, "slowlog-max-len"));
        Assert.Equal("+OK", client.Call("AUTH", "sesame"));
    }

    [Theory]
    [InlineData("user alice on >secret ~* +@all", "\"user ...\"")]
    [InlineData("password=secret", "\"password ...\"")]
    [InlineData("\"requirepass secret\"", "\"requirepass ...\"")]
    [InlineData("requirepass secret secret", "\"requirepass ...\"")]
    [InlineData("max-value=secret", "\"max-value ...\"")]
    public void A_mistake_shows_no_password(string line, string shown)
    {
        Write(line + "\n");
        (int code, string output) = PublishedNode.RunToEnd("config", "--config", Conf);
        Assert.Equal(78, code);
        Assert.Contains(shown, output, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_that_goes_does_not_open_a_public_node()
    {
        Write("bind 0.0.0.0\nrequirepass one\n");
        using PublishedNode node = Start();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("AUTH", "one"));
        Write("bind 0.0.0.0\n");
        Assert.Contains("no file has a password any more, and 0.0.0.0:", client.Call("CONFIG", "RELOAD"), StringComparison.Ordinal);
        Write("bind 0.0.0.0\nrequirepass two\n");
        Assert.Equal("+OK", client.Call("CONFIG", "RELOAD"));
        using RespClient other = new(node);
        Assert.Equal("+OK", other.Call("AUTH", "two"));
    }

    private static int Warnings(PublishedNode node)
        => node.LogText.Split('\n').Count(line => line.Contains("cannot be changed", StringComparison.Ordinal));

    private static string Parameter(RespClient client, string name)
    {
        client.Send("CONFIG", "GET", name);
        Assert.Equal("*2", client.Line());
        _ = client.Bulk();
        return client.Bulk()!;
    }

    private static string InTransaction(RespClient client)
    {
        _ = client.Call("MULTI");
        string reply = client.Call("CONFIG", "RELOAD");
        _ = client.Call("DISCARD");
        return reply;
    }

    private PublishedNode Start(params string[] options)
        => new(["--config", Conf, "--port", "0", .. options], "env", "--default-signal=HUP");

    private void Write(string lines)
    {
        _ = _folder.Write("next", lines);
        File.Move(_folder["next"], Conf, overwrite: true);
    }
}

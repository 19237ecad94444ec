using System;
using System.IO;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>A node that is started with a file of settings.</summary>
public sealed class ConfigurationFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The lines of Debian's redis.conf, but for its paths.</summary>
    [Fact]
    public void A_redis_conf_starts_a_node()
    {
        using PublishedNode node = new(["--config", Write(Path.Combine(Binary.Root, "Tests", "Data", "redis.conf")), "--port", "0"]);
        using RespClient client = new(node);
        Assert.Equal("104857600", Parameter(client, "auto-aof-rewrite-min-size"));
        Assert.Equal("67108864", Parameter(client, "maxmemory"));
        Assert.Equal("allkeys-lru", Parameter(client, "maxmemory-policy"));
        Assert.Equal("900 1", Parameter(client, "save"));
        Assert.Equal("7", Parameter(client, "slowlog-max-len"));
        Assert.Equal("+OK", client.Call("SET", "a", "1"));
        Assert.True(Directory.Exists(_folder["data"] + "/appendonlydir"));
        node.AwaitLog("tcp-backlog has no effect here");
        node.AwaitLog("daemonize has no effect here");
        Assert.DoesNotContain("maxmemory has no effect", node.LogText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("maxmemry 1gb", "\"maxmemry\" is neither an option nor a parameter of CONFIG; did you mean maxmemory?")]
    [InlineData("maxmemory-policy none", "maxmemory-policy \"none\": ")]
    public void What_nobody_knows_stops_the_start(string line, string complaint)
    {
        string path = _folder["file.conf"];
        File.WriteAllText(path, line + "\n");
        (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--config", path);
        Assert.Equal(78, code);
        Assert.Contains(path + ":1: " + complaint, output, StringComparison.Ordinal);
    }

    private static string Parameter(RespClient client, string name)
    {
        client.Send("CONFIG", "GET", name);
        Assert.Equal("*2", client.Line());
        _ = client.Bulk();
        return client.Bulk()!;
    }

    private string Write(string from)
    {
        string path = _folder["redis.conf"];
        File.WriteAllText(path, File.ReadAllText(from).Replace("/var/lib/redis", _folder["data"], StringComparison.Ordinal));
        return path;
    }
}

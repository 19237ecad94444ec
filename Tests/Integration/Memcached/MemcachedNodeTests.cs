using System;
using System.IO;
using System.Net.Sockets;
using Epollsrv.Tests.Integration.Http;

using Xunit;

namespace Epollsrv.Tests.Integration.Memcached;

/// <summary>A node whose clients speak memcached beside other protocols: the same keys, and what holds for every write.</summary>
public sealed class MemcachedNodeTests
{
    private const string Place = "adaptive edge";

    [Theory]
    [MemberData(nameof(NodeUnderTest.PublishedPlaces), MemberType = typeof(NodeUnderTest))]
    public void All_protocols_have_the_same_keys(string place) => NodeUnderTest.Run(place, node =>
    {
        using MemcachedClient client = new(node);
        using RespClient resp = new(node);
        using HttpConnection http = new(node);
        using Client cs = node.Connect();
        Assert.Equal("STORED", client.Set("a", "by memcached", flags: 9));
        Assert.Equal("by memcached", resp.Value("GET", "a"));
        Assert.Equal("by memcached", http.Get("/kv/a").Text);
        Assert.Equal("by memcached", cs.Get("a"));
        Assert.Equal("+OK", resp.Call("SET", "a", "by RESP"));
        Assert.Equal("VALUE a 0 7", client.Call("get a\r\n"));
        Assert.Equal("by RESP\r\nEND\r\n", client.Bytes(14));
        Assert.Equal(204, http.Put("/kv/a", "by HTTP"u8.ToArray()).Status);
        Assert.Equal("by HTTP", client.Get("a"));
        cs.Put("b", "by CS");
        Assert.Equal("by CS", client.Get("b"));
        Assert.Equal("STORED", client.Set("n", "41"));
        Assert.Equal(":42", resp.Call("INCR", "n"));
        Assert.Equal("43", client.Call("incr n 1\r\n"));
        Assert.Equal("STORED", client.Set("t", "x", time: 1000));
        Assert.Contains(resp.Call("TTL", "t"), (string[])[":1000", ":999", ":998"]);
    }, "--memcached", "0");

    [Fact]
    public void A_unique_changes_with_every_write_of_any_protocol() => NodeUnderTest.Run(Place, node =>
    {
        using MemcachedClient client = new(node);
        using RespClient resp = new(node);
        _ = client.Set("a", "1");
        string first = Unique(client, "a");
        Assert.Equal(first, Unique(client, "a"));
        Assert.Equal("TOUCHED", client.Call("touch a 100\r\n"));
        Assert.Equal(first, Unique(client, "a"));
        Assert.Equal("+OK", resp.Call("SET", "a", "2"));
        Assert.Equal("EXISTS", client.Call($"cas a 0 0 1 {first}\r\n3\r\n"));
        string second = Unique(client, "a");
        Assert.NotEqual(first, second);
        Assert.Equal("STORED", client.Call($"cas a 0 0 1 {second}\r\n3\r\n"));
        Assert.Equal("EXISTS", client.Call($"cas a 0 0 1 {second}\r\n4\r\n"));
        Assert.Equal("3", client.Get("a"));
    }, "--memcached", "0");

    [Fact]
    public void Only_database_0_is_flushed_at_once_or_later() => NodeUnderTest.Run(Place, node =>
    {
        using MemcachedClient client = new(node);
        using RespClient resp = new(node);
        Assert.Equal("+OK", resp.Call("SELECT", "1"));
        Assert.Equal("+OK", resp.Call("SET", "other", "x"));
        _ = client.Set("a", "1");
        Assert.Equal("OK", client.Call("flush_all\r\n"));
        Assert.Null(client.Get("a"));
        Assert.Equal("x", resp.Value("GET", "other"));
        _ = client.Set("a", "1");
        Assert.Equal("OK", client.Call("flush_all 1\r\n"));
        _ = client.Set("b", "1");
        NodeUnderTest.Until(() => client.Get("a") is null && client.Get("b") is null, "flushed");
        Assert.Equal("x", resp.Value("GET", "other"));

        // The last one counts.
        Assert.Equal("OK", client.Call("flush_all 1000\r\n"));
        Assert.Equal("OK", client.Call("flush_all\r\n"));
        _ = client.Set("a", "1");
        Assert.Equal("1", client.Get("a"));
    }, "--memcached", "0");

    [Theory]
    [InlineData("flush_all 11500000000")]
    [InlineData("flush_all 253402300799")]
    public void A_flush_in_the_far_future_is_none_now(string command) => NodeUnderTest.Run(Place, node =>
    {
        using MemcachedClient client = new(node);
        using RespClient resp = new(node);
        Assert.Equal("OK", client.Call(command + "\r\n"));
        _ = client.Set("a", "1");

        // One that is due shows that the loop has looked.
        Assert.Equal("+OK", resp.Call("SET", "short", "1", "PX", "1"));
        NodeUnderTest.Until(() => resp.Call("DBSIZE") == ":1");
        Assert.Equal("1", client.Get("a"));
    }, "--memcached", "0");

    [Fact]
    public void A_delayed_flush_waits_for_the_end_of_a_pause() => NodeUnderTest.Run(Place, node =>
    {
        using MemcachedClient client = new(node);
        using RespClient resp = new(node);
        for (int seconds = 1; client.Get("a") is null; seconds *= 2)
        {
            // On a machine that is too slow for this time the flush comes before the pause.
            Assert.Equal("+OK", resp.Call("CLIENT", "UNPAUSE"));
            _ = client.Set("a", "1");
            Assert.Equal("OK", client.Call("flush_all " + seconds + "\r\n"));

            // Gone for readers when the flush is more than due.
            Assert.Equal("+OK", resp.Call("SET", "short", "1", "PX", seconds + "500"));
            Assert.Equal("+OK", resp.Call("CLIENT", "PAUSE", "10000000", "WRITE"));
        }

        NodeUnderTest.Until(() => client.Get("short") is null, "it is due");
        Assert.Equal("1", client.Get("a"));
        Assert.Equal("+OK", resp.Call("CLIENT", "UNPAUSE"));
        NodeUnderTest.Until(() => client.Get("a") is null, "flushed after it");
    }, "--memcached", "0");

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\nflush_all\r\n")]
    [InlineData("GET /a HTTP/1.0\r\nflush_all\r\n")]
    [InlineData("HOST: localhost\r\nflush_all\r\n")]
    public void A_web_page_does_not_get_as_far_as_a_command(string request) => NodeUnderTest.Run(Place, node =>
    {
        using MemcachedClient client = new(node);
        _ = client.Set("a", "1");
        using (MemcachedClient page = new(node))
        {
            page.Send(request);
            _ = Assert.ThrowsAny<Exception>(page.Line);
        }

        Assert.Equal("1", client.Get("a"));
    }, "--memcached", "0");

    [Fact]
    public void A_write_fails_the_transaction_that_watches_its_key() => NodeUnderTest.Run(Place, node =>
    {
        using MemcachedClient client = new(node);
        using RespClient resp = new(node);
        Assert.Equal("+OK", resp.Call("WATCH", "a"));
        _ = client.Set("a", "1");
        Assert.Equal("+OK", resp.Call("MULTI"));
        Assert.Equal("+QUEUED", resp.Call("GET", "a"));
        Assert.Equal("*-1", resp.Call("EXEC"));
    }, "--memcached", "0");

    [Fact]
    public void A_pause_holds_its_writes_and_no_reads() => NodeUnderTest.RunEverywhere(node =>
    {
        using MemcachedClient client = new(node);
        using MemcachedClient reader = new(node);
        using RespClient resp = new(node);
        _ = client.Set("a", "before");
        Assert.Equal("+OK", resp.Call("CLIENT", "PAUSE", "1000000", "WRITE"));
        client.Send("set a 0 0 5\r\nafter\r\n");
        NodeUnderTest.Until(() => resp.Value("INFO", "clients")!.Contains("blocked_clients:1\r\n", StringComparison.Ordinal), "it waits");
        Assert.Equal("before", reader.Get("a"));
        Assert.Equal("+OK", resp.Call("CLIENT", "UNPAUSE"));
        Assert.Equal("STORED", client.Line());
        Assert.Equal("after", reader.Get("a"));
    }, "--memcached", "0");

    [Fact]
    public void What_the_node_cannot_do_is_a_server_error() => NodeUnderTest.Run(Place, node =>
    {
        FakePersistence data = new(node);
        using MemcachedClient client = new(node);
        _ = client.Set("a", "1");
        data.Loads = true;
        Assert.Equal("SERVER_ERROR the node is loading its keys from the disk", client.Call("get a\r\n"));
        Assert.Equal("SERVER_ERROR the node is loading its keys from the disk", client.Set("a", "2"));
        Assert.Equal("SERVER_ERROR the node is loading its keys from the disk", client.Call("mg a v\r\n"));
        data.Loads = false;
        data.Refusal = "MISCONF Errors writing to the AOF file: No space left on device";
        Assert.Equal("SERVER_ERROR writes are refused: Errors writing to the AOF file: No space left on device", client.Set("a", "2"));
        Assert.StartsWith("SERVER_ERROR writes are refused", client.Call("delete a\r\n"), StringComparison.Ordinal);
        Assert.Equal("1", client.Get("a"));
        data.Refusal = null;
        Assert.Equal("STORED", client.Set("a", "2"));
    }, "--memcached", "0");

    [Fact]
    public void A_replica_refuses_writes_and_a_master_with_too_few_replicas_does_too() => NodeUnderTest.Run(Place, node =>
    {
        using MemcachedClient client = new(node);
        using RespClient resp = new(node);
        Assert.Equal("+OK", resp.Call("CONFIG", "SET", "min-replicas-to-write", "1"));
        Assert.Equal("SERVER_ERROR not enough good replicas to write", client.Set("a", "1"));
        Assert.Equal("END", client.Call("get a\r\n"));
        Assert.Equal("+OK", resp.Call("CONFIG", "SET", "min-replicas-to-write", "0"));
        Assert.Equal("STORED", client.Set("a", "1"));
        Assert.Equal("+OK", resp.Call("REPLICAOF", "127.0.0.1", "1"));
        Assert.StartsWith("SERVER_ERROR ", client.Set("a", "2"), StringComparison.Ordinal);
        Assert.StartsWith("SERVER_ERROR ", client.Call("flush_all\r\n"), StringComparison.Ordinal);
        Assert.Equal("1", client.Get("a"));
        Assert.Equal("+OK", resp.Call("REPLICAOF", "NO", "ONE"));
        Assert.Equal("STORED", client.Set("a", "2"));
    }, "--memcached", "0");

    [Fact]
    public void It_listens_on_a_path_too()
    {
        string folder = Directory.CreateTempSubdirectory("memcached-").FullName;
        string path = Path.Combine(folder, "socket");
        try
        {
            NodeUnderTest.Run(Place, node =>
            {
                using MemcachedClient client = new(new UnixDomainSocketEndPoint(path));
                Assert.Equal("STORED", client.Set("a", "1"));
                using RespClient resp = new(node);
                Assert.Equal("1", resp.Value("GET", "a"));
            }, "--memcached", "unix:" + path);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public void Metrics_and_the_status_page_count_it_apart() => NodeUnderTest.Run(Place, node =>
    {
        using MemcachedClient client = new(node);
        using HttpConnection http = new(node);
        _ = client.Set("a", "1");
        _ = client.Get("a");
        string metrics = http.Get("/metrics").Text;
        Assert.Contains("epollsrv_connections{protocol=\"memcached\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("epollsrv_request_duration_seconds_count{protocol=\"memcached\"} ", metrics, StringComparison.Ordinal);
        string status = http.Get("/status.json").Text;
        Assert.Contains("\"memcached\":2", status[status.IndexOf("\"requests\"", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.Contains("\"memcached\":{\"gets\":1,\"getHits\":1,\"sets\":1,", status, StringComparison.Ordinal);
    }, "--memcached", "0");

    private static string Unique(MemcachedClient client, string key)
    {
        string line = client.Call("gets " + key + "\r\n");
        _ = client.Line();
        Assert.Equal("END", client.Line());
        return line.Split(' ')[4];
    }
}

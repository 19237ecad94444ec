using System;
using System.Collections.Generic;
using System.Linq;

using Xunit;

namespace Epollsrv.Tests.Integration.Memcached;

/// <summary>stats in its kinds, and the lists of keys.</summary>
public sealed class MemcachedStatisticsTests
{
    // What memcached_exporter of Prometheus, munin, Telegraf and libmemcached read.
    private static readonly string[] _fields =
    [
        "pid", "uptime", "time", "version", "libevent", "pointer_size", "rusage_user", "rusage_system", "max_connections",
        "curr_connections", "total_connections", "rejected_connections", "connection_structures", "reserved_fds", "cmd_get",
        "cmd_set", "cmd_flush", "cmd_touch", "cmd_meta", "get_hits", "get_misses", "get_expired", "get_flushed", "delete_misses",
        "delete_hits", "incr_misses", "incr_hits", "decr_misses", "decr_hits", "cas_misses", "cas_hits", "cas_badval",
        "touch_hits", "touch_misses", "store_too_large", "store_no_memory", "auth_cmds", "auth_errors", "bytes_read",
        "bytes_written", "limit_maxbytes", "accepting_conns", "listen_disabled_num", "time_in_listen_disabled_us", "threads",
        "conn_yields", "hash_power_level", "hash_bytes", "hash_is_expanding", "slab_reassign_running", "slabs_moved",
        "lru_crawler_running", "lru_crawler_starts", "lru_maintainer_juggles", "malloc_fails", "log_worker_dropped",
        "log_worker_written", "log_watcher_skipped", "log_watcher_sent", "bytes", "curr_items", "total_items",
        "slab_global_page_pool", "expired_unfetched", "evicted_unfetched", "evicted_active", "evictions", "reclaimed",
        "crawler_reclaimed", "crawler_items_checked", "lrutail_reflocked", "moves_to_cold", "moves_to_warm", "moves_within_lru",
        "direct_reclaims", "lru_bumps_dropped",
    ];

    [Fact]
    public void The_fields_that_others_read_are_there_and_count() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using MemcachedClient client = new(node);
        _ = client.Exchange("set a 0 0 1\r\n1\r\nget a b\r\nincr a 1\r\nincr b 1\r\ndecr a 1\r\ntouch a 0\r\ntouch b 0\r\ndelete b\r\n"
            + "cas b 0 0 1 1\r\nx\r\ncas a 0 0 1 1\r\nx\r\nmg a v\r\nset c 0 0 2000000\r\n" + new string('x', 2_000_000) + "\r\n");
        Dictionary<string, string> stats = Stats(client, "stats");
        Assert.Empty(_fields.Except(stats.Keys));
        (string Name, string Value)[] counts =
        [
            ("cmd_get", "3"), ("get_hits", "2"), ("get_misses", "1"), ("cmd_set", "3"), ("incr_hits", "1"), ("incr_misses", "1"),
            ("decr_hits", "1"), ("cmd_touch", "2"), ("touch_hits", "1"), ("touch_misses", "1"), ("delete_misses", "1"), ("cas_misses", "1"),
            ("cas_badval", "1"), ("cmd_meta", "1"), ("store_too_large", "1"), ("curr_items", "1"), ("curr_connections", "1"),
            ("pointer_size", "64"), ("version", "1.6.18"), ("accepting_conns", "1"),
        ];
        foreach ((string name, string value) in counts)
        {
            Assert.Equal(name + " " + value, name + " " + stats[name]);
        }

        Assert.Equal("RESET", client.Call("stats reset\r\n"));
        Assert.Equal("0", Stats(client, "stats")["cmd_get"]);
    }, "--memcached", "0");

    [Fact]
    public void Settings_items_slabs_and_connections_are_shown() => NodeUnderTest.Run("published adaptive edge", node =>
    {
        using MemcachedClient client = new(node);
        _ = client.Set("a", "1");
        Dictionary<string, string> settings = Stats(client, "stats settings");
        Assert.Equal("1048576", settings["item_size_max"]);
        Assert.Equal("yes", settings["cas_enabled"]);
        Assert.Equal("ascii", settings["binding_protocol"]);
        Assert.Equal("off", settings["evictions"]);
        Assert.Equal("1", Stats(client, "stats items")["items:1:number"]);
        Assert.Equal("1", Stats(client, "stats slabs")["active_slabs"]);
        Dictionary<string, string> connections = Stats(client, "stats conns");
        Assert.Contains(connections, pair => pair.Key.EndsWith(":addr", StringComparison.Ordinal)
            && pair.Value.StartsWith("tcp:127.0.0.1:", StringComparison.Ordinal));
        Assert.Contains(connections, pair => pair.Key.EndsWith(":listen_addr", StringComparison.Ordinal)
            && pair.Value == "tcp:127.0.0.1:" + MemcachedClient.PortOf(node));
        Assert.Contains(connections, pair => pair.Key.EndsWith(":state", StringComparison.Ordinal) && pair.Value == "conn_parse_cmd");
    }, "--memcached", "0");

    [Fact]
    public void The_keys_can_be_listed() => NodeUnderTest.RunEverywhere(node =>
    {
        using MemcachedClient client = new(node);
        using RespClient resp = new(node);
        const int Keys = 3000;
        _ = client.Exchange(string.Concat(Enumerable.Range(0, Keys).Select(key => $"set key:{key} 0 0 1\r\nx\r\n")));
        Assert.Equal("+OK", resp.Call("SET", "a b", "x"));
        string[] dump = client.Exchange("lru_crawler metadump all\r\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("END\r", dump[^1]);
        Assert.Equal(Keys + 1, dump.Count(line => line.StartsWith("key=", StringComparison.Ordinal)));
        Assert.Contains(dump, line => line.StartsWith("key=a%20b exp=-1 la=", StringComparison.Ordinal));
        string[] list = client.Exchange("stats cachedump 1 10\r\n").Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(11, list.Length);
        Assert.Matches(@"^ITEM key:\d+ \[1 b; 0 s\]$", list[0]);
        Assert.Equal("END\r\n", client.Exchange("stats cachedump 5 10\r\n"));
        Assert.Equal("BADCLASS invalid class id", client.Call("lru_crawler metadump 70\r\n"));
    }, "--memcached", "0");

    private static Dictionary<string, string> Stats(MemcachedClient client, string request)
    {
        Dictionary<string, string> stats = [];
        client.Send(request + "\r\n");
        string line;
        while ((line = client.Line()) != "END")
        {
            string[] words = line.Split(' ', 3);
            Assert.Equal("STAT", words[0]);
            stats.Add(words[1], words[2]);
        }

        return stats;
    }
}

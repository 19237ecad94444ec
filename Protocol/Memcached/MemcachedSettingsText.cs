using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>stats settings: memcached's names with what they are here. Limits of memcached's own machinery have its defaults.</summary>
internal static unsafe class MemcachedSettingsText
{
    /// <summary>Adds them.</summary>
    public static void Add(MemcachedThread context, ByteBuilder text)
    {
        MemcachedOptions options = context.Node.Options;
        bool hasPassword = context.Common.Options.Password is not null;
        MemcachedStatistics.Add(text, "maxbytes"u8, MemcachedStatistics.LimitOf(context));
        MemcachedStatistics.Add(text, "maxconns"u8, context.Thread.Server.Options.MaxClients);
        MemcachedStatistics.Add(text, "tcpport"u8, options.Port);
        text.Add("STAT udpport 0\r\nSTAT inter NULL\r\nSTAT verbosity 0\r\nSTAT oldest 0\r\n"u8);
        MemcachedStatistics.Add(text, "evictions"u8, context.Common.Store.Policy == EvictionPolicy.NoEviction ? "off"u8 : "on"u8);
        text.Add("STAT domain_socket NULL\r\nSTAT umask 700\r\nSTAT shutdown_command no\r\nSTAT growth_factor 1.25\r\n"u8
            + "STAT chunk_size 48\r\n"u8);
        MemcachedStatistics.Add(text, "num_threads"u8, context.Thread.Server.Threads.Length);
        text.Add("STAT num_threads_per_udp 0\r\nSTAT stat_key_prefix :\r\n"u8);
        MemcachedStatistics.Add(text, "detail_enabled"u8, context.Node.Prefixes.IsOn ? "yes"u8 : "no"u8);
        text.Add("STAT reqs_per_event 64\r\nSTAT cas_enabled yes\r\n"u8);
        MemcachedStatistics.Add(text, "tcp_backlog"u8, context.Thread.Server.Options.Backlog);
        text.Add("STAT binding_protocol ascii\r\nSTAT auth_enabled_sasl no\r\n"u8);
        MemcachedStatistics.Add(text, "auth_enabled_ascii"u8, hasPassword ? "yes"u8 : "no"u8);
        MemcachedStatistics.Add(text, "item_size_max"u8, Math.Min(options.MaxItem, context.Common.Options.MaxValue));
        text.Add("STAT maxconns_fast yes\r\nSTAT hashpower_init 0\r\nSTAT slab_reassign no\r\nSTAT slab_automove 0\r\n"u8
            + "STAT slab_automove_ratio 0.80\r\nSTAT slab_automove_window 30\r\nSTAT slab_chunk_max 524288\r\nSTAT lru_crawler no\r\n"u8
            + "STAT lru_crawler_sleep 100\r\nSTAT lru_crawler_tocrawl 0\r\nSTAT tail_repair_time 0\r\nSTAT flush_enabled yes\r\n"u8
            + "STAT dump_enabled yes\r\nSTAT hash_algorithm wyhash\r\nSTAT lru_maintainer_thread no\r\nSTAT lru_segmented no\r\n"u8
            + "STAT hot_lru_pct 20\r\nSTAT warm_lru_pct 40\r\nSTAT hot_max_factor 0.20\r\nSTAT warm_max_factor 2.00\r\n"u8
            + "STAT temp_lru no\r\nSTAT temporary_ttl 61\r\n"u8);
        MemcachedStatistics.Add(text, "idle_timeout"u8, context.Thread.Server.Options.IdleTimeout / 1000);
        text.Add("STAT watcher_logbuf_size 0\r\nSTAT worker_logbuf_size 0\r\nSTAT read_buf_mem_limit 0\r\nSTAT track_sizes no\r\n"u8
            + "STAT inline_ascii_response no\r\nSTAT ssl_enabled no\r\nSTAT num_napi_ids (null)\r\nSTAT memory_file (null)\r\n"u8);
    }
}

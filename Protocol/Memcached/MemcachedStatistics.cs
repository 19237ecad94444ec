using System;
using System.Globalization;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>stats and its kinds: the fields that memcached has, as far as they mean something here; the others are 0.</summary>
internal static unsafe class MemcachedStatistics
{
    private const int Expected = 8 * 1024;

    /// <summary>Runs it.</summary>
    /// <returns>False: it waits for a worker.</returns>
    public static bool Run(MemcachedThread context, MemcachedRequest* request)
    {
        MemcachedToken* words = context.Tokens;
        int count = MemcachedWords.Split(request->Arguments, request->LineEnd, words, MemcachedThread.MostTokens - 1);
        if (count > 0 && words->Is("reset"u8))
        {
            context.Node.ResetCounts(context.Thread.Server);
            context.Thread.Output.Write("RESET\r\n"u8);
            return true;
        }

        if (count > 0 && words->Is("cachedump"u8))
        {
            return MemcachedDump.List(context, request, words, count);
        }

        if (count > 0 && words->Is("detail"u8))
        {
            context.Node.Prefixes.Answer(context, count < 2 ? default : words[1]);
            return true;
        }

        bool isKnown = count == 0 || words->Is("settings"u8) || words->Is("items"u8) || words->Is("slabs"u8) || words->Is("sizes"u8)
            || words->Is("conns"u8);
        if (!isKnown)
        {
            MemcachedReply.WrongWords(context);
            return true;
        }

        // It looks at all threads, partitions or connections.
        if (context.Thread.DeferLong())
        {
            return false;
        }

        ByteBuilder text = context.Builder.Begin(Expected);
        if (count == 0)
        {
            AddGeneral(context, text);
        }
        else if (words->Is("settings"u8))
        {
            MemcachedSettingsText.Add(context, text);
        }
        else if (words->Is("items"u8))
        {
            AddItems(context, text);
        }
        else if (words->Is("slabs"u8))
        {
            AddSlabs(context, text);
        }
        else if (words->Is("sizes"u8))
        {
            text.Add("STAT sizes_status disabled\r\n"u8);
        }
        else
        {
            AddConnections(context, text);
        }

        text.Add("END\r\n"u8);
        text.Send();
        return true;
    }

    /// <summary>Adds a field.</summary>
    public static void Add(ByteBuilder text, ReadOnlySpan<byte> name, long value)
    {
        text.Add("STAT "u8);
        text.Add(name);
        text.Add((byte)' ');
        text.Add(value);
        text.Add("\r\n"u8);
    }

    /// <summary>Adds a field.</summary>
    public static void Add(ByteBuilder text, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        text.Add("STAT "u8);
        text.Add(name);
        text.Add((byte)' ');
        text.Add(value);
        text.Add("\r\n"u8);
    }

    private static void AddGeneral(MemcachedThread context, ByteBuilder text)
    {
        Server server = context.Thread.Server;
        MemcachedCounters counts = context.Node.Count(server);
        StoreCounters store = context.Common.Store.Counters;
        Counters engine = EngineOf(server);
        SystemFacts.ProcessorTime(thisThread: false, out long user, out long system);
        Add(text, "pid"u8, Environment.ProcessId);
        Add(text, "uptime"u8, (context.Thread.Started - context.Node.Began) / 1_000_000_000);
        Add(text, "time"u8, context.Access.Now / 1000);
        Add(text, "version"u8, MemcachedAdministration.Version);
        Add(text, "libevent"u8, "none"u8);
        Add(text, "pointer_size"u8, 64);
        AddSeconds(text, "rusage_user"u8, user);
        AddSeconds(text, "rusage_system"u8, system);
        Add(text, "max_connections"u8, server.Options.MaxClients);
        Add(text, "curr_connections"u8, server.Connections.Open);
        Add(text, "total_connections"u8, engine.Accepted);
        Add(text, "rejected_connections"u8, engine.Rejected);
        Add(text, "connection_structures"u8, server.Connections.Used);
        text.Add("STAT response_obj_oom 0\r\nSTAT response_obj_count 0\r\nSTAT response_obj_bytes 0\r\n"u8);
        Add(text, "read_buf_count"u8, 0);
        Add(text, "read_buf_bytes"u8, server.Buffers.InUse);
        text.Add("STAT read_buf_bytes_free 0\r\nSTAT read_buf_oom 0\r\nSTAT reserved_fds 0\r\n"u8);
        AddCommands(text, counts, store);
        Add(text, "bytes_read"u8, engine.BytesIn);
        Add(text, "bytes_written"u8, engine.BytesOut);
        Add(text, "limit_maxbytes"u8, LimitOf(context));
        Add(text, "accepting_conns"u8, server.Loop.Acceptor.IsPaused ? 0 : 1);
        Add(text, "listen_disabled_num"u8, engine.AcceptPauses);
        Add(text, "time_in_listen_disabled_us"u8, 0);
        Add(text, "threads"u8, server.Threads.Length);
        text.Add("STAT conn_yields 0\r\nSTAT hash_power_level 16\r\nSTAT hash_bytes 0\r\nSTAT hash_is_expanding 0\r\n"u8
            + "STAT slab_reassign_rescues 0\r\nSTAT slab_reassign_chunk_rescues 0\r\nSTAT slab_reassign_evictions_nomem 0\r\n"u8
            + "STAT slab_reassign_inline_reclaim 0\r\nSTAT slab_reassign_busy_items 0\r\nSTAT slab_reassign_busy_deletes 0\r\n"u8
            + "STAT slab_reassign_running 0\r\nSTAT slabs_moved 0\r\nSTAT lru_crawler_running 0\r\nSTAT lru_crawler_starts 0\r\n"u8
            + "STAT lru_maintainer_juggles 0\r\nSTAT malloc_fails 0\r\nSTAT log_worker_dropped 0\r\nSTAT log_worker_written 0\r\n"u8
            + "STAT log_watcher_skipped 0\r\nSTAT log_watcher_sent 0\r\nSTAT log_watchers 0\r\nSTAT unexpected_napi_ids 0\r\n"u8
            + "STAT round_robin_fallback 0\r\n"u8);
        Add(text, "bytes"u8, context.Common.Store.UsedMemory);
        Add(text, "curr_items"u8, context.Common.Store.CountersOf(0).Keys);
        Add(text, "total_items"u8, counts.Sets);
        Add(text, "slab_global_page_pool"u8, 0);
        text.Add("STAT expired_unfetched 0\r\nSTAT evicted_unfetched 0\r\nSTAT evicted_active 0\r\n"u8);
        Add(text, "evictions"u8, store.Evicted);
        Add(text, "reclaimed"u8, store.Expired);
        text.Add("STAT crawler_reclaimed 0\r\nSTAT crawler_items_checked 0\r\nSTAT lrutail_reflocked 0\r\nSTAT moves_to_cold 0\r\n"u8
            + "STAT moves_to_warm 0\r\nSTAT moves_within_lru 0\r\nSTAT direct_reclaims 0\r\nSTAT lru_bumps_dropped 0\r\n"u8);
    }

    private static void AddCommands(ByteBuilder text, in MemcachedCounters counts, in StoreCounters store)
    {
        Add(text, "cmd_get"u8, counts.Gets);
        Add(text, "cmd_set"u8, counts.Sets);
        Add(text, "cmd_flush"u8, counts.Flushes);
        Add(text, "cmd_touch"u8, counts.Touches);
        Add(text, "cmd_meta"u8, counts.Meta);
        Add(text, "get_hits"u8, counts.GetHits);
        Add(text, "get_misses"u8, counts.GetMisses);
        Add(text, "get_expired"u8, 0);
        Add(text, "get_flushed"u8, 0);
        Add(text, "delete_misses"u8, counts.DeleteMisses);
        Add(text, "delete_hits"u8, counts.DeleteHits);
        Add(text, "incr_misses"u8, counts.IncrementMisses);
        Add(text, "incr_hits"u8, counts.IncrementHits);
        Add(text, "decr_misses"u8, counts.DecrementMisses);
        Add(text, "decr_hits"u8, counts.DecrementHits);
        Add(text, "cas_misses"u8, counts.CompareMisses);
        Add(text, "cas_hits"u8, counts.CompareHits);
        Add(text, "cas_badval"u8, counts.CompareBad);
        Add(text, "touch_hits"u8, counts.TouchHits);
        Add(text, "touch_misses"u8, counts.TouchMisses);
        Add(text, "store_too_large"u8, counts.TooLarge);
        Add(text, "store_no_memory"u8, counts.NoMemory);
        Add(text, "auth_cmds"u8, counts.Logins);
        Add(text, "auth_errors"u8, counts.LoginErrors);
    }

    // One class: the store has no slabs.
    private static void AddItems(MemcachedThread context, ByteBuilder text)
    {
        StoreCounters store = context.Common.Store.Counters;
        long keys = context.Common.Store.CountersOf(0).Keys;
        Add(text, "items:1:number"u8, keys);
        text.Add("STAT items:1:number_hot 0\r\nSTAT items:1:number_warm 0\r\n"u8);
        Add(text, "items:1:number_cold"u8, keys);
        text.Add("STAT items:1:age_hot 0\r\nSTAT items:1:age_warm 0\r\nSTAT items:1:age 0\r\n"u8);
        Add(text, "items:1:mem_requested"u8, context.Common.Store.UsedMemory);
        Add(text, "items:1:evicted"u8, store.Evicted);
        text.Add("STAT items:1:evicted_nonzero 0\r\nSTAT items:1:evicted_time 0\r\n"u8);
        Add(text, "items:1:outofmemory"u8, context.Node.Count(context.Thread.Server).NoMemory);
        text.Add("STAT items:1:tailrepairs 0\r\n"u8);
        Add(text, "items:1:reclaimed"u8, store.Expired);
        text.Add("STAT items:1:expired_unfetched 0\r\nSTAT items:1:evicted_unfetched 0\r\nSTAT items:1:evicted_active 0\r\n"u8
            + "STAT items:1:crawler_reclaimed 0\r\nSTAT items:1:crawler_items_checked 0\r\nSTAT items:1:lrutail_reflocked 0\r\n"u8
            + "STAT items:1:moves_to_cold 0\r\nSTAT items:1:moves_to_warm 0\r\nSTAT items:1:moves_within_lru 0\r\n"u8
            + "STAT items:1:direct_reclaims 0\r\nSTAT items:1:hits_to_hot 0\r\nSTAT items:1:hits_to_warm 0\r\n"u8);
        Add(text, "items:1:hits_to_cold"u8, context.Node.Count(context.Thread.Server).GetHits);
        Add(text, "items:1:hits_to_temp"u8, 0);
    }

    private static void AddSlabs(MemcachedThread context, ByteBuilder text)
    {
        MemcachedCounters counts = context.Node.Count(context.Thread.Server);
        long keys = context.Common.Store.CountersOf(0).Keys;
        text.Add("STAT 1:chunk_size 96\r\nSTAT 1:chunks_per_page 1\r\n"u8);
        Add(text, "1:total_pages"u8, keys);
        Add(text, "1:total_chunks"u8, keys);
        Add(text, "1:used_chunks"u8, keys);
        text.Add("STAT 1:free_chunks 0\r\nSTAT 1:free_chunks_end 0\r\n"u8);
        Add(text, "1:get_hits"u8, counts.GetHits);
        Add(text, "1:cmd_set"u8, counts.Sets);
        Add(text, "1:delete_hits"u8, counts.DeleteHits);
        Add(text, "1:incr_hits"u8, counts.IncrementHits);
        Add(text, "1:decr_hits"u8, counts.DecrementHits);
        Add(text, "1:cas_hits"u8, counts.CompareHits);
        Add(text, "1:cas_badval"u8, counts.CompareBad);
        Add(text, "1:touch_hits"u8, counts.TouchHits);
        Add(text, "active_slabs"u8, 1);
        Add(text, "total_malloced"u8, context.Common.Store.UsedMemory);
    }

    // As hints: their owners may be changing them.
    private static void AddConnections(MemcachedThread context, ByteBuilder text)
    {
        Server server = context.Thread.Server;
        uint now = server.Milliseconds(context.Thread.Started);
        Span<byte> room = stackalloc byte[Numbers.Longest];
        int used = server.Connections.Used;
        for (int index = 0; index < used; index++)
        {
            ConnectionSlot* slot = server.Connections.At(index);
            if (!server.Connections.TryGetToken(index, out _) || slot->Protocol != ProtocolNumber.Memcached
                || slot->PeerAddress(out SocketAddress peer) < 0)
            {
                continue;
            }

            ReadOnlySpan<byte> number = room[..Numbers.Write(room, slot->Identifier)];
            AddOf(text, number, ":addr "u8);
            text.Add(peer.Family == SocketAddress.FamilyUnix ? "unix"u8 : "tcp:"u8);
            text.Add(peer.Family == SocketAddress.FamilyUnix ? default : ByteText.Encode(peer.ToString()));
            text.Add("\r\n"u8);
            if (slot->LocalAddress(out SocketAddress local) >= 0)
            {
                AddOf(text, number, ":listen_addr "u8);
                text.Add(ByteText.Encode(local.Family == SocketAddress.FamilyUnix ? local.ToString() : "tcp:" + local.ToString()));
                text.Add("\r\n"u8);
            }

            AddOf(text, number, slot == context.Thread.Connection ? ":state conn_parse_cmd\r\n"u8 : ":state conn_waiting\r\n"u8);
            AddOf(text, number, ":secs_since_last_cmd "u8);
            text.Add((now - slot->LastActive) / 1000);
            text.Add("\r\n"u8);
        }
    }

    private static void AddOf(ByteBuilder text, ReadOnlySpan<byte> number, ReadOnlySpan<byte> rest)
    {
        text.Add("STAT "u8);
        text.Add(number);
        text.Add(rest);
    }

    /// <summary>The most memory; what the machine has when there is no maximum.</summary>
    public static long LimitOf(MemcachedThread context)
        => context.Common.Store.MaxMemory != 0 ? context.Common.Store.MaxMemory : SystemFacts.TotalMemory();

    private static void AddSeconds(ByteBuilder text, ReadOnlySpan<byte> name, long microseconds)
        => Add(text, name, ByteText.Encode((microseconds / 1e6).ToString("F6", CultureInfo.InvariantCulture)));

    private static Counters EngineOf(Server server)
    {
        Counters total = default;
        foreach (ThreadContext thread in server.Threads)
        {
            for (int i = 0; i < sizeof(Counters) / sizeof(long); i++)
            {
                ((long*)&total)[i] += ((long*)thread.Counters)[i];
            }
        }

        return total;
    }
}

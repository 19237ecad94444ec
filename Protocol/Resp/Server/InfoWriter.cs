using System;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The sections of INFO: the fields that clients, dashboards and exporters read, with what they mean here. Fields of what does not exist
/// (persistence, replication, scripts) say so in Redis's values for it.
/// </summary>
internal sealed unsafe class InfoWriter
{
    private const int KeysAskedForTheirTime = 20;

    private readonly CommandContext _call;
    private readonly Server _server;
    private readonly KeyValueStore _store;
    private readonly NodeStatistics _statistics;

    /// <summary>Makes a writer for one reply.</summary>
    public InfoWriter(CommandContext call)
    {
        _call = call;
        _server = call.Thread.Server;
        _store = call.Common.Store;
        _statistics = call.Resp.Statistics;
    }

    /// <summary>What was written.</summary>
    public ReplyText Text { get; } = new();

    /// <summary>Adds a section.</summary>
    public void Write(ReadOnlySpan<byte> section)
    {
        if (Text.Written.Length > 0)
        {
            _ = Text.Add("\r\n"u8);
        }

        // "# Server"; CPU is written in capitals.
        bool isCpu = section.SequenceEqual("cpu"u8);
        Span<byte> title = stackalloc byte[section.Length];
        section.CopyTo(title);
        for (int i = 0; i < (isCpu ? title.Length : 1); i++)
        {
            title[i] -= 32;
        }

        _ = Text.Add("# "u8).Add(title).Add("\r\n"u8);
        _ = section switch
        {
            [(byte)'s', (byte)'e', ..] => WriteServer(),
            [(byte)'c', (byte)'l', (byte)'i', ..] => WriteClients(),
            [(byte)'m', (byte)'e', ..] => WriteMemory(),
            [(byte)'p', ..] => InfoPersistence.Write(_call, Text),
            [(byte)'s', (byte)'t', ..] => InfoStatistics.WriteStats(_call, Text),
            [(byte)'r', ..] => InfoReplication.Write(_call, Text),
            [(byte)'c', (byte)'p', ..] => WriteCpu(),
            [(byte)'c', (byte)'o', ..] => InfoStatistics.WriteCommandStats(_call, Text),
            [(byte)'e', ..] => InfoStatistics.WriteErrorStats(_call, Text),
            [(byte)'l', ..] => InfoStatistics.WriteLatencyStats(_call, Text),
            [(byte)'c', (byte)'l', ..] => Text.Line("cluster_enabled:"u8, 0),
            [(byte)'k', ..] => WriteKeyspace(),
            _ => Text,
        };
    }

    private ReplyText WriteServer()
    {
        long uptime = (Clock.Monotonic() - _server.StartedNanoseconds) / 1_000_000_000;
        int port = 0;
        foreach (SocketAddress address in _server.BoundAddresses)
        {
            port = port == 0 ? address.Port : port;
        }

        return Text.Line("redis_version:"u8, RespCommon.RedisVersion)
            .Add("epollsrv_version:"u8).AddText(BuildInfo.Version).Add("\r\n"u8)
            .Line("redis_git_sha1:"u8, "00000000"u8)
            .Line("redis_git_dirty:"u8, 0)
            .Add("redis_build_id:"u8).AddText(BuildInfo.Commit).Add("\r\n"u8)
            .Line("redis_mode:"u8, "standalone"u8)
            .Add("os:"u8).AddText(SystemFacts.Kernel()).Add("\r\n"u8)
            .Line("arch_bits:"u8, 64)
            .Line("monotonic_clock:"u8, "POSIX clock_gettime"u8)
            .Line("multiplexing_api:"u8, "epoll"u8)
            .Line("process_id:"u8, Environment.ProcessId)
            .Line("process_supervised:"u8, "no"u8)
            .Line("run_id:"u8, _statistics.RunIdentifier)
            .Line("tcp_port:"u8, port)
            .Line("server_time_usec:"u8, Clock.Wall() / 1000)
            .Line("uptime_in_seconds:"u8, uptime)
            .Line("uptime_in_days:"u8, uptime / 86_400)
            .Line("hz:"u8, _call.Resp.Config!.Remembered.Hz)
            .Line("configured_hz:"u8, _call.Resp.Config!.Remembered.Hz)
            .Line("lru_clock:"u8, _call.Now / 1000 & 0xFFFFFF)
            .Add("executable:"u8).AddText(SystemFacts.Executable()).Add("\r\n"u8)
            .Line("config_file:"u8, ""u8)
            .Line("io_threads_active:"u8, _server.Options.Workers > 1 ? 1 : 0);
    }

    private ReplyText WriteClients() => Text
        .Line("connected_clients:"u8, _server.Connections.Open)
        .Line("cluster_connections:"u8, 0)
        .Line("maxclients:"u8, _server.Options.MaxClients)
        .Add("client_recent_max_input_buffer:0\r\nclient_recent_max_output_buffer:0\r\n"u8)
        .Line("blocked_clients:"u8, _call.Resp.Pause.CountWaiting(_server))
        .Add("tracking_clients:0\r\nclients_in_timeout_table:0\r\n"u8);

    private ReplyText WriteMemory()
    {
        KeyValueStore store = _store;
        long dataset = store.UsedMemory;
        long buffers = _server.Buffers.InUse;
        long used = _statistics.NoteUsed(dataset + buffers);
        long resident = SystemFacts.ResidentMemory();
        _statistics.Resident = resident;
        long total = SystemFacts.TotalMemory();
        long peak = Math.Max(used, _statistics.Peak);
        return Text.Line("used_memory:"u8, used).SizeLine("used_memory_human:"u8, used)
            .Line("used_memory_rss:"u8, resident).SizeLine("used_memory_rss_human:"u8, resident)
            .Line("used_memory_peak:"u8, peak).SizeLine("used_memory_peak_human:"u8, peak)
            .Add("used_memory_peak_perc:"u8).Add(used * 100.0 / Math.Max(1, peak), 2).Add("%\r\n"u8)
            .Line("used_memory_overhead:"u8, buffers)
            .Line("used_memory_startup:"u8, 0)
            .Line("used_memory_dataset:"u8, dataset)
            .Add("used_memory_dataset_perc:"u8).Add(dataset * 100.0 / Math.Max(1, used), 2).Add("%\r\n"u8)
            .Line("allocator_allocated:"u8, used).Line("allocator_active:"u8, used).Line("allocator_resident:"u8, resident)
            .Line("total_system_memory:"u8, total).SizeLine("total_system_memory_human:"u8, total)
            .Add("used_memory_lua:0\r\nused_memory_lua_human:0B\r\nused_memory_scripts:0\r\nused_memory_scripts_human:0B\r\nnumber_of_cached_scripts:0\r\nnumber_of_functions:0\r\nnumber_of_libraries:0\r\n"u8)
            .Line("maxmemory:"u8, store.MaxMemory).SizeLine("maxmemory_human:"u8, store.MaxMemory)
            .Line("maxmemory_policy:"u8, ConfigValues.PolicyName(store.Policy))
            .Add("allocator_frag_ratio:1.00\r\nallocator_frag_bytes:0\r\n"u8)
            .Line("allocator_rss_ratio:"u8, Ratio(resident, used), 2).Line("allocator_rss_bytes:"u8, resident - used)
            .Add("rss_overhead_ratio:1.00\r\nrss_overhead_bytes:0\r\n"u8)
            .Line("mem_fragmentation_ratio:"u8, Ratio(resident, used), 2).Line("mem_fragmentation_bytes:"u8, resident - used)
            .Add("mem_not_counted_for_evict:0\r\nmem_replication_backlog:0\r\nmem_total_replication_buffers:0\r\nmem_clients_slaves:0\r\n"u8)
            .Line("mem_clients_normal:"u8, buffers)
            .Add("mem_cluster_links:0\r\nmem_aof_buffer:0\r\nmem_allocator:epollsrv\r\nactive_defrag_running:0\r\nlazyfree_pending_objects:0\r\nlazyfreed_objects:0\r\n"u8);
    }

    private ReplyText WriteCpu()
    {
        SystemFacts.ProcessorTime(thisThread: false, out long user, out long system);
        return Text.Line("used_cpu_sys:"u8, system / 1e6, 6).Line("used_cpu_user:"u8, user / 1e6, 6)
            .Add("used_cpu_sys_children:0.000000\r\nused_cpu_user_children:0.000000\r\n"u8);
    }

    private ReplyText WriteKeyspace()
    {
        int selected = _call.Access.Database;
        for (int database = 0; database < _store.DatabaseCount; database++)
        {
            DatabaseCounters counters = _store.CountersOf(database);
            if (counters.Keys > 0)
            {
                _ = _call.Access.TrySelect(database);
                _ = Text.Add("db"u8).Add(database).Add(":keys="u8).Add(counters.Keys).Add(",expires="u8).Add(counters.ExpiringKeys)
                    .Add(",avg_ttl="u8).Add(AverageTimeToLive(counters.ExpiringKeys)).Add("\r\n"u8);
            }
        }

        _ = _call.Access.TrySelect(selected);
        return Text;
    }

    // Of a few keys at random, in milliseconds; 0 when none of them expires.
    private long AverageTimeToLive(long expiring)
    {
        if (expiring == 0 || _call.Access.InTransaction)
        {
            return 0;
        }

        long sum = 0;
        int found = 0;
        for (int i = 0; i < KeysAskedForTheirTime; i++)
        {
            Entry* entry = KeyScan.LockRandom(_call.Access);
            if (entry == null)
            {
                break;
            }

            if (entry->HasExpiry)
            {
                sum += entry->Expiry - _call.Now;
                found++;
            }

            _call.Access.Unlock();
        }

        return found == 0 ? 0 : sum / found;
    }

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}

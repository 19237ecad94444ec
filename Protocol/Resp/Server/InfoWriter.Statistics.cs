using System;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <content>What was counted.</content>
internal sealed unsafe partial class InfoWriter
{
    private const int KeysAskedForTheirTime = 20;

    private void WriteStats()
    {
        Counters counters = _statistics.Count(_server);
        StoreCounters store = _services.Store.Counters;
        _server.Rate.Read(Clock.Monotonic(), out long requests, out long bytesIn, out long bytesOut);
        long errors = 0;
        foreach (ErrorTally error in _statistics.Errors(_call.Node))
        {
            errors += error.Count;
        }

        _ = Text.Line("total_connections_received:"u8, counters.Accepted)
            .Line("total_commands_processed:"u8, counters.Requests)
            .Line("instantaneous_ops_per_sec:"u8, requests)
            .Line("total_net_input_bytes:"u8, counters.BytesIn).Line("total_net_output_bytes:"u8, counters.BytesOut)
            .Line("total_net_repl_input_bytes:"u8, 0).Line("total_net_repl_output_bytes:"u8, 0)
            .Line("instantaneous_input_kbps:"u8, bytesIn / 1024.0, 2).Line("instantaneous_output_kbps:"u8, bytesOut / 1024.0, 2)
            .Line("instantaneous_input_repl_kbps:"u8, "0.00"u8).Line("instantaneous_output_repl_kbps:"u8, "0.00"u8)
            .Line("rejected_connections:"u8, counters.Rejected)
            .Line("sync_full:"u8, 0).Line("sync_partial_ok:"u8, 0).Line("sync_partial_err:"u8, 0)
            .Line("expired_keys:"u8, store.Expired).Line("expired_stale_perc:"u8, "0.00"u8).Line("expired_time_cap_reached_count:"u8, 0)
            .Line("expire_cycle_cpu_milliseconds:"u8, _services.ExpiryNanoseconds / 1_000_000)
            .Line("evicted_keys:"u8, store.Evicted).Line("evicted_clients:"u8, 0)
            .Line("total_eviction_exceeded_time:"u8, 0).Line("current_eviction_exceeded_time:"u8, 0)
            .Line("keyspace_hits:"u8, store.Hits).Line("keyspace_misses:"u8, store.Misses);
        WritePubSub();
        _ = Text.Line("latest_fork_usec:"u8, 0).Line("total_forks:"u8, 0).Line("migrate_cached_sockets:"u8, 0)
            .Line("slave_expires_tracked_keys:"u8, 0)
            .Line("active_defrag_hits:"u8, 0).Line("active_defrag_misses:"u8, 0)
            .Line("active_defrag_key_hits:"u8, 0).Line("active_defrag_key_misses:"u8, 0)
            .Line("total_active_defrag_time:"u8, 0).Line("current_active_defrag_time:"u8, 0)
            .Line("tracking_total_keys:"u8, 0).Line("tracking_total_items:"u8, 0).Line("tracking_total_prefixes:"u8, 0)
            .Line("unexpected_error_replies:"u8, 0).Line("total_error_replies:"u8, errors)
            .Line("dump_payload_sanitizations:"u8, 0)
            .Line("total_reads_processed:"u8, counters.Jobs).Line("total_writes_processed:"u8, counters.Jobs)
            .Line("io_threaded_reads_processed:"u8, 0).Line("io_threaded_writes_processed:"u8, 0)
            .Line("reply_buffer_shrinks:"u8, 0).Line("reply_buffer_expands:"u8, 0);
    }

    private void WritePubSub() => Text
        .Line("pubsub_channels:"u8, _call.Node.PubSub.Count(ChannelKind.Channel))
        .Line("pubsub_patterns:"u8, _call.Node.PubSub.Count(ChannelKind.Pattern))
        .Line("pubsubshard_channels:"u8, _call.Node.PubSub.Count(ChannelKind.Shard));

    private void WriteReplication() => Text
        .Line("role:"u8, "master"u8).Line("connected_slaves:"u8, 0).Line("master_failover_state:"u8, "no-failover"u8)
        .Line("master_replid:"u8, _statistics.RunIdentifier).Line("master_replid2:"u8, "0000000000000000000000000000000000000000"u8)
        .Line("master_repl_offset:"u8, 0).Line("second_repl_offset:"u8, -1)
        .Line("repl_backlog_active:"u8, 0).Line("repl_backlog_size:"u8, 1_048_576)
        .Line("repl_backlog_first_byte_offset:"u8, 0).Line("repl_backlog_histlen:"u8, 0);

    private void WriteCpu()
    {
        SystemFacts.ProcessorTime(thisThread: false, out long user, out long system);
        _ = Text.Line("used_cpu_sys:"u8, system / 1e6, 6).Line("used_cpu_user:"u8, user / 1e6, 6)
            .Line("used_cpu_sys_children:"u8, 0.0, 6).Line("used_cpu_user_children:"u8, 0.0, 6);
    }

    private void WriteCommandStats()
    {
        for (int number = 1; number < CommandTable.Count; number++)
        {
            CommandStatistics statistics = _statistics.Of(_call.Node, number);
            if (statistics.Calls == 0 && statistics.Rejected == 0 && statistics.Failed == 0)
            {
                continue;
            }

            // What has run since the thread's last job counts with the average of those before.
            double each = statistics.TimedCalls == 0 ? 0 : statistics.Nanoseconds / 1000.0 / statistics.TimedCalls;
            _ = Text.Add("cmdstat_"u8).Add(CommandTable.At(number)->Name).Add(":calls="u8).Add(statistics.Calls)
                .Add(",usec="u8).Add((long)(each * statistics.Calls)).Add(",usec_per_call="u8).Add(each, 2)
                .Add(",rejected_calls="u8).Add(statistics.Rejected).Add(",failed_calls="u8).Add(statistics.Failed).Add("\r\n"u8);
        }
    }

    private void WriteErrorStats()
    {
        foreach (ErrorTally error in _statistics.Errors(_call.Node))
        {
            if (error.Count > 0)
            {
                _ = Text.Add("errorstat_"u8).Add(error.Code).Add(":count="u8).Add(error.Count).Add("\r\n"u8);
            }
        }
    }

    private void WriteLatencyStats()
    {
        double[] percentiles = _call.Node.Percentiles;
        Span<long> histogram = stackalloc long[LatencyHistogram.Buckets];
        for (int number = 1; number < CommandTable.Count; number++)
        {
            long total = _statistics.Latencies(_call.Node, number, histogram);
            if (total == 0)
            {
                continue;
            }

            _ = Text.Add("latency_percentiles_usec_"u8).Add(CommandTable.At(number)->Name).Add(":"u8);
            for (int i = 0; i < percentiles.Length; i++)
            {
                _ = Text.Add(i == 0 ? "p"u8 : ",p"u8);
                ConfigValues.AddPercentile(Text, percentiles[i]);
                _ = Text.Add("="u8).Add(Percentile(histogram, total, percentiles[i]) / 1000.0, 3);
            }

            _ = Text.Add("\r\n"u8);
        }
    }

    private static long Percentile(ReadOnlySpan<long> histogram, long total, double percentile)
    {
        long rank = Math.Clamp((long)Math.Ceiling(total * percentile / 100), 1, total);
        int bucket = 0;
        for (long seen = histogram[0]; seen < rank && bucket < histogram.Length - 1; seen += histogram[bucket])
        {
            bucket++;
        }

        return LatencyHistogram.HighestOf(bucket);
    }

    private void WriteKeyspace()
    {
        StoreCounters counters = _services.Store.Counters;
        if (counters.Keys > 0)
        {
            _ = Text.Add("db0:keys="u8).Add(counters.Keys).Add(",expires="u8).Add(counters.ExpiringKeys)
                .Add(",avg_ttl="u8).Add(AverageTimeToLive(counters.ExpiringKeys)).Add("\r\n"u8);
        }
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
            Entry* entry = _call.Access.EnterRandomKey();
            if (entry == null)
            {
                break;
            }

            if (entry->HasExpiry)
            {
                sum += entry->Expiry - _call.Now;
                found++;
            }

            _call.Access.Leave();
        }

        return found == 0 ? 0 : sum / found;
    }
}

using System;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>The sections of INFO with what was counted.</summary>
internal static unsafe class InfoStatistics
{
    /// <summary>Section stats: commands, traffic and keys since the start.</summary>
    public static ReplyText WriteStats(CommandContext call, ReplyText text)
    {
        Counters counters = call.Resp.Statistics.Count(call.Thread.Server);
        StoreCounters store = call.Common.Store.Counters;
        call.Thread.Server.Rate.Read(Clock.Monotonic(), out long requests, out long bytesIn, out long bytesOut);
        long errors = 0;
        foreach (ErrorTally error in call.Resp.Statistics.Errors(call.Resp))
        {
            errors += error.Count;
        }

        return text.Line("total_connections_received:"u8, counters.Accepted)
            .Line("total_commands_processed:"u8, counters.Requests)
            .Line("instantaneous_ops_per_sec:"u8, requests)
            .Line("total_net_input_bytes:"u8, counters.BytesIn).Line("total_net_output_bytes:"u8, counters.BytesOut)
            .Add("total_net_repl_input_bytes:0\r\ntotal_net_repl_output_bytes:0\r\n"u8)
            .Line("instantaneous_input_kbps:"u8, bytesIn / 1024.0, 2).Line("instantaneous_output_kbps:"u8, bytesOut / 1024.0, 2)
            .Add("instantaneous_input_repl_kbps:0.00\r\ninstantaneous_output_repl_kbps:0.00\r\n"u8)
            .Line("rejected_connections:"u8, counters.Rejected)
            .Line("sync_full:"u8, call.Resp.Replicas.Fulls).Line("sync_partial_ok:"u8, call.Resp.Replicas.Partials)
            .Line("sync_partial_err:"u8, call.Resp.Replicas.RefusedHistories + call.Resp.Replicas.RefusedPositions)
            .Line("expired_keys:"u8, store.Expired).Add("expired_stale_perc:0.00\r\nexpired_time_cap_reached_count:0\r\n"u8)
            .Line("expire_cycle_cpu_milliseconds:"u8, call.Resp.Statistics.ExpiryNanoseconds / 1_000_000)
            .Line("evicted_keys:"u8, store.Evicted)
            .Add("evicted_clients:0\r\ntotal_eviction_exceeded_time:0\r\ncurrent_eviction_exceeded_time:0\r\n"u8)
            .Line("keyspace_hits:"u8, store.Hits).Line("keyspace_misses:"u8, store.Misses)
            .Line("pubsub_channels:"u8, call.Resp.PubSub.Count(ChannelKind.Channel))
            .Line("pubsub_patterns:"u8, call.Resp.PubSub.Count(ChannelKind.Pattern))
            .Line("pubsubshard_channels:"u8, call.Resp.PubSub.Count(ChannelKind.Shard))
            .Add("latest_fork_usec:0\r\ntotal_forks:0\r\nmigrate_cached_sockets:0\r\nslave_expires_tracked_keys:0\r\n"u8
                + "active_defrag_hits:0\r\nactive_defrag_misses:0\r\nactive_defrag_key_hits:0\r\n"u8
                + "active_defrag_key_misses:0\r\ntotal_active_defrag_time:0\r\ncurrent_active_defrag_time:0\r\n"u8
                + "tracking_total_keys:0\r\ntracking_total_items:0\r\ntracking_total_prefixes:0\r\n"u8
                + "unexpected_error_replies:0\r\n"u8)
            .Line("total_error_replies:"u8, errors)
            .Line("dump_payload_sanitizations:"u8, 0)
            .Line("total_reads_processed:"u8, counters.Jobs).Line("total_writes_processed:"u8, counters.Jobs)
            .Add("io_threaded_reads_processed:0\r\nio_threaded_writes_processed:0\r\nreply_buffer_shrinks:0\r\n"u8
                + "reply_buffer_expands:0\r\n"u8);
    }

    /// <summary>Section commandstats: calls and time of each command.</summary>
    public static ReplyText WriteCommandStats(CommandContext call, ReplyText text)
    {
        for (int number = 1; number < CommandTable.Count; number++)
        {
            CommandStatistics statistics = call.Resp.Statistics.Of(call.Resp, number);
            if (statistics.Calls == 0 && statistics.Rejected == 0 && statistics.Failed == 0)
            {
                continue;
            }

            // What has run since a call was timed counts with the average of those before.
            double each = statistics.TimedCalls == 0 ? 0 : statistics.Nanoseconds / 1000.0 / statistics.TimedCalls;
            _ = text.Add("cmdstat_"u8).Add(CommandTable.At(number)->Name).Add(":calls="u8).Add(statistics.Calls)
                .Add(",usec="u8).Add((long)(each * statistics.Calls)).Add(",usec_per_call="u8).Add(each, 2)
                .Add(",rejected_calls="u8).Add(statistics.Rejected).Add(",failed_calls="u8).Add(statistics.Failed).Add("\r\n"u8);
        }

        return text;
    }

    /// <summary>Section errorstats: how often each error was replied.</summary>
    public static ReplyText WriteErrorStats(CommandContext call, ReplyText text)
    {
        foreach (ErrorTally error in call.Resp.Statistics.Errors(call.Resp))
        {
            if (error.Count > 0)
            {
                _ = text.Add("errorstat_"u8).Add(error.Code).Add(":count="u8).Add(error.Count).Add("\r\n"u8);
            }
        }

        return text;
    }

    /// <summary>Section latencystats: percentiles of the time of each command.</summary>
    public static ReplyText WriteLatencyStats(CommandContext call, ReplyText text)
    {
        long[] percentiles = call.Resp.Options.Percentiles;
        Span<long> histogram = stackalloc long[LatencyBuckets.Count];
        for (int number = 1; number < CommandTable.Count; number++)
        {
            long total = call.Resp.Statistics.Latencies(call.Resp, number, histogram);
            if (total == 0)
            {
                continue;
            }

            _ = text.Add("latency_percentiles_usec_"u8).Add(CommandTable.At(number)->Name).Add(":"u8);
            for (int i = 0; i < percentiles.Length; i++)
            {
                _ = text.Add(i == 0 ? "p"u8 : ",p"u8);
                ConfigValues.AddPercentile(text, percentiles[i]);
                _ = text.Add("="u8).Add(Percentile(histogram, total, percentiles[i]) / 1000.0, 3);
            }

            _ = text.Add("\r\n"u8);
        }

        return text;
    }

    private static long Percentile(ReadOnlySpan<long> histogram, long total, long millionths)
    {
        long rank = Math.Clamp((long)Math.Ceiling(total * (millionths / 1e8)), 1, total);
        int bucket = 0;
        for (long seen = histogram[0]; seen < rank && bucket < histogram.Length - 1; seen += histogram[bucket])
        {
            bucket++;
        }

        return LatencyBuckets.HighestOf(bucket);
    }
}

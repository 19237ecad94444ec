using System;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <content>Latencies, threads, store and process.</content>
internal static unsafe partial class NodeMetrics
{
    private static void WriteLatencies(ByteBuilder body, Server server)
    {
        ReadOnlySpan<byte> name = "request_duration_seconds"u8;
        Family(body, name, "histogram"u8, "Time to answer a request, from its job's start to its end, without the wait for a thread."u8);
        for (int protocol = ProtocolNumber.Cs; protocol < ProtocolNumber.Count; protocol++)
        {
            long count = 0;
            long sum = 0;
            for (int bucket = 0; bucket < LatencyHistogram.Buckets; bucket++)
            {
                foreach (Turn turn in server.Turns)
                {
                    count += turn.Latencies[protocol][bucket];
                    sum += bucket == 0 ? turn.Latencies[protocol].Sum : 0;
                }

                Begin(body, "request_duration_seconds_bucket"u8, "protocol"u8, NameOf(protocol));
                body.Add(",le=\""u8);
                if (bucket == LatencyHistogram.Buckets - 1)
                {
                    body.Add("+Inf"u8);
                }
                else
                {
                    body.AddSeconds(LatencyHistogram.LimitOf(bucket));
                }

                body.Add("\"} "u8);
                body.Add(count);
                body.Add((byte)'\n');
            }

            Begin(body, "request_duration_seconds_sum"u8, "protocol"u8, NameOf(protocol));
            body.Add("} "u8);
            body.AddSeconds(sum);
            body.Add((byte)'\n');
            Labelled(body, "request_duration_seconds_count"u8, "protocol"u8, NameOf(protocol), count);
        }
    }

    private static void WriteThreads(ByteBuilder body, Server server)
    {
        Family(body, "thread_cpu_seconds_total"u8, "counter"u8, "CPU time of the event loop and of each worker."u8);
        foreach (Turn turn in server.Turns)
        {
            Thread(body, "thread_cpu_seconds_total"u8, turn, turn.ThreadNumber == 0 ? 0 : Clock.CpuTimeOf(turn.ThreadNumber));
        }

        Family(body, "thread_busy_seconds_total"u8, "counter"u8, "Time spent in jobs."u8);
        foreach (Turn turn in server.Turns)
        {
            Thread(body, "thread_busy_seconds_total"u8, turn, turn.Counters->BusyNanoseconds);
        }
    }

    private static void Thread(ByteBuilder body, ReadOnlySpan<byte> name, Turn turn, long nanoseconds)
    {
        Begin(body, name, "thread"u8, turn.OnEventLoop ? "loop"u8 : "worker-"u8);
        if (!turn.OnEventLoop)
        {
            // The number goes before the quote that Begin wrote.
            body.Shorten(1);
            body.Add(turn.Index);
            body.Add((byte)'"');
        }

        body.Add("} "u8);
        body.AddSeconds(Math.Max(0, nanoseconds));
        body.Add((byte)'\n');
    }

    private static void WriteStore(ByteBuilder body, KeyValueStore store)
    {
        StoreCounters counters = store.Counters;
        Gauge(body, "keys"u8, "Keys."u8, counters.Keys);
        Gauge(body, "keys_expiring"u8, "Keys that have a time to live."u8, counters.ExpiringKeys);
        Counter(body, "key_hits_total"u8, "Reads that found their key."u8, counters.Hits);
        Counter(body, "key_misses_total"u8, "Reads that did not."u8, counters.Misses);
        Counter(body, "keys_expired_total"u8, "Keys removed because their time had come."u8, counters.Expired);
        Counter(body, "keys_evicted_total"u8, "Keys removed to make room."u8, counters.Evicted);
        Gauge(body, "memory_used_bytes"u8, "Memory of keys and values."u8, store.UsedMemory);
        Gauge(body, "memory_limit_bytes"u8, "--max-memory; 0: no limit."u8, store.MaxMemory);
    }

    // The names that all of Prometheus's client libraries use for a process.
    private static void Process(ByteBuilder body, Server server)
    {
        body.Add("# HELP process_resident_memory_bytes Resident memory.\n# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes "u8);
        body.Add(ProcessMemory.Resident());
        body.Add("\n# HELP process_cpu_seconds_total CPU time.\n# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total "u8);
        body.AddSeconds(Clock.ProcessCpuTime());
        body.Add("\n# HELP process_start_time_seconds When the process began, seconds since 1970.\n# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds "u8);
        body.AddSeconds(server.StartedNanoseconds + server.WallOffset);
        body.Add((byte)'\n');
    }
}

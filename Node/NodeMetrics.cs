using System;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Cs;
using Epollsrv.Protocol.Http;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>The content of /metrics. Counts are read in passing: each number is right, all together are not a point in time.</summary>
internal static unsafe class NodeMetrics
{
    /// <summary>The names of the protocols, by number.</summary>
    public static ReadOnlySpan<byte> NameOf(int protocol) => protocol switch
    {
        ProtocolNumber.Cs => "cs"u8,
        ProtocolNumber.Resp => "resp"u8,
        ProtocolNumber.Http => "http"u8,
        ProtocolNumber.MasterLink => "master"u8,
        ProtocolNumber.Memcached => "memcached"u8,
        _ => "unknown"u8,
    };

    /// <summary>Writes everything. Workers only.</summary>
    public static void Write(ByteBuilder body, Server server)
    {
        MetricsWriter metrics = new(body);
        RunningNode node = RunningNode.Of(server);
        NodeTotals totals = NodeTotals.Read(server);
        Counters counters = totals.Counters;
        metrics.Family("build_info"u8, "gauge"u8, "What this program was built from."u8);
        body.Add("epollsrv_build_info{version=\""u8);
        body.Add(NodeStatus.Version);
        body.Add("\",commit=\""u8);
        body.Add(NodeStatus.Commit);
        body.Add("\",architecture=\""u8);
        body.Add(NodeStatus.Architecture);
        body.Add("\"} 1\n"u8);

        WriteConnections(metrics, server, totals);
        WriteRequests(metrics, server);
        WriteLatencies(metrics, server);
        WriteThreads(metrics, server);
        metrics.Family("queue_depth"u8, "gauge"u8, "Jobs that wait for a thread."u8);
        metrics.Sample("queue_depth"u8, "queue"u8, "jobs"u8, server.Queues.Short.Count);
        metrics.Sample("queue_depth"u8, "queue"u8, "long"u8, server.Queues.Long.Count);
        metrics.Sample("queue_depth"u8, "queue"u8, "background"u8, server.Queues.Background.Count);
        metrics.Counter("wakeups_total"u8, "Times a thread woke a parked worker."u8, counters.Wakes);
        metrics.Counter("parks_total"u8, "Times a worker found nothing to do and parked."u8, counters.Parks);
        metrics.Counter("jobs_total"u8, "Jobs run: turns of connections, and others."u8, counters.Jobs);
        metrics.Counter("long_jobs_total"u8, "Requests the event loop handed to a worker because they were long."u8, counters.LongJobs);
        metrics.Counter("epoll_waits_total"u8, "Times epoll_wait returned."u8, counters.Waits);
        metrics.Counter("epoll_events_total"u8, "Events it returned."u8, counters.Events);
        metrics.Counter("received_bytes_total"u8, "Bytes received from clients."u8, counters.BytesIn);
        metrics.Counter("sent_bytes_total"u8, "Bytes sent to clients."u8, counters.BytesOut);
        metrics.Counter("output_blocked_total"u8, "Times a client's socket took less than there was to send."u8, counters.OutputBlocked);
        metrics.Counter("protocol_errors_total"u8, "Requests that broke their protocol's rules."u8, counters.ProtocolErrors);
        metrics.Counter("wrong_passwords_total"u8, "Wrong passwords."u8, node.Common.Guard.Wrong);
        metrics.Counter("files_sent_total"u8, "Files or ranges of them sent or begun."u8, counters.FilesSent);
        metrics.Gauge("buffer_bytes"u8, "Unsent and unfinished bytes of all clients."u8, server.Buffers.InUse);
        WriteStore(metrics, node.Store);
        ProcessReport.AddMetrics(metrics, server);
        NodeReport.AddMetrics(node, metrics);
        ReplicationReport.AddMetrics(node, metrics);
        if (node.Persistence is not null)
        {
            DataReport.AddMetrics(node, metrics);
        }
    }

    private static void WriteConnections(in MetricsWriter metrics, Server server, in NodeTotals totals)
    {
        metrics.Family("connections"u8, "gauge"u8, "Open connections."u8);
        for (int protocol = 0; protocol < ProtocolNumber.Count; protocol++)
        {
            metrics.Sample("connections"u8, "protocol"u8, NameOf(protocol), totals.Connections[protocol]);
        }

        metrics.Gauge("connections_limit"u8, "Most connections of clients: --max-clients."u8, server.Options.MaxClients);
        Counters counters = totals.Counters;
        metrics.Counter("connections_accepted_total"u8, "Connections accepted."u8, counters.Accepted);
        metrics.Counter("connections_rejected_total"u8, "Connections refused because --max-clients was reached."u8, counters.Rejected);
        metrics.Counter("accept_pauses_total"u8, "Times accepting paused for lack of descriptors or memory."u8, counters.AcceptPauses);
        metrics.Counter("connections_closed_total"u8, "Connections closed."u8, counters.Closed);
        metrics.Family("connections_failed_total"u8, "counter"u8, "Connections closed for this reason."u8);
        metrics.Sample("connections_failed_total"u8, "reason"u8, "reset"u8, counters.Resets);
        metrics.Sample("connections_failed_total"u8, "reason"u8, "aborted"u8, counters.Aborted);
        metrics.Sample("connections_failed_total"u8, "reason"u8, "timeout"u8, counters.TimedOut);
    }

    private static void WriteRequests(in MetricsWriter metrics, Server server)
    {
        metrics.Family("requests_total"u8, "counter"u8, "Requests answered, by protocol, command and result."u8);
        for (int command = 0; command < CsThread.Commands; command++)
        {
            ReadOnlySpan<byte> name = command switch
            {
                CsFrame.Put => "put"u8,
                CsFrame.Get => "get"u8,
                CsFrame.Delete => "del"u8,
                CsFrame.PeerRequest => "peer_req"u8,
                _ => "other"u8,
            };
            long done = 0;
            long failed = 0;
            foreach (ThreadContext threadContext in server.Threads)
            {
                CsThread thread = ProtocolContext.Part<CsThread>(threadContext, ProtocolNumber.Cs);
                done += thread.Counted(command, failed: false);
                failed += thread.Counted(command, failed: true);
            }

            Request(metrics, "cs"u8, name, "ok"u8, done);
            Request(metrics, "cs"u8, name, "error"u8, failed);
        }

        for (int number = 1; number < CommandTable.Count; number++)
        {
            long calls = 0;
            long failed = 0;
            long rejected = 0;
            foreach (ThreadContext threadContext in server.Threads)
            {
                RespThread thread = ProtocolContext.Part<RespThread>(threadContext, ProtocolNumber.Resp);
                CommandStatistics* statistics = thread.Call.Statistics.Commands + number;
                calls += statistics->Calls;
                failed += statistics->Failed;
                rejected += statistics->Rejected;
            }

            ReadOnlySpan<byte> name = CommandTable.At(number)->Name;
            Request(metrics, "resp"u8, name, "ok"u8, Math.Max(0, calls - failed));
            Request(metrics, "resp"u8, name, "error"u8, failed);
            Request(metrics, "resp"u8, name, "rejected"u8, rejected);
        }

        for (HttpRoute route = 0; route < HttpRoute.Count; route++)
        {
            for (int status = 2; status <= 5; status++)
            {
                long count = 0;
                foreach (ThreadContext threadContext in server.Threads)
                {
                    count += ProtocolContext.Part<HttpThread>(threadContext, ProtocolNumber.Http).Counted(route, status);
                }

                ReadOnlySpan<byte> result = status == 2 ? "2xx"u8 : status == 3 ? "3xx"u8 : status == 4 ? "4xx"u8 : "5xx"u8;
                Request(metrics, "http"u8, NodeStatus.NameOf(route), result, count);
            }
        }
    }

    // What never happened is left out: there are some hundred commands.
    private static void Request(
        in MetricsWriter metrics, ReadOnlySpan<byte> protocol, ReadOnlySpan<byte> command, ReadOnlySpan<byte> result, long count)
    {
        if (count > 0)
        {
            metrics.Begin("requests_total"u8, "protocol"u8, protocol);
            metrics.Label("command"u8, command);
            metrics.Label("result"u8, result);
            metrics.End(count);
        }
    }

    private static void WriteLatencies(in MetricsWriter metrics, Server server)
    {
        ReadOnlySpan<byte> name = "request_duration_seconds"u8;
        metrics.Family(name, "histogram"u8, "Time to answer a request, from its job's start to its end, without the wait for a thread."u8);
        for (int protocol = ProtocolNumber.Cs; protocol < ProtocolNumber.Count; protocol++)
        {
            long count = 0;
            long sum = 0;
            for (int bucket = 0; bucket < LatencyHistogram.Buckets; bucket++)
            {
                foreach (ThreadContext threadContext in server.Threads)
                {
                    count += threadContext.Latencies[protocol][bucket];
                    sum += bucket == 0 ? threadContext.Latencies[protocol].Sum : 0;
                }

                metrics.Begin("request_duration_seconds_bucket"u8, "protocol"u8, NameOf(protocol));
                bool isLast = bucket == LatencyHistogram.Buckets - 1;
                metrics.Label("le"u8, isLast ? "+Inf"u8 : default);
                if (!isLast)
                {
                    metrics.Body.AddSeconds(LatencyHistogram.LimitOf(bucket));
                }

                metrics.End(count);
            }

            metrics.Begin("request_duration_seconds_sum"u8, "protocol"u8, NameOf(protocol));
            metrics.EndSeconds(sum);
            metrics.Sample("request_duration_seconds_count"u8, "protocol"u8, NameOf(protocol), count);
        }
    }

    private static void WriteThreads(in MetricsWriter metrics, Server server)
    {
        metrics.Family("thread_cpu_seconds_total"u8, "counter"u8, "CPU time of the event loop and of each worker."u8);
        foreach (ThreadContext threadContext in server.Threads)
        {
            Thread(metrics, "thread_cpu_seconds_total"u8, threadContext, threadContext.ThreadNumber == 0 ? 0
                : Clock.CpuTimeOf(threadContext.ThreadNumber));
        }

        metrics.Family("thread_busy_seconds_total"u8, "counter"u8, "Time spent in jobs."u8);
        foreach (ThreadContext threadContext in server.Threads)
        {
            Thread(metrics, "thread_busy_seconds_total"u8, threadContext, threadContext.Counters->BusyNanoseconds);
        }
    }

    private static void Thread(in MetricsWriter metrics, ReadOnlySpan<byte> name, ThreadContext threadContext, long nanoseconds)
    {
        metrics.Begin(name, "thread"u8, threadContext.OnEventLoop ? "loop"u8 : "worker-"u8);
        if (!threadContext.OnEventLoop)
        {
            metrics.Body.Add(threadContext.Index);
        }

        metrics.EndSeconds(Math.Max(0, nanoseconds));
    }

    private static void WriteStore(in MetricsWriter metrics, KeyValueStore store)
    {
        StoreCounters counters = store.Counters;
        metrics.Gauge("keys"u8, "Keys."u8, counters.Keys);
        metrics.Gauge("keys_expiring"u8, "Keys that have a time to live."u8, counters.ExpiringKeys);
        metrics.Counter("key_hits_total"u8, "Reads that found their key."u8, counters.Hits);
        metrics.Counter("key_misses_total"u8, "Reads that did not."u8, counters.Misses);
        metrics.Counter("keys_expired_total"u8, "Keys removed because their time had come."u8, counters.Expired);
        metrics.Counter("keys_evicted_total"u8, "Keys removed to make room."u8, counters.Evicted);
        metrics.Gauge("memory_used_bytes"u8, "Memory of keys and values."u8, store.UsedMemory);
        metrics.Gauge("memory_limit_bytes"u8, "--max-memory; 0: no limit."u8, store.MaxMemory);
    }
}

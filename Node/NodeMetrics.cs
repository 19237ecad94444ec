using System;
using Epollsrv.Engine;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Cs;
using Epollsrv.Protocol.Http;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>
/// /metrics in the Prometheus text format 0.0.4. What is counted is read in passing: each number is right, all together are not a point in time.
/// </summary>
internal static unsafe partial class NodeMetrics
{
    /// <summary>The names of the protocols, by number.</summary>
    public static ReadOnlySpan<byte> NameOf(int protocol) => protocol switch
    {
        ProtocolNumber.Cs => "cs"u8,
        ProtocolNumber.Resp => "resp"u8,
        ProtocolNumber.Http => "http"u8,
        _ => "unknown"u8,
    };

    /// <summary>Writes everything. Workers only.</summary>
    public static void Write(ByteBuilder body, Server server)
    {
        RunningNode node = RunningNode.Of(server);
        NodeTotals totals = NodeTotals.Read(server);
        Counters counters = totals.Counters;
        Family(body, "build_info"u8, "gauge"u8, "What this program was built from."u8);
        body.Add("epollsrv_build_info{version=\""u8);
        body.Add(NodeStatus.Version);
        body.Add("\",commit=\""u8);
        body.Add(NodeStatus.Commit);
        body.Add("\",architecture=\""u8);
        body.Add(NodeStatus.Architecture);
        body.Add("\"} 1\n"u8);

        WriteConnections(body, totals);
        WriteRequests(body, server);
        WriteLatencies(body, server);
        WriteThreads(body, server);
        Family(body, "queue_depth"u8, "gauge"u8, "Jobs that wait for a thread."u8);
        Labelled(body, "queue_depth"u8, "queue"u8, "jobs"u8, server.Queues.Short.Count);
        Labelled(body, "queue_depth"u8, "queue"u8, "long"u8, server.Queues.Long.Count);
        Labelled(body, "queue_depth"u8, "queue"u8, "background"u8, server.Queues.Background.Count);
        Counter(body, "wakeups_total"u8, "Times a thread woke a parked worker."u8, counters.Wakes);
        Counter(body, "parks_total"u8, "Times a worker found nothing to do and parked."u8, counters.Parks);
        Counter(body, "jobs_total"u8, "Jobs run: turns of connections, and others."u8, counters.Jobs);
        Counter(body, "long_jobs_total"u8, "Requests the event loop handed to a worker because they were long."u8, counters.LongJobs);
        Counter(body, "epoll_waits_total"u8, "Times epoll_wait returned."u8, counters.Waits);
        Counter(body, "epoll_events_total"u8, "Events it returned."u8, counters.Events);
        Counter(body, "received_bytes_total"u8, "Bytes received from clients."u8, counters.BytesIn);
        Counter(body, "sent_bytes_total"u8, "Bytes sent to clients."u8, counters.BytesOut);
        Counter(body, "output_blocked_total"u8, "Times a client's socket took less than there was to send."u8, counters.OutputBlocked);
        Counter(body, "protocol_errors_total"u8, "Requests that broke their protocol's rules."u8, counters.ProtocolErrors);
        Counter(body, "wrong_passwords_total"u8, "Wrong passwords."u8, totals.WrongPasswords + node.Resp.FailedLogins);
        Counter(body, "files_sent_total"u8, "Files or ranges of them sent or begun."u8, counters.FilesSent);
        Gauge(body, "buffer_bytes"u8, "Unsent and unfinished bytes of all clients."u8, server.Buffers.InUse);
        WriteStore(body, node.Store);
        Process(body, server);
        NodeReport.AddMetrics(node, body);
    }

    /// <summary>Begins a family of metrics with its help and type; the name is without its prefix.</summary>
    public static void Family(ByteBuilder body, ReadOnlySpan<byte> name, ReadOnlySpan<byte> type, ReadOnlySpan<byte> help)
    {
        body.Add("# HELP epollsrv_"u8);
        body.Add(name);
        body.Add((byte)' ');
        body.Add(help);
        body.Add("\n# TYPE epollsrv_"u8);
        body.Add(name);
        body.Add((byte)' ');
        body.Add(type);
        body.Add((byte)'\n');
    }

    /// <summary>Writes a counter without labels.</summary>
    public static void Counter(ByteBuilder body, ReadOnlySpan<byte> name, ReadOnlySpan<byte> help, long value)
    {
        Family(body, name, "counter"u8, help);
        Sample(body, name, value);
    }

    /// <summary>Writes a gauge without labels.</summary>
    public static void Gauge(ByteBuilder body, ReadOnlySpan<byte> name, ReadOnlySpan<byte> help, long value)
    {
        Family(body, name, "gauge"u8, help);
        Sample(body, name, value);
    }

    /// <summary>Writes one sample with one label.</summary>
    public static void Labelled(ByteBuilder body, ReadOnlySpan<byte> name, ReadOnlySpan<byte> label, ReadOnlySpan<byte> labelValue, long value)
    {
        Begin(body, name, label, labelValue);
        body.Add("} "u8);
        body.Add(value);
        body.Add((byte)'\n');
    }

    private static void Sample(ByteBuilder body, ReadOnlySpan<byte> name, long value)
    {
        body.Add("epollsrv_"u8);
        body.Add(name);
        body.Add((byte)' ');
        body.Add(value);
        body.Add((byte)'\n');
    }

    private static void Begin(ByteBuilder body, ReadOnlySpan<byte> name, ReadOnlySpan<byte> label, ReadOnlySpan<byte> value)
    {
        body.Add("epollsrv_"u8);
        body.Add(name);
        body.Add((byte)'{');
        body.Add(label);
        body.Add("=\""u8);
        body.Add(value);
        body.Add((byte)'"');
    }

    private static void WriteConnections(ByteBuilder body, in NodeTotals totals)
    {
        Family(body, "connections"u8, "gauge"u8, "Open connections."u8);
        for (int protocol = 0; protocol < ProtocolNumber.Count; protocol++)
        {
            Labelled(body, "connections"u8, "protocol"u8, NameOf(protocol), totals.Connections[protocol]);
        }

        Counters counters = totals.Counters;
        Counter(body, "connections_accepted_total"u8, "Connections accepted."u8, counters.Accepted);
        Counter(body, "connections_rejected_total"u8, "Connections refused because --max-clients was reached."u8, counters.Rejected);
        Counter(body, "accept_pauses_total"u8, "Times accepting paused for lack of descriptors or memory."u8, counters.AcceptPauses);
        Counter(body, "connections_closed_total"u8, "Connections closed."u8, counters.Closed);
        Family(body, "connections_failed_total"u8, "counter"u8, "Connections closed for this reason."u8);
        Labelled(body, "connections_failed_total"u8, "reason"u8, "reset"u8, counters.Resets);
        Labelled(body, "connections_failed_total"u8, "reason"u8, "aborted"u8, counters.Aborted);
        Labelled(body, "connections_failed_total"u8, "reason"u8, "timeout"u8, counters.TimedOut);
    }

    private static void WriteRequests(ByteBuilder body, Server server)
    {
        Family(body, "requests_total"u8, "counter"u8, "Requests answered, by protocol, command and result."u8);
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
            foreach (Turn turn in server.Turns)
            {
                CsThread thread = ProtocolContext.Part<CsThread>(turn, ProtocolNumber.Cs);
                done += thread.Counted(command, failed: false);
                failed += thread.Counted(command, failed: true);
            }

            Request(body, "cs"u8, name, "ok"u8, done);
            Request(body, "cs"u8, name, "error"u8, failed);
        }

        for (int number = 1; number < CommandTable.Count; number++)
        {
            long calls = 0;
            long failed = 0;
            long rejected = 0;
            foreach (Turn turn in server.Turns)
            {
                CommandStatistics* statistics = ProtocolContext.Part<RespThread>(turn, ProtocolNumber.Resp).Call.Statistics.Commands + number;
                calls += statistics->Calls;
                failed += statistics->Failed;
                rejected += statistics->Rejected;
            }

            ReadOnlySpan<byte> name = CommandTable.At(number)->Name;
            Request(body, "resp"u8, name, "ok"u8, Math.Max(0, calls - failed));
            Request(body, "resp"u8, name, "error"u8, failed);
            Request(body, "resp"u8, name, "rejected"u8, rejected);
        }

        for (HttpRoute route = 0; route < HttpRoute.Count; route++)
        {
            for (int status = 2; status <= 5; status++)
            {
                long count = 0;
                foreach (Turn turn in server.Turns)
                {
                    count += ProtocolContext.Part<HttpThread>(turn, ProtocolNumber.Http).Counted(route, status);
                }

                Request(body, "http"u8, NodeStatus.NameOf(route), status == 2 ? "2xx"u8 : status == 3 ? "3xx"u8 : status == 4 ? "4xx"u8 : "5xx"u8, count);
            }
        }
    }

    // What never happened is left out: there are some hundred commands.
    private static void Request(ByteBuilder body, ReadOnlySpan<byte> protocol, ReadOnlySpan<byte> command, ReadOnlySpan<byte> result, long count)
    {
        if (count > 0)
        {
            Begin(body, "requests_total"u8, "protocol"u8, protocol);
            body.Add(",command=\""u8);
            body.Add(command);
            body.Add("\",result=\""u8);
            body.Add(result);
            body.Add("\"} "u8);
            body.Add(count);
            body.Add((byte)'\n');
        }
    }
}

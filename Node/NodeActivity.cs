using System;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>The last ten minutes of a node, for the charts of the status page.</summary>
internal sealed unsafe class NodeActivity(Server server)
{
    private const int Columns = 13;

    private readonly ActivityRing _ring = new(server.StartedNanoseconds);
    private readonly long[] _latencies = new long[LatencyHistogram.Buckets];
    private NodeTotals _totals;
    private long _evicted;
    private long _wrongPasswords;
    private long _cpu = Clock.ProcessCpuTime();

    /// <summary>For <see cref="ServerOptions.Sample"/>. Event loop only; allocates nothing.</summary>
    public static void Sample(Server server, long now)
    {
        RunningNode node = RunningNode.Of(server);
        if (node.Activity._ring.IsDue(now))
        {
            ActivitySample sample = node.Activity.Take(node);
            node.Activity._ring.Add(now, sample);
        }
    }

    /// <summary>Writes /history.json: the intervals from a number on (docs/HTTP.md). Workers only.</summary>
    public static void Write(ByteBuilder body, Server server, long first)
    {
        ActivityRing ring = RunningNode.Of(server).Activity._ring;
        Span<ActivitySample> samples = stackalloc ActivitySample[ActivityRing.Capacity];
        samples = samples[..ring.Read(ref first, samples)];
        body.Add("{\"interval\":"u8);
        body.Add(ActivityRing.Interval / 1_000_000);
        body.Add(",\"first\":"u8);
        body.Add(first);
        body.Add(",\"end\":"u8);
        body.Add(first + samples.Length);
        for (int column = 0; column < Columns; column++)
        {
            body.Add(",\""u8);
            body.Add(NameOf(column));
            body.Add("\":["u8);
            for (int i = 0; i < samples.Length; i++)
            {
                body.Add(i == 0 ? default : ","u8);
                body.Add(ValueOf(column, samples[i]));
            }

            body.Add((byte)']');
        }

        body.Add("}\n"u8);
    }

    private static ReadOnlySpan<byte> NameOf(int column) => column switch
    {
        0 => "requests"u8,
        1 => "errors"u8,
        2 => "bytesIn"u8,
        3 => "bytesOut"u8,
        4 => "connections"u8,
        5 => "refused"u8,
        6 => "wrongPasswords"u8,
        7 => "keys"u8,
        8 => "evicted"u8,
        9 => "memory"u8,
        10 => "cpu"u8,
        11 => "p50"u8,
        _ => "p99"u8,
    };

    private static long ValueOf(int column, in ActivitySample sample) => column switch
    {
        0 => sample.Requests,
        1 => sample.Errors,
        2 => sample.BytesIn,
        3 => sample.BytesOut,
        4 => sample.Connections,
        5 => sample.Refused,
        6 => sample.WrongPasswords,
        7 => sample.Keys,
        8 => sample.Evicted,
        9 => sample.Memory,
        10 => sample.Cpu,
        11 => sample.Median,
        _ => sample.Percentile99,
    };

    // What was counted since the last call.
    private ActivitySample Take(RunningNode node)
    {
        NodeTotals before = _totals;
        _totals = NodeTotals.Count(server);
        StoreCounters store = node.Store.Counters;
        ActivitySample sample = new()
        {
            BytesIn = _totals.Counters.BytesIn - before.Counters.BytesIn,
            BytesOut = _totals.Counters.BytesOut - before.Counters.BytesOut,
            Memory = node.Store.UsedMemory,
            Requests = Clip(RequestsOf(_totals) - RequestsOf(before)),
            Errors = Clip(ErrorsOf(_totals) - ErrorsOf(before)),
            Refused = Clip(_totals.Counters.Rejected - before.Counters.Rejected),
            Connections = Clip(server.Connections.Open),
            Keys = Clip(store.Keys),
            Evicted = Clip(Since(ref _evicted, store.Evicted)),
            WrongPasswords = Clip(Since(ref _wrongPasswords, node.Common.Guard.Wrong)),
            Cpu = Clip(Since(ref _cpu, Clock.ProcessCpuTime()) / 1000),
        };
        TakeLatencies(ref sample);
        return sample;
    }

    private void TakeLatencies(ref ActivitySample sample)
    {
        Span<long> counts = stackalloc long[LatencyHistogram.Buckets];
        for (int bucket = 0; bucket < counts.Length; bucket++)
        {
            long count = 0;
            foreach (ThreadContext thread in server.Threads)
            {
                for (int protocol = 0; protocol < ThreadContext.MostProtocols; protocol++)
                {
                    count += thread.Latencies[protocol][bucket];
                }
            }

            counts[bucket] = Since(ref _latencies[bucket], count);
        }

        sample.Median = Clip(LatencyHistogram.Quantile(counts, 0.5));
        sample.Percentile99 = Clip(LatencyHistogram.Quantile(counts, 0.99));
    }

    private static long RequestsOf(in NodeTotals totals) => totals.Counters.Requests - totals.PageRequests;

    private static long ErrorsOf(in NodeTotals totals)
    {
        long sum = 0;
        for (int protocol = 0; protocol < ProtocolNumber.Count; protocol++)
        {
            sum += totals.Errors[protocol];
        }

        return sum;
    }

    private static long Since(ref long before, long now)
    {
        long difference = now - before;
        before = now;
        return difference;
    }

    // Threads count while they are read: a difference may be a little below 0.
    private static uint Clip(long value) => (uint)Math.Clamp(value, 0, uint.MaxValue);
}

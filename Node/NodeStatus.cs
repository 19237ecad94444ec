using System;
using System.Text;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Http;
using Epollsrv.Protocol.Memcached;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>/status.json: what the page at "/" shows, as JSON.</summary>
internal static unsafe class NodeStatus
{
    /// <summary>The program's version.</summary>
    public static readonly byte[] Version = Encoding.ASCII.GetBytes(BuildInfo.Version);

    /// <summary>The commit it was built from.</summary>
    public static readonly byte[] Commit = Encoding.ASCII.GetBytes(BuildInfo.Commit);

    /// <summary>The processor's architecture.</summary>
    public static readonly byte[] Architecture = Encoding.ASCII.GetBytes(BuildInfo.Architecture);

    /// <summary>A route's name in metrics.</summary>
    public static ReadOnlySpan<byte> NameOf(HttpRoute route) => route switch
    {
        HttpRoute.Server => "server"u8,
        HttpRoute.Page => "page"u8,
        HttpRoute.Status => "status"u8,
        HttpRoute.History => "history"u8,
        HttpRoute.Metrics => "metrics"u8,
        HttpRoute.Health => "healthz"u8,
        HttpRoute.Ready => "readyz"u8,
        HttpRoute.KeyValue => "kv"u8,
        HttpRoute.File => "file"u8,
        HttpRoute.Pieces => "pieces"u8,
        HttpRoute.Listing or HttpRoute.ListingWithoutSlash => "files"u8,
        _ => "none"u8,
    };

    /// <summary>Writes everything, and the shared files when they are asked for. Workers only.</summary>
    public static void Write(ByteBuilder body, Server server, long now, bool files)
    {
        RunningNode node = RunningNode.Of(server);
        NodeTotals totals = NodeTotals.Read(server);
        Counters counters = totals.Counters;
        StoreCounters store = node.Store.Counters;
        body.Add("{\"version\":"u8);
        body.AddJson(Version);
        body.Add(",\"commit\":"u8);
        body.AddJson(Commit);
        body.Add(",\"architecture\":"u8);
        body.AddJson(Architecture);
        body.Add(server.IsLeaving ? ",\"stopping\":true"u8 : ",\"stopping\":false"u8);
        Number(body, "now"u8, now);
        Number(body, "uptime"u8, (Clock.Monotonic() - server.StartedNanoseconds) / 1_000_000);
        Number(body, "maxClients"u8, server.Options.MaxClients);
        Number(body, "accepted"u8, counters.Accepted);
        Number(body, "refused"u8, counters.Rejected);
        Number(body, "reset"u8, counters.Resets);
        Number(body, "aborted"u8, counters.Aborted);
        Number(body, "timedOut"u8, counters.TimedOut);
        Number(body, "malformed"u8, counters.ProtocolErrors);
        Number(body, "wrongPasswords"u8, node.Common.Guard.Wrong);
        Number(body, "keys"u8, store.Keys);
        Number(body, "expiring"u8, store.ExpiringKeys);
        Number(body, "hits"u8, store.Hits);
        Number(body, "misses"u8, store.Misses);
        Number(body, "expired"u8, store.Expired);
        Number(body, "evicted"u8, store.Evicted);
        Number(body, "memory"u8, node.Store.UsedMemory);
        Number(body, "memoryLimit"u8, node.Store.MaxMemory);
        Number(body, "resident"u8, ProcessMemory.Resident());
        Number(body, "bytesIn"u8, counters.BytesIn);
        Number(body, "bytesOut"u8, counters.BytesOut);
        Number(body, "filesSent"u8, counters.FilesSent);
        Number(body, "queued"u8, server.Queues.Short.Count + server.Queues.Long.Count);
        Number(body, "wakeups"u8, counters.Wakes);
        body.Add(",\"connections\":{"u8);
        for (int protocol = ProtocolNumber.Cs; protocol < ProtocolNumber.Count; protocol++)
        {
            Member(body, protocol, totals.Connections[protocol]);
        }

        body.Add("},\"requests\":{"u8);
        for (int protocol = ProtocolNumber.Cs; protocol < ProtocolNumber.Count; protocol++)
        {
            Member(body, protocol, totals.RequestsOf(protocol));
        }

        body.Add("},\"errors\":{"u8);
        for (int protocol = ProtocolNumber.Cs; protocol < ProtocolNumber.Count; protocol++)
        {
            Member(body, protocol, totals.Errors[protocol]);
        }

        body.Add((byte)'}');
        WriteThreads(body, server);
        WritePartitions(body, node.Store);
        WriteMemcached(body, server);
        NodeReport.AddStatus(node, body);
        ReplicationReport.AddStatus(node, body);
        if (node.Persistence is not null)
        {
            DataReport.AddStatus(node, body);
        }

        if (files)
        {
            body.Add(",\"files\":"u8);
            _ = HttpListing.AddJson(node.Common.Files, body);
        }

        body.Add("}\n"u8);
    }

    // Keys by partition, all databases together.
    private static void WritePartitions(ByteBuilder body, KeyValueStore store)
    {
        body.Add(",\"partitions\":["u8);
        for (int partition = 0; partition < store.PartitionCount; partition++)
        {
            body.Add(partition == 0 ? default : ","u8);
            body.Add(StoreCounters.KeysOf(store, partition));
        }

        body.Add((byte)']');
    }

    // Only where somebody can speak it.
    private static void WriteMemcached(ByteBuilder body, Server server)
    {
        if (server.Options.FirstProtocols.AsSpan().IndexOf((byte)ProtocolNumber.Memcached) < 0)
        {
            return;
        }

        MemcachedCounters counters = MemcachedCommon.Sum(server);
        body.Add(",\"memcached\":{\"gets\":"u8);
        body.Add(counters.Gets);
        Number(body, "getHits"u8, counters.GetHits);
        Number(body, "sets"u8, counters.Sets);
        Number(body, "touches"u8, counters.Touches);
        Number(body, "deletes"u8, counters.DeleteHits + counters.DeleteMisses);
        Number(body, "arithmetic"u8,
            counters.IncrementHits + counters.IncrementMisses + counters.DecrementHits + counters.DecrementMisses);
        Number(body, "meta"u8, counters.Meta);
        Number(body, "flushes"u8, counters.Flushes);
        Number(body, "tooLarge"u8, counters.TooLarge);
        Number(body, "noMemory"u8, counters.NoMemory);
        body.Add((byte)'}');
    }

    private static void WriteThreads(ByteBuilder body, Server server)
    {
        body.Add(",\"cpu\":["u8);
        foreach (ThreadContext thread in server.Threads)
        {
            body.Add(thread.Index == 0 ? ""u8 : ","u8);
            body.Add(thread.ThreadNumber == 0 ? 0 : Math.Max(0, Clock.CpuTimeOf(thread.ThreadNumber)) / 1_000_000);
        }

        body.Add((byte)']');
    }

    private static void Number(ByteBuilder body, ReadOnlySpan<byte> name, long value)
    {
        body.Add(",\""u8);
        body.Add(name);
        body.Add("\":"u8);
        body.Add(value);
    }

    private static void Member(ByteBuilder body, int protocol, long value)
    {
        body.Add(protocol == ProtocolNumber.Cs ? "\""u8 : ",\""u8);
        body.Add(NodeMetrics.NameOf(protocol));
        body.Add("\":"u8);
        body.Add(value);
    }
}

using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Memcached;

/// <summary>What all memcached connections of a node share. Made before the threads start.</summary>
internal sealed unsafe class MemcachedCommon(ProtocolCommon common, MemcachedOptions options)
{
    private readonly LogLimit _lines = new(most: 1, nanoseconds: 10_000_000_000);
    private readonly Lock _lock = new();
    private MemcachedCounters _baseline;

    /// <summary>What the protocols share.</summary>
    public ProtocolCommon Common { get; } = common;

    /// <summary>What the protocol goes by.</summary>
    public MemcachedOptions Options { get; } = options;

    /// <summary>Monotonic nanoseconds when the node was made.</summary>
    public long Began { get; } = Clock.Monotonic();

    /// <summary>flush_all with a delay. Any thread.</summary>
    public MemcachedFlush Flush { get; } = new();

    /// <summary>stats detail. Any thread.</summary>
    public MemcachedPrefixes Prefixes { get; } = new();

    /// <summary>What all threads counted since the start, or since stats reset. Any thread.</summary>
    public MemcachedCounters Count(Server server)
    {
        MemcachedCounters total = Sum(server);
        lock (_lock)
        {
            MemcachedCounters baseline = _baseline;
            Add(&total, &baseline, -1);
        }

        return total;
    }

    /// <summary>stats reset: counts begin anew. Any thread.</summary>
    public void ResetCounts(Server server)
    {
        MemcachedCounters total = Sum(server);
        Prefixes.Reset();
        lock (_lock)
        {
            _baseline = total;
        }
    }

    /// <summary>What all threads counted since the start. Any thread.</summary>
    public static MemcachedCounters Sum(Server server)
    {
        MemcachedCounters total = default;
        foreach (ThreadContext thread in server.Threads)
        {
            Add(&total, ProtocolContext.Part<MemcachedThread>(thread, ProtocolNumber.Memcached).Counters, 1);
        }

        return total;
    }

    /// <summary>Says in the log that a client spoke the binary protocol: one line for all of ten seconds. Any thread.</summary>
    public void LogBinary(ThreadContext thread)
    {
        if (!_lines.Allows(thread.Started, out string addition))
        {
            return;
        }

        _ = thread.Connection->PeerAddress(out SocketAddress peer);
        thread.Server.Log(4, "memcached's binary protocol is not spoken here, only text and meta: closed a connection from "
            + (peer.Family == SocketAddress.FamilyUnix ? "a Unix-domain socket" : peer.Host()) + addition);
    }

    private static void Add(MemcachedCounters* total, MemcachedCounters* one, int sign)
    {
        for (int i = 0; i < sizeof(MemcachedCounters) / sizeof(long); i++)
        {
            ((long*)total)[i] += sign * ((long*)one)[i];
        }
    }
}

using System.Threading;

namespace Epollsrv.Protocol.Resp;

/// <summary>What RESP goes by. What may change while the server runs says so; the rest is set before.</summary>
internal sealed class RespOptions
{
    private long _maxRequest = 1L << 30;
    private long _maxSubscriberOutput = 32L << 20;
    private long _softSubscriberOutput;
    private long _softOutputSeconds;
    private long[] _replicaOutputLimits = [256 << 20, 64 << 20, 60];
    private long[] _percentiles = [50_000_000, 99_000_000, 99_900_000];
    private bool _tracksLatency = true;
    private bool _removesExpired = true;

    /// <summary>What replicas are fed by.</summary>
    public ReplicaOptions Replicas { get; } = new();

    /// <summary>Most arguments of a request (--max-arguments).</summary>
    public int MaxArguments { get; set; } = 1024 * 1024;

    /// <summary>Longest request, bytes (--max-request). May change. Any thread.</summary>
    public long MaxRequest
    {
        get => Volatile.Read(ref _maxRequest); // pairs with the set
        set => Volatile.Write(ref _maxRequest, value);
    }

    /// <summary>Unsent messages, bytes, after which a subscriber or monitor is closed (--max-subscriber-output). May change. Any
    /// thread.</summary>
    public long MaxSubscriberOutput
    {
        get => Volatile.Read(ref _maxSubscriberOutput); // pairs with the set
        set => Volatile.Write(ref _maxSubscriberOutput, value);
    }

    /// <summary>Unsent messages, bytes, that a subscriber or monitor may have for <see cref="SoftOutputSeconds"/> before it is closed; 0:
    /// no such limit. May change. Any thread.</summary>
    public long SoftSubscriberOutput
    {
        get => Volatile.Read(ref _softSubscriberOutput); // pairs with the set
        set => Volatile.Write(ref _softSubscriberOutput, value);
    }

    /// <summary>How long, in seconds, see <see cref="SoftSubscriberOutput"/>. May change. Any thread.</summary>
    public long SoftOutputSeconds
    {
        get => Volatile.Read(ref _softOutputSeconds); // pairs with the set
        set => Volatile.Write(ref _softOutputSeconds, value);
    }

    /// <summary>How many bytes a replica may be behind, how many for a time, and the seconds of that (0: no limit). Replaced whole. May
    /// change. Any thread.</summary>
    public long[] ReplicaOutputLimits
    {
        get => Volatile.Read(ref _replicaOutputLimits); // pairs with the set
        set => Volatile.Write(ref _replicaOutputLimits, value);
    }

    /// <summary>The keyspace notifications that were asked for (--notify-keyspace-events). Changed by
    /// <see cref="KeyEventSelection.Select"/>.</summary>
    public KeyEvents KeyEvents { get; set; }

    /// <summary>Who may use DEBUG (--enable-debug-command).</summary>
    public DebugAccess Debug { get; set; }

    /// <summary>Whether expired keys are removed in the background (DEBUG SET-ACTIVE-EXPIRE). May change. Any thread.</summary>
    public bool RemovesExpired
    {
        get => Volatile.Read(ref _removesExpired); // pairs with the set
        set => Volatile.Write(ref _removesExpired, value);
    }

    /// <summary>Whether latencies are counted (latency-tracking). May change. Any thread.</summary>
    public bool TracksLatency
    {
        get => Volatile.Read(ref _tracksLatency); // pairs with the set
        set => Volatile.Write(ref _tracksLatency, value);
    }

    /// <summary>The percentiles that INFO latencystats shows, in millionths. Replaced whole. May change. Any thread.</summary>
    public long[] Percentiles
    {
        get => Volatile.Read(ref _percentiles); // pairs with the set
        set => Volatile.Write(ref _percentiles, value);
    }
}

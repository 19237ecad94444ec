using System.Threading;

namespace Epollsrv.Protocol.Resp;

/// <content>What the server commands share.</content>
internal sealed unsafe partial class RespNode
{
    private bool _tracksLatency = true;
    private long[] _percentiles = [50_000_000, 99_000_000, 99_900_000];

    /// <summary>The commands that took long. Any thread.</summary>
    public SlowLog SlowLog { get; } = new();

    /// <summary>The parameters of CONFIG. Set by Node before the threads start.</summary>
    public ConfigTable? Config { get; set; }

    /// <summary>Sums over all threads. Any thread.</summary>
    public NodeStatistics Statistics { get; } = new();

    /// <summary>Whether latencies are counted (latency-tracking). Any thread.</summary>
    public bool TracksLatency
    {
        get => Volatile.Read(ref _tracksLatency); // pairs with the set
        set => Volatile.Write(ref _tracksLatency, value);
    }

    /// <summary>The percentiles INFO latencystats shows, in millionths. Replaced whole. Any thread.</summary>
    public long[] Percentiles
    {
        get => Volatile.Read(ref _percentiles); // pairs with the set
        set => Volatile.Write(ref _percentiles, value);
    }
}

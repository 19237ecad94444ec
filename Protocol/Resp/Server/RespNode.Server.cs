using System.Threading;

namespace Epollsrv.Protocol.Resp;

/// <content>What the server commands share.</content>
internal sealed unsafe partial class RespNode
{
    private bool _tracksLatency = true;
    private double[] _percentiles = [50, 99, 99.9];

    /// <summary>The commands that took long. Any thread.</summary>
    public SlowLog SlowLog { get; } = new();

    /// <summary>Sums over all threads. Any thread.</summary>
    public NodeStatistics Statistics { get; } = new();

    /// <summary>Whether latencies are counted (latency-tracking). Any thread.</summary>
    public bool TracksLatency
    {
        get => Volatile.Read(ref _tracksLatency); // pairs with the set
        set => Volatile.Write(ref _tracksLatency, value);
    }

    /// <summary>The percentiles INFO latencystats shows. Replaced whole. Any thread.</summary>
    public double[] Percentiles
    {
        get => Volatile.Read(ref _percentiles); // pairs with the set
        set => Volatile.Write(ref _percentiles, value);
    }
}

namespace Epollsrv.Node;

/// <summary>What a node did in one interval of <see cref="ActivityRing"/>, and how it stood at its end. Large counts end at the type's
/// limit.</summary>
internal struct ActivitySample
{
    /// <summary>Bytes received.</summary>
    public long BytesIn;

    /// <summary>Bytes sent.</summary>
    public long BytesOut;

    /// <summary>Bytes of keys and values at the end.</summary>
    public long Memory;

    /// <summary>Requests answered, without those of the status page itself.</summary>
    public uint Requests;

    /// <summary>As <see cref="NodeTotals.Errors"/>, all protocols together.</summary>
    public uint Errors;

    /// <summary>Keys removed to make room.</summary>
    public uint Evicted;

    /// <summary>Connections refused because the limit was reached.</summary>
    public uint Refused;

    /// <summary>Wrong passwords.</summary>
    public uint WrongPasswords;

    /// <summary>Open connections at the end.</summary>
    public uint Connections;

    /// <summary>Keys at the end.</summary>
    public uint Keys;

    /// <summary>CPU time of the process, microseconds.</summary>
    public uint Cpu;

    /// <summary>The time that half of the requests stayed below, nanoseconds; 0 without requests.</summary>
    public uint Median;

    /// <summary>The time that 99 % of them stayed below.</summary>
    public uint Percentile99;

    /// <summary>An interval after this one in which nothing happened.</summary>
    public readonly ActivitySample Quiet => new() { Memory = Memory, Connections = Connections, Keys = Keys };
}

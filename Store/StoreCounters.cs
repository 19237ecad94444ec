namespace Epollsrv.Store;

/// <summary>What a store has counted since it was made or its counters were reset.</summary>
public struct StoreCounters
{
    /// <summary>Keys now, expired ones that nobody has met yet included.</summary>
    public long Keys { get; set; }

    /// <summary>Keys now that have an expiry time.</summary>
    public long ExpiringKeys { get; set; }

    /// <summary>Look-ups for reading that found a key.</summary>
    public long Hits { get; set; }

    /// <summary>Look-ups for reading that found none.</summary>
    public long Misses { get; set; }

    /// <summary>Keys removed because their time had come.</summary>
    public long Expired { get; set; }

    /// <summary>Keys removed to make room.</summary>
    public long Evicted { get; set; }

    /// <summary>Changes of keys that somebody asked for, since the start.</summary>
    public long Changes { get; set; }
}

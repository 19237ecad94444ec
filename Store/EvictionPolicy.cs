namespace Epollsrv.Store;

/// <summary>Which keys make room when memory is at its maximum.</summary>
public enum EvictionPolicy
{
    /// <summary>None: writes that need memory are refused.</summary>
    NoEviction,

    /// <summary>The key used longest ago, approximately.</summary>
    AllKeysLru,

    /// <summary>The key used longest ago among those that expire.</summary>
    VolatileLru,

    /// <summary>The key that expires soonest.</summary>
    VolatileTtl,

    /// <summary>Any key.</summary>
    AllKeysRandom,

    /// <summary>Any key that expires.</summary>
    VolatileRandom,

    /// <summary>The key used least often, approximately. From here on entries'
    /// clocks count uses (<see cref="KeyValueStore.CountsUses"/>).</summary>
    AllKeysLfu,

    /// <summary>The key used least often among those that expire.</summary>
    VolatileLfu,
}

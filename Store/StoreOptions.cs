namespace Epollsrv.Store;

/// <summary>How a store is built. The seed must be random in production (getrandom).</summary>
public struct StoreOptions
{
    /// <summary>Makes the defaults: 16 partitions, no memory limit, no eviction, seed zero.</summary>
    public StoreOptions()
    {
    }

    /// <summary>Independently locked parts, a power of two from 1 to 64.</summary>
    public int Partitions { get; set; } = 16;

    /// <summary>Bytes the store may take from the kernel; 0: no limit.</summary>
    public long MaxMemory { get; set; }

    /// <summary>What to do at the limit.</summary>
    public EvictionPolicy Policy { get; set; }

    /// <summary>Low half of the hash seed.</summary>
    public ulong SeedLow { get; set; }

    /// <summary>High half of the hash seed.</summary>
    public ulong SeedHigh { get; set; }
}

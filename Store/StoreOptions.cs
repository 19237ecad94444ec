namespace Epollsrv.Store;

/// <summary>How a store is built. The seed must be random in production (getrandom).</summary>
public sealed class StoreOptions
{
    /// <summary>The most databases a store can have. Each one used takes
    /// some 200 KB of tables at the default number of partitions.</summary>
    public const int MostDatabases = 1024;

    /// <summary>Independently locked parts, a power of two from 1 to 64.</summary>
    public int Partitions { get; set; } = 16;

    /// <summary>Databases, from 1 to <see cref="MostDatabases"/>.</summary>
    public int Databases { get; set; } = 16;

    /// <summary>Bytes the store may take from the kernel; 0: no limit.</summary>
    public long MaxMemory { get; set; }

    /// <summary>What to do at the limit.</summary>
    public EvictionPolicy Policy { get; set; }

    /// <summary>Low half of the hash seed.</summary>
    public ulong SeedLow { get; set; }

    /// <summary>High half of the hash seed.</summary>
    public ulong SeedHigh { get; set; }
}

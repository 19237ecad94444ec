namespace Epollsrv.Store;

/// <summary>The entry that may best go, of the partitions looked at so far; the default value: none.</summary>
internal unsafe struct Victim
{
    /// <summary>Its partition.</summary>
    internal Partition* Partition;

    /// <summary>The entry, or null.</summary>
    internal Entry* Entry;

    /// <summary>The hash of its key.</summary>
    internal ulong Hash;

    /// <summary>The higher, the sooner it should go. Comparable among partitions, under one policy.</summary>
    internal ulong Score;
}

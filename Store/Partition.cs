using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollsrv.Store;

/// <summary>
/// One independently locked part of the store: index, records, counters. Lives in zeroed native memory, never moves, and
/// everything in it but <see cref="Lock"/> is touched only by the holder of that lock, except where counters are
/// read for reports.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe partial struct Partition
{
    private const int LockPadding = 128 - sizeof(int);

    /// <summary>The lock's word (see <see cref="PartitionLock"/>), alone on its cache lines.</summary>
    internal int Lock;
    private fixed byte _padding[LockPadding];

    /// <summary>Keys in the partition.</summary>
    internal long Count;

    /// <summary>Keys that expire.</summary>
    internal long ExpiringCount;

    /// <summary>Large blocks that lost their last reference under the lock, to be freed after it (linked by Next).</summary>
    internal LargeValue* Dead;

    /// <summary>A record that a write in progress still needs: never evicted, followed when it moves.</summary>
    internal Entry* Tracked;

    /// <summary>Lookups for reading that found their key.</summary>
    internal long Hits;

    /// <summary>Lookups for reading that did not.</summary>
    internal long Misses;

    /// <summary>Keys removed because their time had come.</summary>
    internal long Expired;

    /// <summary>Keys removed to make room.</summary>
    internal long Evicted;

    /// <summary>State of the partition's pseudo-random numbers, never zero.</summary>
    internal ulong RandomState;

    // All fields stand here: the order of fields in several parts of a struct would be undefined, and the array of
    // record classes must come last because it continues behind the structure (see StructureBytes).
    private KeyHash _hash;
    private MemoryBudget* _budget;
    private ulong _mask;
    private ulong _bucketCount;
    private long _bucketBytes;
    private long _committed;
    private long _granted;
    private WatchedKey* _watches;
    private int _watchCount;
    private int _watchCapacity;
    private int _silent;
    private ulong _searchBucket;
    private EvictionPool _pool;
    private fixed ulong _regionOrigins[Regions];
    private RecordClass _classes;

    /// <summary>Prepares a partition over zeroed memory.</summary>
    /// <returns>Whether the kernel gave memory for the first bucket.</returns>
    internal bool Initialize(KeyHash hash, MemoryBudget* budget, ulong randomState)
    {
        _hash = hash;
        _budget = budget;
        RandomState = randomState | 1;
        InitializeRecords();
        return InitializeBuckets();
    }

    /// <summary>Gives all memory back. Nobody may use the partition any more.</summary>
    internal void Unmap()
    {
        FreeWatches();
        UnmapRecords();
        UnmapBuckets();
    }

    /// <summary>The hash of an entry's key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong HashOf(Entry* entry) => _hash.Compute(entry->KeyPointer, entry->KeyLength);

    /// <summary>Remembers a large block to be freed once the lock is given back.</summary>
    internal void Bury(LargeValue* block)
    {
        if (LargeValue.Drop(block))
        {
            block->Next = Dead;
            Dead = block;
        }
    }
}

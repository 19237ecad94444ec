using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Epollsrv.Store;

/// <summary>
/// One independently locked part of a database: index and records. Lives in zeroed native memory, never moves, and
/// everything in it is touched only by the holder of its stripe's lock, except where counters are read for reports. What it holds may be exchanged
/// for what another one holds (<see cref="Exchange"/>).
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe partial struct Partition
{
    /// <summary>Keys in the partition.</summary>
    internal long Count;

    /// <summary>Keys that expire.</summary>
    internal long ExpiringCount;

    /// <summary>A record that a write in progress still needs: never evicted, followed when it moves.</summary>
    internal Entry* Tracked;

    /// <summary>The lock and what else the partitions of this number share.</summary>
    internal Stripe* Stripe;

    /// <summary>The number of the database it belongs to.</summary>
    internal int Database;

    /// <summary>State of the partition's pseudo-random numbers, never zero.</summary>
    internal ulong RandomState;

    // All fields stand here: the order of fields in several parts of a struct would be undefined, and the array of
    // record classes must come last because it continues behind the structure (see StructureBytes).
    private KeyHash _hash;
    private MemoryBudget* _budget;
    private StoreObservers* _observers;
    private int _number;
    private ulong _mask;
    private ulong _bucketCount;
    private long _bucketBytes;
    private long _committed;
    private ulong _searchBucket;
    private EvictionPool _pool;
    private fixed ulong _regionOrigins[Regions];
    private RecordClass _classes;

    /// <summary>Its number in its database.</summary>
    internal readonly int Number => _number;

    /// <summary>Prepares a partition over zeroed memory.</summary>
    /// <returns>Whether the kernel gave memory for the first bucket.</returns>
    internal bool Initialize(KeyHash hash, MemoryBudget* budget, StoreObservers* observers, Stripe* stripe, int number, ulong randomState)
    {
        Stripe = stripe;
        _hash = hash;
        _budget = budget;
        _observers = observers;
        _number = number;
        RandomState = randomState | 1;
        InitializeRecords();
        return InitializeBuckets();
    }

    /// <summary>Gives all memory back. Nobody may use the partition any more.</summary>
    internal void Unmap()
    {
        UnmapRecords();
        UnmapBuckets();
    }

    /// <summary>The hash of an entry's key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong HashOf(Entry* entry) => _hash.Compute(entry->KeyPointer, entry->KeyLength);

    /// <summary>To be called before the first byte of the chain of a hash changes: a snapshot in progress saves it as it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void BeginChange(ulong hash)
    {
        if ((Stripe->Observers & ObserverKinds.Snapshot) != 0)
        {
            ShowToSnapshot(BucketNumber(hash));
        }

#if DEBUG
        Stripe->HasUncommittedChange = true;
#endif
    }

    private void ShowToSnapshot(ulong bucket) => _observers->BeforeChange(_observers->SnapshotContext, _number, bucket);

    /// <summary>
    /// Exchanges all that two partitions of the same number hold. Both stripes' lock is held. Word by word, because who prefetches reads without the lock, and must
    /// find whole addresses: what they point to stays mapped.
    /// </summary>
    internal static void Exchange(Partition* first, Partition* second)
    {
        (first->Database, second->Database) = (second->Database, first->Database);
        ulong* one = (ulong*)first;
        ulong* other = (ulong*)second;
        for (long word = 0; word < StructureBytes / sizeof(ulong); word++)
        {
            ulong kept = one[word];
            Volatile.Write(ref one[word], other[word]);
            Volatile.Write(ref other[word], kept);
        }
    }

    /// <summary>Frees everything it holds. For a partition that no database has any more: no lock is needed.</summary>
    internal void Clear()
    {
        if (Count != 0)
        {
            ReleaseLargeBlocks();
        }

        long freed = ClearBuckets();
        for (int sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            Class(sizeClass)->Count = 0;
            freed += Class(sizeClass)->Trim(0);
        }

        Count = 0;
        ExpiringCount = 0;
        _searchBucket = 0;
        _pool = default;
        Uncharge(freed);
    }

    private void ReleaseLargeBlocks()
    {
        long records = 0;
        for (int sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            if (sizeClass == SizeClasses.OverflowBuckets)
            {
                continue;
            }

            RecordClass* all = Class(sizeClass);
            records += all->Count;
            for (long index = 0; index < all->Count; index++)
            {
                Entry* entry = (Entry*)all->At(index);
                if (entry->IsLarge)
                {
                    LargeValue.Release(entry->LargeBlock);
                }
            }
        }

        if (records != Count)
        {
            ReleaseLongRecords();
        }
    }

    // Records beyond all classes are blocks themselves.
    private void ReleaseLongRecords()
    {
        for (ulong number = 0; number < _bucketCount; number++)
        {
            for (Bucket* bucket = BucketAt(number); ; bucket = bucket->Overflow)
            {
                for (int slot = 0; slot < bucket->Count; slot++)
                {
                    Entry* entry = bucket->Address(slot);
                    if (SizeClasses.Of(entry->RecordSize) != SizeClasses.None)
                    {
                        continue;
                    }

                    if (entry->IsLarge)
                    {
                        LargeValue.Release(entry->LargeBlock);
                    }

                    LargeValue.Release((LargeValue*)((byte*)entry - LargeValue.HeaderSize));
                }

                if (!bucket->HasOverflow)
                {
                    break;
                }
            }
        }
    }
}

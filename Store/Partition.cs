using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Epollsrv.Store;

/// <summary>
/// One independently locked part of a database: index and records. Lives in zeroed native memory, never moves, and
/// everything in it is touched only by the holder of its stripe's lock, except where counters are read
/// for reports. What it holds may be exchanged for what another one holds (<see cref="Exchange"/>).
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Partition
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

    /// <summary>The number of the database to which what it holds belonged when the last snapshot began.</summary>
    internal int SnapshotDatabase;

    /// <summary>State of the partition's pseudo-random numbers, never zero.</summary>
    internal ulong RandomState;

    private KeyHash _hash;
    private SnapshotState* _snapshot;
    private int _number;

    /// <summary>What it has taken from the memory budget.</summary>
    internal MemoryAccount Account;

    /// <summary>The index.</summary>
    internal BucketArray Buckets;

    /// <summary>The search for keys to evict.</summary>
    internal VictimSearch Victims;

    /// <summary>How many of the buckets, from the first one on, a snapshot's walker has not seen yet: only they may be unsaved.</summary>
    internal ulong UnsavedBuckets;

    /// <summary>The records. The last field, because its array continues behind the structure.</summary>
    internal RecordTable Records;

    /// <summary>Bytes of a partition's structure, with the array of record classes behind it.</summary>
    internal static long StructureBytes => sizeof(Partition) + RecordTable.BytesBehind;

    /// <summary>Its number in its database.</summary>
    internal readonly int Number => _number;

    /// <summary>The parity of chains that are saved.</summary>
    internal readonly bool SnapshotParity => _snapshot->Parity;

    private Partition* Self => (Partition*)Unsafe.AsPointer(ref this);

    /// <summary>Prepares a partition over zeroed memory.</summary>
    /// <returns>Whether the kernel gave memory for the first bucket.</returns>
    internal bool Initialize(KeyHash hash, MemoryBudget* budget, SnapshotState* snapshot, Stripe* stripe, int number, ulong randomState)
    {
        Stripe = stripe;
        _hash = hash;
        _snapshot = snapshot;
        _number = number;
        RandomState = randomState | 1;
        Account.Budget = budget;
        return Buckets.Initialize(ref Account);
    }

    /// <summary>Gives all memory back. Nobody may use the partition any more.</summary>
    internal void Unmap()
    {
        Records.Unmap();
        Buckets.Unmap();
    }

    /// <summary>The block of a record beyond all classes (its key is that long), which lies right behind the block's header.</summary>
    internal static LargeValue* BlockOf(Entry* entry) => (LargeValue*)((byte*)entry - LargeValue.HeaderSize);

    /// <summary>The hash of an entry's key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong HashOf(Entry* entry) => _hash.Compute(entry->KeyPointer, entry->KeyLength);

    /// <summary>A bucket number chosen at random.</summary>
    internal ulong RandomBucket() => (ulong)(((UInt128)AccessClock.Next(ref RandomState) * Buckets.Count) >> 64);

    /// <summary>Finds an entry by its key, expired or not; null: there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Entry* Lookup(byte* key, int keyLength, ulong hash) => BucketChain.Lookup(Buckets.Of(hash), key, keyLength, hash);

    /// <summary>To be called before the first byte of the chain of a hash changes: a snapshot in progress saves it as it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void BeginChange(ulong hash)
    {
        SaveBeforeChange(hash);

#if DEBUG
        Stripe->HasUncommittedChange = true;
#endif
    }

    /// <summary>As <see cref="BeginChange"/>, before a change that may still fail, or moves a value elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SaveBeforeChange(ulong hash)
    {
        if ((Stripe->Observers & ObserverKinds.Snapshot) != 0)
        {
            ShowToSnapshot(Buckets.NumberOf(hash));
        }
    }

    /// <summary>To be called before entries move from one bucket to another, which changes no key.</summary>
    internal void BeginBucketChange(ulong bucket)
    {
        if ((Stripe->Observers & ObserverKinds.Snapshot) != 0)
        {
            ShowToSnapshot(bucket);
        }
    }

    /// <summary>Says that a partition without keys has nothing to save.</summary>
    internal void MarkSaved()
    {
        Buckets.At(0)->SnapshotParity = SnapshotParity;
        UnsavedBuckets = 0;
    }

    /// <summary>Says that all it holds is to be saved as a part of this database. All partitions are locked.</summary>
    /// <returns>False: there is nothing to save.</returns>
    internal bool MarkUnsaved(int database)
    {
        SnapshotDatabase = database;
        if (Count == 0 && Buckets.Count == 1)
        {
            MarkSaved();
            return false;
        }

        UnsavedBuckets = Buckets.Count;
        return true;
    }

    /// <summary>Adds a record that holds a key the partition does not have
    /// yet. When there is no memory for that, the record is freed.</summary>
    internal void Insert(Entry* entry, ulong hash)
    {
        BeginChange(hash);
        Bucket* head = Buckets.Of(hash);
        if (!BucketChain.TryAdd(Self, head, Bucket.TagOf(hash), entry))
        {
            FreeStorage(entry);
            throw new InsufficientMemoryException("cannot extend the store's index: the kernel has no address space left");
        }

        Count++;
        if (entry->HasExpiry)
        {
            head->MayExpire = true;
            ExpiringCount++;
        }

        BucketSplitting.GrowIfCrowded(Self);
    }

    /// <summary>Lets a new record take the place of an old one with the same key, whose own memory is freed.</summary>
    internal void Supersede(Entry* old, Entry* entry, ulong hash)
    {
        BeginChange(hash);
        BucketChain.Replace(Buckets.Of(hash), old, entry, hash);
        ExpiringCount += (entry->HasExpiry ? 1 : 0) - (old->HasExpiry ? 1 : 0);
        FreeStorage(old);
    }

    /// <summary>Removes an entry and frees what it held. Other entries may move.</summary>
    internal void Remove(Entry* entry, ulong hash)
    {
        BeginChange(hash);
        BucketChain.Remove(Self, entry, hash);
        Count--;
        if (entry->HasExpiry)
        {
            ExpiringCount--;
        }

        if (entry->IsLarge)
        {
            Stripe->DeferFree(entry->LargeBlock);
        }

        FreeStorage(entry);
        BucketSplitting.ShrinkIfSparse(Self);
    }

    /// <summary>Marks the chain of a hash as one that may hold an expiring entry.</summary>
    internal void NoteExpiring(ulong hash) => Buckets.Of(hash)->MayExpire = true;

    /// <summary>Frees a record that is not in the index any more. Another record of the class may move into its place.</summary>
    internal void FreeRecord(byte* record, int sizeClass)
    {
        RecordClass* records = Records.Class(sizeClass);
        byte* last = records->At(--records->Count);
        if (last != record)
        {
            Buffer.MemoryCopy(last, record, records->Size, records->Size);
            if (sizeClass == SizeClasses.OverflowBuckets)
            {
                BucketChain.ReplaceOverflow(Self, (Bucket*)last, (Bucket*)record);
            }
            else
            {
                Entry* moved = (Entry*)record;
                ulong hash = HashOf(moved);
                BucketChain.Replace(Buckets.Of(hash), (Entry*)last, moved, hash);
                if (Tracked == last)
                {
                    Tracked = moved;
                }
            }
        }

        Records.TrimAfterFree(records, ref Account);
    }

    /// <summary>Gives back every whole page that holds nothing. For when memory is short.</summary>
    /// <returns>Bytes given back.</returns>
    internal long Trim()
    {
        long freed = Buckets.Trim(Native.Memory.PageSize - 1) + Records.Trim();
        Account.Return(freed);
        return freed;
    }

    /// <summary>
    /// Exchanges all that two partitions of the same number hold. Both stripes' lock is held. Word by word, because
    /// who prefetches reads without the lock, and must find whole addresses: what they point to stays mapped.
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
            PartitionClearing.ReleaseLargeValues(Self);
        }

        long freed = Buckets.Clear() + Records.Clear();
        Count = 0;
        ExpiringCount = 0;
        Victims = default;
        UnsavedBuckets = 0;
        Account.Return(freed);
    }

    private void FreeStorage(Entry* entry)
    {
        int sizeClass = SizeClasses.Of(entry->RecordSize);
        if (sizeClass == SizeClasses.None)
        {
            Stripe->DeferFree(BlockOf(entry));
            return;
        }

        FreeRecord((byte*)entry, sizeClass);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ShowToSnapshot(ulong bucket) => _snapshot->BeforeChange(Self, Buckets.At(bucket));
}

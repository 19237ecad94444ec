using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Store;

/// <summary>
/// All keys of a store at one point in time, without a copy of the store: each chain of entries is saved by a walker that goes through the
/// table, or by whoever is about to change it. One at a time in a store: <see cref="TryBegin"/>, then <see cref="SaveSome"/>
/// until it no longer says <see cref="SnapshotProgress.More"/>, then <see cref="End"/>; these calls by one thread at a time.
/// </summary>
public sealed unsafe class StoreSnapshot(KeyValueStore store)
{
    // What is saved while a lock is held, beside the last chain: some tens of microseconds.
    private const long BytesPerLock = 16 * 1024;

    // What it costs to read the control byte of one bucket after the other.
    private const long BucketCost = 16;

    private readonly SnapshotState* _state = store.Snapshot;
    private readonly DatabaseCounters[] _counters = new DatabaseCounters[store.DatabaseCount];
    private long _longestHold;
    private int _database;
    private int _partition;

    /// <summary>The longest time that <see cref="SaveSome"/> has held a lock since the snapshot
    /// began, nanoseconds of its thread's CPU time. Any thread.</summary>
    public long LongestHold => Volatile.Read(ref _longestHold); // written by SaveSome

    /// <summary>Whether the snapshot in progress was aborted. Any thread.</summary>
    public bool IsAborted => _state->Phase == SnapshotPhase.Aborted;

    /// <summary>What a database held when the snapshot began: as many keys as the consumer gets of it. The snapshot's thread.</summary>
    public DatabaseCounters CountersOf(int database) => _counters[database];

    /// <summary>
    /// Begins a snapshot of the store as it is now. From now on, until <see cref="SaveSome"/> has said that it is over, the consumer is
    /// called by any thread that changes the store.
    /// </summary>
    /// <param name="access">Has locked all partitions.</param>
    /// <param name="consumer">Who gets the entries.</param>
    /// <param name="context">Its context.</param>
    /// <returns>False: a snapshot was begun and has not ended.</returns>
    /// <exception cref="InvalidOperationException">Not all partitions are locked.</exception>
    public bool TryBegin(StoreAccess access, SnapshotConsumer consumer, object context)
    {
        if (access.LockedPartitions != store.AllPartitions)
        {
            throw new InvalidOperationException("a snapshot can only begin while all partitions are locked");
        }

        if (_state->Phase != SnapshotPhase.None)
        {
            return false;
        }

        store.Databases.FlipSnapshotParity();
        for (int database = 0; database < store.DatabaseCount; database++)
        {
            _counters[database] = store.CountersOf(database);
            byte* tables = store.Databases.Base(database);
            for (int index = 0; tables != null && index < store.PartitionCount; index++)
            {
                _state->PartitionsLeft += store.Databases.At(tables, index)->MarkUnsaved(database) ? 1 : 0;
            }
        }

        Volatile.Write(ref _longestHold, 0); // pairs with LongestHold
        _database = 0;
        _partition = -1;
        _state->Consumer = consumer;
        _state->Context = GCHandle.ToIntPtr(GCHandle.Alloc(context));
        _state->Phase = SnapshotPhase.Saving;
        store.Observe(ObserverKinds.Snapshot, true);
        return true;
    }

    /// <summary>
    /// Saves some chains that nobody has changed. Holds one partition's lock at a time, for about 16 KB of keys and values and at
    /// least one chain, and goes on to another partition after that. After an abort it makes the store ready for the next
    /// snapshot instead, which is a few nanoseconds for six keys.
    /// </summary>
    /// <param name="access">Nothing is locked, or everything. Nobody else uses it meanwhile.</param>
    /// <param name="budgetBytes">About how many bytes to save before it returns; at least one lock is taken.</param>
    /// <exception cref="InvalidOperationException">No snapshot was begun.</exception>
    public SnapshotProgress SaveSome(StoreAccess access, long budgetBytes)
    {
        if (_state->Phase == SnapshotPhase.None)
        {
            throw new InvalidOperationException("no snapshot was begun");
        }

        int selected = access.Database;
        long saved = 0;
        do
        {
            if (!TryFindUnsaved())
            {
                break;
            }

            _ = access.TrySelect(_database);
            access.LockPartition(_partition);
            long start = Clock.ThreadCpuTime();
            saved += Walk(access.Current, Math.Min(BytesPerLock, budgetBytes - saved));
            long held = Clock.ThreadCpuTime() - start;
            access.Unlock();
            if (held > _longestHold)
            {
                Volatile.Write(ref _longestHold, held); // pairs with LongestHold
            }
        }
        while (saved < budgetBytes);

        _ = access.TrySelect(selected);
        return Volatile.Read(ref _state->PartitionsLeft) != 0 ? SnapshotProgress.More // changed by a flush too
            : IsAborted ? SnapshotProgress.Aborted : SnapshotProgress.Saved;
    }

    /// <summary>
    /// Makes the snapshot useless: whoever gets it cannot go on. Chains are not saved any more, but a call of the consumer may be in
    /// progress, and ends. <see cref="SaveSome"/> is to be called as before. Any thread, whatever it holds, also the consumer.
    /// </summary>
    public void Abort() => _state->Abort();

    /// <summary>Ends a snapshot that is saved or aborted: the consumer is not called any more, nor in a call. Locks nothing.</summary>
    /// <exception cref="InvalidOperationException"><see cref="SaveSome"/> has more to do, or no snapshot was begun.</exception>
    public void End()
    {
        if (_state->Phase == SnapshotPhase.None || Volatile.Read(ref _state->PartitionsLeft) != 0) // changed by a flush too
        {
            throw new InvalidOperationException("a snapshot can only end after it was saved or aborted");
        }

        // Every chain has the present parity: nobody reads the consumer any more.
        store.Observe(ObserverKinds.Snapshot, false);
        GCHandle.FromIntPtr(_state->Context).Free();
        _state->Context = 0;
        _state->Phase = SnapshotPhase.None;
    }

    // Goes on to the next partition of the database, or the next database, with buckets that may have to be saved. Read without the
    // locks: a swap may move them on, to where the next search finds them.
    private bool TryFindUnsaved()
    {
        if (Volatile.Read(ref _state->PartitionsLeft) == 0) // changed by a flush too
        {
            return false;
        }

        for (int count = 0; count < store.DatabaseCount; count++)
        {
            byte* tables = store.Databases.Base(_database);
            for (int step = 0; tables != null && step < store.PartitionCount; step++)
            {
                _partition = (_partition + 1) & (store.PartitionCount - 1);
                if (Volatile.Read(ref store.Databases.At(tables, _partition)->UnsavedBuckets) != 0) // changed by a swap too
                {
                    return true;
                }
            }

            _database = (_database + 1) % store.DatabaseCount;
        }

        return false;
    }

    // From the last bucket down, under the partition's lock.
    private long Walk(Partition* partition, long budget)
    {
        bool parity = _state->Parity;
        long cost = 0;
        ulong left = Math.Min(partition->UnsavedBuckets, partition->Buckets.Count);
        while (left != 0 && cost < budget)
        {
            left--;
            cost += BucketCost;
            Bucket* head = partition->Buckets.At(left);
            if (head->SnapshotParity == parity)
            {
                continue;
            }

            if (_state->Phase != SnapshotPhase.Saving)
            {
                head->SnapshotParity = parity;
                continue;
            }

            if (left != 0)
            {
                PrefetchRecords(partition->Buckets.At(left - 1));
            }

            cost += _state->Save(partition, head, isBeforeChange: false);
        }

        if (partition->UnsavedBuckets != 0 && left == 0)
        {
            Volatile.Write(ref _state->PartitionsLeft, _state->PartitionsLeft - 1); // pairs with End
        }

        partition->UnsavedBuckets = left;
        return cost;
    }

    // The chain that comes next: its records are fetched while this one's are copied.
    private static void PrefetchRecords(Bucket* bucket)
    {
        for (int slot = 0; Sse.IsSupported && slot < bucket->Count; slot++)
        {
            Sse.Prefetch0(bucket->Address(slot));
        }
    }
}

using System;

namespace Epollsrv.Store;

// Going through all keys, and watching some.
public sealed unsafe partial class StoreAccess
{
    private const int MostEntriesPerLock = 64;
    private const int MostBucketsPerLock = 256;
    private const int RandomAttempts = 100;

    /// <summary>
    /// Shows some entries, about <paramref name="atLeast"/> or 64 if that is less (the bound on how long the lock is held), and
    /// returns where to go on; 0 starts and 0 means that all have been shown. What is in the store during the whole
    /// scan is shown exactly once, what comes or goes meanwhile at most once per life. The callback runs under the
    /// partition's lock and must not write to the store. Enters and leaves by itself.
    /// </summary>
    public ulong Scan(ulong cursor, int atLeast, delegate*<void*, Entry*, void> visit, void* state)
    {
        if (!ScanCursor.TryRead(cursor, Store.PartitionCount, out int index, out ulong position))
        {
            return 0;
        }

        int wanted = Math.Clamp(atLeast, 1, MostEntriesPerLock);
        EnterPartition(index);
        Partition* partition = _current;
        int seen = 0;
        for (int buckets = 0; buckets < MostBucketsPerLock && seen < wanted && position < ScanCursor.End; buckets++)
        {
            seen += PartitionScan.Visit(partition, position, _now, visit, state);
            position = PartitionScan.End(partition, position);
        }

        Leave();
        return ScanCursor.Make(index, position, Store.PartitionCount);
    }

    /// <summary>
    /// Chooses a key at random (nearly evenly) and enters its partition; the caller leaves it.
    /// </summary>
    /// <returns>An entry, or null when the store is empty; then nothing is entered.</returns>
    public Entry* EnterRandomKey()
    {
        for (int attempt = 0; attempt < RandomAttempts; attempt++)
        {
            int index = RandomPartition();
            if (index < 0)
            {
                return null;
            }

            EnterPartition(index);
            Entry* entry = PartitionScan.ChooseRandom(_current, _now);
            if (entry != null)
            {
                return entry;
            }

            Leave();
        }

        // Nearly everything has expired: take whatever is left.
        for (int index = 0; index < Store.PartitionCount; index++)
        {
            EnterPartition(index);
            for (ulong number = 0; number < _current->Buckets.Count; number++)
            {
                Entry* entry = BucketChain.FirstAlive(_current->Buckets.At(number), 0, _now);
                if (entry != null)
                {
                    return entry;
                }
            }

            Leave();
        }

        return null;
    }

    /// <summary>Raises <paramref name="dirty"/> (writes 1) when the key, of this database and in the partition entered, changes, expires or is evicted. The flag
    /// is 4-byte aligned native memory that stays valid until <see cref="Unwatch"/>.</summary>
    public void Watch(byte* key, int keyLength, ulong hash, int* dirty)
    {
        // A key that has expired already is not there; its removal later must not count as a change.
        RemoveExpired(key, keyLength, hash);
        _stripe->Watches.Add(Database, key, keyLength, hash, dirty);
        _stripe->Observe(ObserverKinds.Watches, true);
    }

    /// <summary>Removes all watches with this flag, of whatever databases, in a set of partitions. Locks one after the other those not held.</summary>
    public void Unwatch(int* dirty, ulong partitionMask)
    {
        for (int index = 0; index < Store.PartitionCount; index++)
        {
            if (((partitionMask >> index) & 1) != 0)
            {
                EnterPartition(index);
                _stripe->Watches.Remove(dirty);
                if (_stripe->Watches.Count == 0)
                {
                    _stripe->Observe(ObserverKinds.Watches, false);
                }

                Leave();
            }
        }
    }

    /// <summary>
    /// Whether a watched key has changed, one whose time has come since included. For EXEC, with the partitions of the mask held.
    /// </summary>
    public bool IsDirty(int* dirty, ulong partitionMask)
    {
        for (int index = 0; index < Store.PartitionCount; index++)
        {
            if (((partitionMask >> index) & 1) == 0)
            {
                continue;
            }

            EnterPartition(index);
            for (WatchedKey* watched = _stripe->Watches.Next(dirty, null); watched != null; watched = _stripe->Watches.Next(dirty, watched))
            {
                _current = Store.Databases.At(watched->Database, index);
                RemoveExpired(WatchedKey.Key(watched), watched->KeyLength, watched->Hash);
            }

            Leave();
        }

        return System.Threading.Volatile.Read(ref *dirty) != 0; // Pairs with WatchTable.Mark.
    }

    // Also while clients are paused: for who watches a key it is gone when its time has come, and not a second time later.
    private void RemoveExpired(byte* key, int keyLength, ulong hash)
    {
        Entry* entry = _current->Lookup(key, keyLength, hash);
        if (entry != null && Mode == AccessMode.Normal && entry->IsExpired(_now))
        {
            Expire(entry, hash);
        }
    }

    private int RandomPartition()
    {
        long total = 0;
        for (int index = 0; index < Store.PartitionCount; index++)
        {
            total += PartitionAt(index)->Count;
        }

        if (total <= 0)
        {
            return -1;
        }

        long place = (long)(AccessClock.Next(ref _random) % (ulong)total);
        for (int index = 0; index < Store.PartitionCount; index++)
        {
            place -= PartitionAt(index)->Count;
            if (place < 0)
            {
                return index;
            }
        }

        return Store.PartitionCount - 1;
    }
}

using System;

namespace Epollsrv.Store;

/// <summary>Goes through all keys of the database that an access has selected, or chooses one at random.</summary>
public static unsafe class KeyScan
{
    private const int MostEntriesPerLock = 64;
    private const int MostBucketsPerLock = 256;
    private const int RandomAttempts = 100;

    /// <summary>
    /// Shows some entries, about <paramref name="atLeast"/> or 64 if that is less (the bound on how long the lock is held), and
    /// returns where to go on; 0 starts and 0 means that all have been shown. What is in the store during the whole
    /// scan is shown exactly once, what comes or goes meanwhile at most once per life. The callback runs under the
    /// partition's lock and must not write to the store. Locks and unlocks by itself.
    /// </summary>
    public static ulong Next(StoreAccess access, ulong cursor, int atLeast, delegate*<void*, Entry*, void> visit, void* state)
    {
        if (!ScanCursor.TryRead(cursor, access.Store.PartitionCount, out int index, out ulong position))
        {
            return 0;
        }

        int wanted = Math.Clamp(atLeast, 1, MostEntriesPerLock);
        access.LockPartition(index);
        Partition* partition = access.Current;
        int seen = 0;
        for (int buckets = 0; buckets < MostBucketsPerLock && seen < wanted && position < ScanCursor.End; buckets++)
        {
            seen += PartitionScan.Visit(partition, position, access.Now, visit, state);
            position = PartitionScan.End(partition, position);
        }

        // While it is locked: whatever was seen has its position by now.
        access.ObserveAll();
        access.Unlock();
        return ScanCursor.Make(index, position, access.Store.PartitionCount);
    }

    /// <summary>
    /// Chooses a key at random (nearly evenly) and locks its partition; the caller unlocks it.
    /// </summary>
    /// <returns>An entry, or null when the store is empty; then nothing is locked. Whoever shows either has to observe it.</returns>
    public static Entry* LockRandom(StoreAccess access)
    {
        for (int attempt = 0; attempt < RandomAttempts; attempt++)
        {
            int index = RandomPartition(access);
            if (index < 0)
            {
                return null;
            }

            access.LockPartition(index);
            Entry* entry = PartitionScan.ChooseRandom(access.Current, access.Now);
            if (entry != null)
            {
                return entry;
            }

            access.Unlock();
        }

        // Nearly everything has expired: take whatever is left.
        for (int index = 0; index < access.Store.PartitionCount; index++)
        {
            access.LockPartition(index);
            for (ulong number = 0; number < access.Current->Buckets.Count; number++)
            {
                Entry* entry = BucketChain.FirstAlive(access.Current->Buckets.At(number), 0, access.Now);
                if (entry != null)
                {
                    return entry;
                }
            }

            access.Unlock();
        }

        return null;
    }

    /// <summary>
    /// To be called by whoever has counted keys without locks and shows the number:
    /// the present request waits for every change that the count may have in it.
    /// </summary>
    public static void ObserveCounts(StoreAccess access)
    {
        if (access.Store.Positions == null)
        {
            return;
        }

        // A change is counted before it has its position, and has it before its partition is unlocked.
        for (int index = 0; index < access.Store.PartitionCount; index++)
        {
            access.LockPartition(index);
            access.Unlock();
        }

        access.ObserveAll();
    }

    private static int RandomPartition(StoreAccess access)
    {
        long total = 0;
        for (int index = 0; index < access.Store.PartitionCount; index++)
        {
            total += access.PartitionAt(index)->Count;
        }

        if (total <= 0)
        {
            return -1;
        }

        long place = (long)(AccessClock.Next(ref access.RandomState) % (ulong)total);
        for (int index = 0; index < access.Store.PartitionCount; index++)
        {
            place -= access.PartitionAt(index)->Count;
            if (place < 0)
            {
                return index;
            }
        }

        return access.Store.PartitionCount - 1;
    }
}

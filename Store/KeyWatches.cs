using System.Threading;

namespace Epollsrv.Store;

/// <summary>Watches keys for WATCH and EXEC, by a flag that is raised when one of them changes.</summary>
public static unsafe class KeyWatches
{
    /// <summary>Raises <paramref name="dirty"/> (writes 1) when the key, of this database and in the present partition, changes,
    /// expires or is evicted. The flag is 4-byte aligned native memory that stays valid until <see cref="Remove"/>.</summary>
    public static void Add(StoreAccess access, byte* key, int keyLength, ulong hash, int* dirty)
    {
        // A key that has expired already is not there; its removal later must not count as a change.
        RemoveExpired(access, key, keyLength, hash);
        access.Stripe->Watches.Add(access.Database, key, keyLength, hash, dirty);
        access.Stripe->Observe(ObserverKinds.Watches, true);
    }

    /// <summary>Removes all watches with this flag, of whatever databases, in a
    /// set of partitions. Locks one after the other those not held.</summary>
    public static void Remove(StoreAccess access, int* dirty, ulong partitionMask)
    {
        for (int index = 0; index < access.Store.PartitionCount; index++)
        {
            if (((partitionMask >> index) & 1) != 0)
            {
                access.LockPartition(index);
                access.Stripe->Watches.Remove(dirty);
                if (access.Stripe->Watches.Count == 0)
                {
                    access.Stripe->Observe(ObserverKinds.Watches, false);
                }

                access.Unlock();
            }
        }
    }

    /// <summary>
    /// Whether a watched key has changed, one whose time has come since included. For EXEC, with the partitions of the mask held.
    /// </summary>
    public static bool IsDirty(StoreAccess access, int* dirty, ulong partitionMask)
    {
        for (int index = 0; index < access.Store.PartitionCount; index++)
        {
            if (((partitionMask >> index) & 1) == 0)
            {
                continue;
            }

            access.LockPartition(index);
            for (WatchedKey* watched = access.Stripe->Watches.Next(dirty, null); watched != null; watched =
                access.Stripe->Watches.Next(dirty, watched))
            {
                access.Current = access.Store.Databases.At(watched->Database, index);
                RemoveExpired(access, WatchedKey.Key(watched), watched->KeyLength, watched->Hash);
            }

            access.Unlock();
        }

        // Which key it was is not known, and a transaction that is not run tells that one has changed.
        access.ObserveAll();
        return Volatile.Read(ref *dirty) != 0; // Pairs with WatchTable.Mark.
    }

    // Also while clients are paused: for who watches a key it is gone when its time has come, and not a second time later.
    private static void RemoveExpired(StoreAccess access, byte* key, int keyLength, ulong hash)
    {
        Entry* entry = access.Current->Lookup(key, keyLength, hash);
        if (entry != null && access.Mode == AccessMode.Normal && entry->IsExpired(access.Now))
        {
            access.Keys.Expire(entry, hash);
        }
    }
}

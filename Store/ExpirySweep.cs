using System;

namespace Epollsrv.Store;

/// <summary>Removes expired keys in the background: goes through all databases, some buckets in each step. One thread at a time.</summary>
public sealed unsafe class ExpirySweep
{
    // Reading a bucket in sequence is about 4 ns; looking into one whose entries may expire about 64 times that.
    private const int StepsPerExpiringBucket = 64;
    private const int StepsPerLock = 2048;

    // Partitions are counted through all databases.
    private int _partition;

    // Buckets still to be looked at, from the last one down: removing keys joins the last bucket with a lower one, so
    // what has been seen moves to where the sweep has yet to come, and not the other way round.
    private ulong _buckets = ulong.MaxValue;

    /// <summary>
    /// Looks for expired keys from where the last call stopped and removes them, by the access's time. Passes over partitions
    /// without expiring keys and reads only one byte of a bucket without. Holds a lock for about 10 µs at a time. Nothing may
    /// be locked; database 0 is selected afterwards.
    /// </summary>
    /// <param name="access">Nobody else uses it meanwhile; nothing is locked.</param>
    /// <param name="steps">How much work to do: a step is about 4 ns.</param>
    public SweepResult Step(StoreAccess access, int steps)
    {
        SweepResult result = default;
        while (steps > 0)
        {
            int database = _partition / access.Store.PartitionCount;
            int index = _partition % access.Store.PartitionCount;
            if (database >= access.Store.DatabaseCount)
            {
                _partition = 0;
                result.PassEnded = true;
                break;
            }

            if (access.Store.Databases.Base(database) == null)
            {
                _partition += access.Store.PartitionCount;
                steps--;
                continue;
            }

            // Read without the lock: a key that gains an expiry time at this moment is met in the next pass.
            if (_buckets == ulong.MaxValue && access.Store.Databases.At(database, index)->ExpiringCount == 0)
            {
                _partition++;
                steps--;
                continue;
            }

            _ = access.TrySelect(database);
            access.LockPartition(index);
            steps -= Sweep(access, Math.Min(steps, StepsPerLock), ref result);
            if (_buckets == 0)
            {
                _buckets = ulong.MaxValue;
                _partition++;
            }

            access.Unlock();
        }

        access.SelectFirst();
        return result;
    }

    private int Sweep(StoreAccess access, int steps, ref SweepResult result)
    {
        Partition* partition = access.Current;
        int done = 0;
        while (done < steps)
        {
            _buckets = Math.Min(_buckets, partition->Buckets.Count);
            if (_buckets == 0)
            {
                break;
            }

            done++;
            Bucket* bucket = partition->Buckets.At(_buckets - 1);
            if (bucket->MayExpire)
            {
                done += StepsPerExpiringBucket;
                if (ExpireFirst(access, bucket, ref result))
                {
                    // Removing moves entries: look at the same bucket again.
                    continue;
                }
            }

            _buckets--;
        }

        return Math.Max(1, done);
    }

    private static bool ExpireFirst(StoreAccess access, Bucket* head, ref SweepResult result)
    {
        bool expiring = false;
        for (Bucket* bucket = head; ; bucket = bucket->Overflow)
        {
            for (int slot = 0; slot < bucket->Count; slot++)
            {
                Entry* entry = bucket->Address(slot);
                if (entry->IsExpired(access.Now))
                {
                    result.Removed++;
                    access.Keys.Expire(entry, access.Current->HashOf(entry));
                    return true;
                }

                expiring |= entry->HasExpiry;
            }

            if (!bucket->HasOverflow)
            {
                break;
            }
        }

        // The hint is only ever cleared here, where it was seen to be wrong.
        head->MayExpire = expiring;
        return false;
    }
}

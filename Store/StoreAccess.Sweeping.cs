using System;

namespace Epollsrv.Store;

// Removing expired keys in the background.
public sealed unsafe partial class StoreAccess
{
    // Reading a bucket in sequence is about 4 ns; looking into one whose entries may expire about 64 times that.
    private const int StepsPerExpiringBucket = 64;
    private const int StepsPerLock = 2048;

    // Partitions are counted through all databases.
    private int _sweepPartition;

    // Buckets still to be looked at, from the last one down: removing keys joins the last bucket with a lower one, so
    // what has been seen moves to where the sweep has yet to come, and not the other way round.
    private ulong _sweepBuckets = ulong.MaxValue;

    /// <summary>Where <see cref="ExpireStep"/> goes on: may be handed on to another thread's access.</summary>
    public SweepPosition SweepPosition
    {
        get => new() { Partition = _sweepPartition, BucketsAndOne = _sweepBuckets + 1 };
        set
        {
            _sweepPartition = value.Partition;
            _sweepBuckets = value.BucketsAndOne - 1;
        }
    }

    /// <summary>
    /// Looks for expired keys from where the last call stopped and removes them, by <see cref="Now"/>. Passes over partitions
    /// without expiring keys and reads only one byte of a bucket without. Holds a lock for about 10 µs at a time. Nothing may
    /// be entered; database 0 is selected afterwards.
    /// </summary>
    /// <param name="steps">How much work to do: a step is about 4 ns.</param>
    public SweepResult ExpireStep(int steps)
    {
        SweepResult result = default;
        while (steps > 0)
        {
            int database = _sweepPartition / Store.PartitionCount;
            int index = _sweepPartition % Store.PartitionCount;
            if (database >= Store.DatabaseCount)
            {
                _sweepPartition = 0;
                result.PassEnded = true;
                break;
            }

            if (Store.Databases.Base(database) == null)
            {
                _sweepPartition += Store.PartitionCount;
                steps--;
                continue;
            }

            // Read without the lock: a key that gains an expiry time at this moment is met in the next pass.
            if (_sweepBuckets == ulong.MaxValue && Store.Databases.At(database, index)->ExpiringCount == 0)
            {
                _sweepPartition++;
                steps--;
                continue;
            }

            _ = TrySelect(database);
            EnterPartition(index);
            steps -= Sweep(Math.Min(steps, StepsPerLock), ref result);
            if (_sweepBuckets == 0)
            {
                _sweepBuckets = ulong.MaxValue;
                _sweepPartition++;
            }

            Leave();
        }

        SelectFirst();
        return result;
    }

    private int Sweep(int steps, ref SweepResult result)
    {
        Partition* partition = _current;
        int done = 0;
        while (done < steps)
        {
            _sweepBuckets = Math.Min(_sweepBuckets, partition->Buckets.Count);
            if (_sweepBuckets == 0)
            {
                break;
            }

            done++;
            Bucket* bucket = partition->Buckets.At(_sweepBuckets - 1);
            if (bucket->MayExpire)
            {
                done += StepsPerExpiringBucket;
                if (ExpireFirst(bucket, ref result))
                {
                    // Removing moves entries: look at the same bucket again.
                    continue;
                }
            }

            _sweepBuckets--;
        }

        return Math.Max(1, done);
    }

    private bool ExpireFirst(Bucket* head, ref SweepResult result)
    {
        bool expiring = false;
        for (Bucket* bucket = head; ; bucket = bucket->Overflow)
        {
            for (int slot = 0; slot < bucket->Count; slot++)
            {
                Entry* entry = bucket->Address(slot);
                if (entry->IsExpired(_now))
                {
                    result.Removed++;
                    Expire(entry, _current->HashOf(entry));
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

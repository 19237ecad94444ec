using System;

namespace Epollsrv.Store;

// Removing expired keys in the background, and flushing.
public sealed unsafe partial class StoreAccess
{
    // Reading a bucket in sequence is about 4 ns; looking into one whose entries may expire about 64 times that.
    private const int StepsPerExpiringBucket = 64;
    private const int StepsPerLock = 2048;
    private const int RemovalsPerLock = 64;

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
    /// be entered.
    /// </summary>
    /// <param name="steps">How much work to do: a step is about 4 ns.</param>
    public SweepResult ExpireStep(int steps)
    {
        SweepResult result = default;
        while (steps > 0)
        {
            if (_sweepPartition >= Store.PartitionCount)
            {
                _sweepPartition = 0;
                result.PassEnded = true;
                return result;
            }

            // Read without the lock: a key that gains an expiry time at this moment is met in the next pass.
            if (_sweepBuckets == ulong.MaxValue && Store.PartitionAt(_sweepPartition)->ExpiringCount == 0)
            {
                _sweepPartition++;
                steps--;
                continue;
            }

            EnterPartition(_sweepPartition);
            steps -= Sweep(Math.Min(steps, StepsPerLock), ref result);
            if (_sweepBuckets == 0)
            {
                _sweepBuckets = ulong.MaxValue;
                _sweepPartition++;
            }

            Leave();
        }

        return result;
    }

    /// <summary>
    /// Removes up to 64 keys under one lock. Start with cursor 0 and call with what it returns until that is 0 again. Keys
    /// written meanwhile may or may not stay.
    /// </summary>
    /// <param name="cursor">Where the last call stopped.</param>
    /// <param name="keepMarked">Whether keys with <see cref="EntryFlags.CsMark"/> stay.</param>
    public ulong FlushStep(ulong cursor, bool keepMarked)
    {
        if (!ScanCursor.TryRead(cursor, Store.PartitionCount, out int index, out ulong position))
        {
            return 0;
        }

        EnterPartition(index);
        Partition* partition = _current;
        int removed = 0;
        while (position < ScanCursor.End && removed < RemovalsPerLock && partition->Count != 0)
        {
            Entry* entry = FirstToFlush(partition, position, keepMarked, out ulong hash);
            if (entry == null)
            {
                position = partition->ScanEnd(position);
                removed++;
                continue;
            }

            partition->Remove(entry, hash);
            removed++;
        }

        bool ended = position >= ScanCursor.End || partition->Count == 0;
        Leave();
        return ended ? ScanCursor.Make(index + 1, 0, Store.PartitionCount) : ScanCursor.Make(index, position, Store.PartitionCount);
    }

    private static Entry* FirstToFlush(Partition* partition, ulong position, bool keepMarked, out ulong hash)
    {
        for (Bucket* bucket = partition->ScanBucket(position); ; bucket = bucket->Overflow)
        {
            for (int slot = 0; slot < bucket->Count; slot++)
            {
                Entry* entry = bucket->Address(slot);
                if (!keepMarked || (entry->Flags & EntryFlags.CsMark) == 0)
                {
                    hash = partition->HashOf(entry);
                    return entry;
                }
            }

            if (!bucket->HasOverflow)
            {
                hash = 0;
                return null;
            }
        }
    }

    private int Sweep(int steps, ref SweepResult result)
    {
        Partition* partition = _current;
        int done = 0;
        while (done < steps)
        {
            _sweepBuckets = Math.Min(_sweepBuckets, partition->BucketCount);
            if (_sweepBuckets == 0)
            {
                break;
            }

            done++;
            Bucket* bucket = partition->BucketAt(_sweepBuckets - 1);
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
        result.Examined++;
        return false;
    }
}

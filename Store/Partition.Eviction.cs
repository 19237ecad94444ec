using System.Runtime.CompilerServices;

namespace Epollsrv.Store;

// Choosing a victim by sampling whole buckets.
internal unsafe partial struct Partition
{
    /// <summary>How many entries an eviction looks at, at least, unless it is told otherwise.</summary>
    internal const int EntriesPerSample = 10;
    private const int BucketsPerSample = 16;

    // Without any hint of an expiring entry a bucket costs one cache line in sequence, a few nanoseconds: this bounds
    // the search of a volatile policy among keys that mostly do not expire to some tens of microseconds.
    private const int BucketsPerVolatileSearch = 16_384;

    /// <summary>Takes the place of the victim found so far if an entry of this partition should rather go. Entries tracked are spared.</summary>
    internal void OfferVictim(EvictionPolicy policy, long now, ref Victim best)
    {
        Entry* entry = ChooseVictim(policy, now, out ulong hash);
        if (entry == null)
        {
            return;
        }

        // By chance, but a key of a full partition rather than one of a partition with few.
        ulong score = policy switch
        {
            EvictionPolicy.AllKeysRandom => AccessClock.Next(ref RandomState) % (ulong)Count,
            EvictionPolicy.VolatileRandom => AccessClock.Next(ref RandomState) % (ulong)ExpiringCount,
            _ => Score(policy, entry, now),
        };
        if (best.Entry == null || score > best.Score)
        {
            best = new Victim { Partition = (Partition*)Unsafe.AsPointer(ref this), Entry = entry, Hash = hash, Score = score };
        }
    }

    // The entry that should go next, or null when none may go.
    private Entry* ChooseVictim(EvictionPolicy policy, long now, out ulong hash)
    {
        hash = 0;
        bool isVolatile = policy is EvictionPolicy.VolatileLru or EvictionPolicy.VolatileTtl or EvictionPolicy.VolatileRandom or EvictionPolicy.VolatileLfu;
        if (Count == 0 || (isVolatile && ExpiringCount == 0))
        {
            return null;
        }

        if (policy == EvictionPolicy.AllKeysRandom)
        {
            return ChooseAny(out hash);
        }

        _pool.StartFor(policy);
        for (int round = 0; round < EvictionPool.Capacity; round++)
        {
            Sample(policy, isVolatile, now);
            while (_pool.TryTakeBest(out hash, out uint clock))
            {
                Entry* entry = FindByHash(hash);
                if (entry != null && entry != Tracked && MayEvict(entry, isVolatile)
                    && (entry->Clock == clock || policy is EvictionPolicy.VolatileTtl or EvictionPolicy.VolatileRandom))
                {
                    return entry;
                }
            }
        }

        return null;
    }

    /// <summary>Finds an entry whose key has this very hash (two such keys are as good as the same here), or null.</summary>
    internal Entry* FindByHash(ulong hash)
    {
        byte tag = Bucket.TagOf(hash);
        for (Bucket* bucket = BucketAt(BucketNumber(hash)); ; bucket = bucket->Overflow)
        {
            for (int slot = 0; slot < bucket->Count; slot++)
            {
                if (bucket->Tag(slot) == tag && HashOf(bucket->Address(slot)) == hash)
                {
                    return bucket->Address(slot);
                }
            }

            if (!bucket->HasOverflow)
            {
                return null;
            }
        }
    }

    /// <summary>A bucket number chosen at random.</summary>
    internal ulong RandomBucket() => (ulong)(((System.UInt128)AccessClock.Next(ref RandomState) * _bucketCount) >> 64);

    private static bool MayEvict(Entry* entry, bool isVolatile) => !isVolatile || entry->HasExpiry;

    private ulong Score(EvictionPolicy policy, Entry* entry, long now) => policy switch
    {
        EvictionPolicy.AllKeysLfu or EvictionPolicy.VolatileLfu => 255 - (ulong)AccessClock.Frequency(entry->Clock, now),
        EvictionPolicy.VolatileRandom => AccessClock.Next(ref RandomState),
        EvictionPolicy.VolatileTtl => ulong.MaxValue - (ulong)entry->Expiry,
        _ => (ulong)AccessClock.IdleMilliseconds(entry->Clock, now),
    };

    // Offers a few entries that may go (MemoryBudget.Samples, or what 16 buckets hold), from random buckets and the ones behind them. When the keys that may go
    // are rare, it goes on from where it stopped the last time, so that repeated calls see the whole table.
    private void Sample(EvictionPolicy policy, bool isVolatile, long now)
    {
        int offered = 0;
        int wanted = _budget->Samples;
        int most = isVolatile ? BucketsPerVolatileSearch : BucketsPerSample;
        ulong number = RandomBucket();
        for (int visited = 0; visited < most && offered < wanted; visited++)
        {
            if (visited >= BucketsPerSample)
            {
                number = _searchBucket < _bucketCount ? _searchBucket++ : _searchBucket = 0;
            }

            offered += OfferChain(BucketAt(number), policy, isVolatile, now);
            number = number + 1 < _bucketCount ? number + 1 : 0;
        }
    }

    private int OfferChain(Bucket* bucket, EvictionPolicy policy, bool isVolatile, long now)
    {
        if (isVolatile && !bucket->MayExpire)
        {
            return 0;
        }

        int offered = 0;
        while (true)
        {
            for (int slot = 0; slot < bucket->Count; slot++)
            {
                Entry* entry = bucket->Address(slot);
                if (MayEvict(entry, isVolatile))
                {
                    _pool.Offer(HashOf(entry), entry->Clock, Score(policy, entry, now));
                    offered++;
                }
            }

            if (!bucket->HasOverflow)
            {
                return offered;
            }

            bucket = bucket->Overflow;
        }
    }

    private Entry* ChooseAny(out ulong hash)
    {
        ulong number = RandomBucket();
        for (ulong visited = 0; visited < _bucketCount && visited < BucketsPerVolatileSearch; visited++)
        {
            Bucket* bucket = BucketAt(number);
            if (bucket->Count != 0)
            {
                // Not always the first one, which would be the oldest of its bucket.
                int first = (int)((AccessClock.Next(ref RandomState) >> 33) % (uint)bucket->Count);
                for (int step = 0; step < bucket->Count; step++)
                {
                    Entry* entry = bucket->Address((first + step) % bucket->Count);
                    if (entry != Tracked && MayEvict(entry, false))
                    {
                        hash = HashOf(entry);
                        return entry;
                    }
                }
            }

            number = number + 1 < _bucketCount ? number + 1 : 0;
        }

        hash = 0;
        return null;
    }
}

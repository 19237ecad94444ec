namespace Epollsrv.Store;

/// <summary>
/// Chooses which key of a partition is evicted, by sampling whole buckets, and
/// remembers the best candidates for the next time. Under the partition's lock.
/// </summary>
internal unsafe struct VictimSearch
{
    /// <summary>How many entries an eviction looks at, at least, unless it is told otherwise.</summary>
    internal const int EntriesPerSample = 10;
    private const int BucketsPerSample = 16;

    // Without any hint of an expiring entry a bucket costs one cache line in sequence, a few nanoseconds: this bounds
    // the search of a volatile policy among keys that mostly do not expire to some tens of microseconds.
    private const int BucketsPerVolatileSearch = 16_384;

    private EvictionPool _pool;
    private ulong _searchBucket;

    /// <summary>Takes the place of the victim found so far if an entry of
    /// this partition should rather go. Entries tracked are spared.</summary>
    internal void Offer(Partition* partition, EvictionPolicy policy, long now, ref Victim best)
    {
        Entry* entry = Choose(partition, policy, now, out ulong hash);
        if (entry == null)
        {
            return;
        }

        // By chance, but a key of a full partition rather than one of a partition with few.
        ulong score = policy switch
        {
            EvictionPolicy.AllKeysRandom => AccessClock.Next(ref partition->RandomState) % (ulong)partition->Count,
            EvictionPolicy.VolatileRandom => AccessClock.Next(ref partition->RandomState) % (ulong)partition->ExpiringCount,
            _ => Score(partition, policy, entry, now),
        };
        if (best.Entry == null || score > best.Score)
        {
            best = new Victim { Partition = partition, Entry = entry, Hash = hash, Score = score };
        }
    }

    // The entry that should go next, or null when none may go.
    private Entry* Choose(Partition* partition, EvictionPolicy policy, long now, out ulong hash)
    {
        hash = 0;
        bool isVolatile = policy is EvictionPolicy.VolatileLru or EvictionPolicy.VolatileTtl
            or EvictionPolicy.VolatileRandom or EvictionPolicy.VolatileLfu;
        if (partition->Count == 0 || (isVolatile && partition->ExpiringCount == 0))
        {
            return null;
        }

        if (policy == EvictionPolicy.AllKeysRandom)
        {
            return ChooseAny(partition, out hash);
        }

        _pool.StartFor(policy);
        for (int round = 0; round < EvictionPool.Capacity; round++)
        {
            Sample(partition, policy, isVolatile, now);
            while (_pool.TryTakeBest(out hash, out uint clock))
            {
                Entry* entry = BucketChain.FindByHash(partition, hash);
                if (entry != null && entry != partition->Tracked && MayEvict(entry, isVolatile)
                    && (entry->Clock == clock || policy is EvictionPolicy.VolatileTtl or EvictionPolicy.VolatileRandom))
                {
                    return entry;
                }
            }
        }

        return null;
    }

    private static bool MayEvict(Entry* entry, bool isVolatile) => !isVolatile || entry->HasExpiry;

    private static ulong Score(Partition* partition, EvictionPolicy policy, Entry* entry, long now) => policy switch
    {
        EvictionPolicy.AllKeysLfu or EvictionPolicy.VolatileLfu => 255 - (ulong)AccessClock.Frequency(entry->Clock, now),
        EvictionPolicy.VolatileRandom => AccessClock.Next(ref partition->RandomState),
        EvictionPolicy.VolatileTtl => ulong.MaxValue - (ulong)entry->Expiry,
        _ => (ulong)AccessClock.IdleMilliseconds(entry->Clock, now),
    };

    // Offers a few entries that may go (MemoryBudget.Samples, or what 16 buckets hold), from random buckets and the ones behind them.
    // When the keys that may go are rare, it goes on from where it stopped the last time, so that repeated calls see the whole table.
    private void Sample(Partition* partition, EvictionPolicy policy, bool isVolatile, long now)
    {
        int offered = 0;
        int wanted = partition->Account.Budget->Samples;
        int most = isVolatile ? BucketsPerVolatileSearch : BucketsPerSample;
        ulong number = partition->RandomBucket();
        for (int visited = 0; visited < most && offered < wanted; visited++)
        {
            if (visited >= BucketsPerSample)
            {
                number = _searchBucket < partition->Buckets.Count ? _searchBucket++ : _searchBucket = 0;
            }

            offered += OfferChain(partition, partition->Buckets.At(number), policy, isVolatile, now);
            number = number + 1 < partition->Buckets.Count ? number + 1 : 0;
        }
    }

    private int OfferChain(Partition* partition, Bucket* bucket, EvictionPolicy policy, bool isVolatile, long now)
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
                    _pool.Offer(partition->HashOf(entry), entry->Clock, Score(partition, policy, entry, now));
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

    private static Entry* ChooseAny(Partition* partition, out ulong hash)
    {
        ulong number = partition->RandomBucket();
        for (ulong visited = 0; visited < partition->Buckets.Count && visited < BucketsPerVolatileSearch; visited++)
        {
            Bucket* bucket = partition->Buckets.At(number);
            if (bucket->Count != 0)
            {
                // Not always the first one, which would be the oldest of its bucket.
                int first = (int)((AccessClock.Next(ref partition->RandomState) >> 33) % (uint)bucket->Count);
                for (int step = 0; step < bucket->Count; step++)
                {
                    Entry* entry = bucket->Address((first + step) % bucket->Count);
                    if (entry != partition->Tracked && MayEvict(entry, false))
                    {
                        hash = partition->HashOf(entry);
                        return entry;
                    }
                }
            }

            number = number + 1 < partition->Buckets.Count ? number + 1 : 0;
        }

        hash = 0;
        return null;
    }
}

namespace Epollsrv.Store;

// Going through the partition in the order of ScanCursor.
internal unsafe partial struct Partition
{
    private const int LongKey = 1024;

    /// <summary>The bucket that covers a position.</summary>
    internal Bucket* ScanBucket(ulong position) => BucketAt(BucketNumber(ScanCursor.HashAt(position)));

    /// <summary>The end of the interval of the bucket that covers a position.</summary>
    internal ulong ScanEnd(ulong position)
    {
        int shift = ScanCursor.PositionBits - BucketBits(BucketNumber(ScanCursor.HashAt(position)));
        return ((position >> shift) + 1) << shift;
    }

    /// <summary>Calls for every entry of the bucket at a position that does not lie before it and has not expired.</summary>
    /// <returns>How many entries were looked at; one with a long key counts as several, because the callback is likely to copy it.</returns>
    internal int ScanStep(ulong position, long now, delegate*<void*, Entry*, void> visit, void* state)
    {
        int seen = 0;
        for (Bucket* bucket = ScanBucket(position); ; bucket = bucket->Overflow)
        {
            for (int slot = 0; slot < bucket->Count; slot++)
            {
                Entry* entry = bucket->Address(slot);
                seen += 1 + (entry->KeyLength / LongKey);
                if (!entry->IsExpired(now) && ScanCursor.PositionOf(HashOf(entry)) >= position)
                {
                    visit(state, entry);
                }
            }

            if (!bucket->HasOverflow)
            {
                return seen;
            }
        }
    }

    /// <summary>A random entry that has not expired, or null when some random buckets had none.</summary>
    internal Entry* ChooseRandom(long now)
    {
        for (int attempt = 0; attempt < BucketsPerSample; attempt++)
        {
            Bucket* bucket = BucketAt(RandomBucket());
            int count = ChainCount(bucket);
            Entry* entry = count == 0
                ? null
                : FirstAlive(bucket, (int)((AccessClock.Next(ref RandomState) >> 33) % (uint)count), now);
            if (entry != null)
            {
                return entry;
            }
        }

        return null;
    }

    /// <summary>The first entry of a chain, after passing over some, that has not expired; or null.</summary>
    internal static Entry* FirstAlive(Bucket* bucket, int skip, long now)
    {
        while (true)
        {
            for (int slot = 0; slot < bucket->Count; slot++)
            {
                Entry* entry = bucket->Address(slot);
                if (skip-- <= 0 && !entry->IsExpired(now))
                {
                    return entry;
                }
            }

            if (!bucket->HasOverflow)
            {
                return null;
            }

            bucket = bucket->Overflow;
        }
    }
}

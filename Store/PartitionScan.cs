namespace Epollsrv.Store;

/// <summary>Goes through a partition in the order of <see cref="ScanCursor"/>,
/// and chooses entries at random. Under the partition's lock.</summary>
internal static unsafe class PartitionScan
{
    private const int LongKey = 1024;
    private const int RandomBuckets = 16;

    /// <summary>The end of the interval of the bucket that covers a position.</summary>
    internal static ulong End(Partition* partition, ulong position)
    {
        ref BucketArray buckets = ref partition->Buckets;
        int shift = ScanCursor.PositionBits - buckets.BitsOf(buckets.NumberOf(ScanCursor.HashAt(position)));
        return ((position >> shift) + 1) << shift;
    }

    /// <summary>Calls for every entry of the bucket at a position that does not lie before it and has not expired.</summary>
    /// <returns>How many entries were looked at; one with a long key counts
    /// as several, because the callback is likely to copy it.</returns>
    internal static int Visit(Partition* partition, ulong position, long now, delegate*<void*, Entry*, void> visit, void* state)
    {
        int seen = 0;
        for (Bucket* bucket = partition->Buckets.Of(ScanCursor.HashAt(position)); ; bucket = bucket->Overflow)
        {
            for (int slot = 0; slot < bucket->Count; slot++)
            {
                Entry* entry = bucket->Address(slot);
                seen += 1 + (entry->KeyLength / LongKey);
                if (!entry->IsExpired(now) && ScanCursor.PositionOf(partition->HashOf(entry)) >= position)
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
    internal static Entry* ChooseRandom(Partition* partition, long now)
    {
        for (int attempt = 0; attempt < RandomBuckets; attempt++)
        {
            Bucket* bucket = partition->Buckets.At(partition->RandomBucket());
            int count = BucketChain.Count(bucket);
            Entry* entry = count == 0
                ? null
                : BucketChain.FirstAlive(bucket, (int)((AccessClock.Next(ref partition->RandomState) >> 33) % (uint)count), now);
            if (entry != null)
            {
                return entry;
            }
        }

        return null;
    }
}

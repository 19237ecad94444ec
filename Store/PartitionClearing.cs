namespace Epollsrv.Store;

/// <summary>Frees what the keys of a partition refer to. For a partition that no database has any more: no lock is needed.</summary>
internal static unsafe class PartitionClearing
{
    /// <summary>Gives back the references to large values, and records that are blocks themselves.</summary>
    /// <remarks>Class by class, because records lie one behind the other there; the index leads to each of them by a cache miss.</remarks>
    internal static void ReleaseLargeValues(Partition* partition)
    {
        long records = 0;
        for (int sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            if (sizeClass == SizeClasses.OverflowBuckets)
            {
                continue;
            }

            RecordClass* all = partition->Records.Class(sizeClass);
            records += all->Count;
            for (long index = 0; index < all->Count; index++)
            {
                ReleaseLargeValue((Entry*)all->At(index));
            }
        }

        if (records != partition->Count)
        {
            ReleaseLongRecords(partition);
        }
    }

    private static void ReleaseLongRecords(Partition* partition)
    {
        for (ulong number = 0; number < partition->Buckets.Count; number++)
        {
            for (Bucket* bucket = partition->Buckets.At(number); ; bucket = bucket->Overflow)
            {
                for (int slot = 0; slot < bucket->Count; slot++)
                {
                    Entry* entry = bucket->Address(slot);
                    if (SizeClasses.Of(entry->RecordSize) == SizeClasses.None)
                    {
                        ReleaseLargeValue(entry);
                        LargeValue.Release(Partition.BlockOf(entry));
                    }
                }

                if (!bucket->HasOverflow)
                {
                    break;
                }
            }
        }
    }

    private static void ReleaseLargeValue(Entry* entry)
    {
        if (entry->IsLarge)
        {
            LargeValue.Release(entry->LargeBlock);
        }
    }
}

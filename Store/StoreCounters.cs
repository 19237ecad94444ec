namespace Epollsrv.Store;

/// <summary>What a store has counted since it was made or its counters were reset.</summary>
public unsafe struct StoreCounters
{
    /// <summary>Keys now, expired ones that nobody has met yet included.</summary>
    public long Keys { get; set; }

    /// <summary>Keys now that have an expiry time.</summary>
    public long ExpiringKeys { get; set; }

    /// <summary>Look-ups for reading that found a key.</summary>
    public long Hits { get; set; }

    /// <summary>Look-ups for reading that found none.</summary>
    public long Misses { get; set; }

    /// <summary>Keys removed because their time had come.</summary>
    public long Expired { get; set; }

    /// <summary>Keys removed to make room.</summary>
    public long Evicted { get; set; }

    /// <summary>Changes of keys that somebody asked for, since the start.</summary>
    public long Changes { get; set; }

    /// <summary>Keys in the partitions with a number, of all databases. Any thread; not a point in time.</summary>
    internal static long KeysOf(KeyValueStore store, int partition)
    {
        long keys = 0;
        for (int database = 0; database < store.DatabaseCount; database++)
        {
            byte* tables = store.Databases.Base(database);
            keys += tables == null ? 0 : store.Databases.At(tables, partition)->Count;
        }

        return keys;
    }

    /// <summary>Sums of all partitions' counters. Any thread; not a point in time.</summary>
    internal static StoreCounters SumOf(KeyValueStore store)
    {
        StoreCounters sum = default;
        for (int index = 0; index < store.PartitionCount; index++)
        {
            Stripe* stripe = store.StripeAt(index);
            sum.Hits += stripe->Hits;
            sum.Misses += stripe->Misses;
            sum.Expired += stripe->Expired;
            sum.Evicted += stripe->Evicted;
            sum.Changes += stripe->Changes;
        }

        for (int database = 0; database < store.DatabaseCount; database++)
        {
            DatabaseCounters keys = store.CountersOf(database);
            sum.Keys += keys.Keys;
            sum.ExpiringKeys += keys.ExpiringKeys;
        }

        return sum;
    }
}

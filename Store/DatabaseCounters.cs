namespace Epollsrv.Store;

/// <summary>What one database holds.</summary>
public unsafe struct DatabaseCounters
{
    /// <summary>Keys, expired ones that nobody has met yet included.</summary>
    public long Keys { get; set; }

    /// <summary>Keys that have an expiry time.</summary>
    public long ExpiringKeys { get; set; }

    /// <summary>Sums of a database's partitions' counters. Any thread; a point in time only while all partitions are locked.</summary>
    internal static DatabaseCounters SumOf(KeyValueStore store, int database)
    {
        DatabaseCounters sum = default;
        byte* tables = store.Databases.Base(database);
        for (int index = 0; tables != null && index < store.PartitionCount; index++)
        {
            Partition* partition = store.Databases.At(tables, index);
            sum.Keys += partition->Count;
            sum.ExpiringKeys += partition->ExpiringCount;
        }

        return sum;
    }
}

using System.Runtime.InteropServices;

namespace Epollsrv.Store;

/// <summary>
/// How much memory the puts of a group need beyond what their partitions have: records by partition and size class, and records too long
/// for any. In native memory, made with the first group. One thread.
/// </summary>
internal unsafe struct GroupRoom
{
    private const int MostPartitions = 64;

    private int* _records;
    private long _long;
    private int _planned;

    /// <summary>Forgets all plans.</summary>
    public void Clear()
    {
        if (_planned != 0)
        {
            NativeMemory.Clear(_records, (nuint)(MostPartitions * SizeClasses.Count) * sizeof(int));
        }

        _planned = 0;
        _long = 0;
    }

    /// <summary>Plans one more record.</summary>
    public void Add(int partition, int sizeClass, long size)
    {
        if (sizeClass == SizeClasses.None)
        {
            _long += LargeHeap.CostOf(size);
            return;
        }

        if (_records == null)
        {
            _records = (int*)NativeMemory.AllocZeroed((nuint)(MostPartitions * SizeClasses.Count), sizeof(int));
        }

        _planned++;
        _records[(partition * SizeClasses.Count) + sizeClass]++;
    }

    /// <summary>Bytes that the memory maximum must have left for all that is planned. The partitions are held.</summary>
    public readonly long Bytes(KeyValueStore store, int database)
    {
        long bytes = _long;
        for (int partition = 0; _planned != 0 && partition < store.PartitionCount; partition++)
        {
            int* records = _records + (partition * SizeClasses.Count);
            for (int sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
            {
                if (records[sizeClass] != 0)
                {
                    bytes += store.Databases.At(database, partition)->Records.BytesFor(sizeClass, records[sizeClass]);
                }
            }
        }

        return bytes;
    }
}

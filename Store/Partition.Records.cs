using System;
using System.Runtime.CompilerServices;
using Epollsrv.Native;

namespace Epollsrv.Store;

// Records: one dense array per size class, and what they may take from the memory budget.
internal unsafe partial struct Partition
{
    private const long LargestSlack = 16 << 10;

    /// <summary>Bytes taken from the kernel for records and index. Read without the lock for reports.</summary>
    internal long Committed => _committed;

    /// <summary>Bytes of a partition's structure, with the array of classes behind it.</summary>
    internal static long StructureBytes => sizeof(Partition) + ((SizeClasses.Count - 1) * (long)sizeof(RecordClass));

    /// <summary>Takes room for a record whose class has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte* Allocate(int sizeClass)
    {
        RecordClass* records = Class(sizeClass);
        return records->At(records->Count++);
    }

    /// <summary>Whether a class has room for one more record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool HasRoom(int sizeClass)
    {
        RecordClass* records = Class(sizeClass);
        return records->Count < records->Limit;
    }

    /// <summary>Makes room for one more record within the memory maximum.</summary>
    internal bool TryExtend(int sizeClass)
    {
        RecordClass* records = Class(sizeClass);
        long bytes = records->NextBytes();
        if (!TryCharge(bytes))
        {
            return false;
        }

        if (records->Extend())
        {
            return true;
        }

        Uncharge(bytes);
        return false;
    }

    /// <summary>Makes room for so many records beyond the memory maximum.</summary>
    internal bool TryReserve(int sizeClass, long count)
    {
        RecordClass* records = Class(sizeClass);
        bool reserved = true;
        while (reserved && records->Limit - records->Count < count)
        {
            reserved = ExtendAlways(sizeClass);
        }

        return reserved;
    }

    /// <summary>Makes room for one more record beyond the memory maximum.</summary>
    internal bool ExtendAlways(int sizeClass)
    {
        RecordClass* records = Class(sizeClass);
        long bytes = records->NextBytes();
        ChargeAlways(bytes);
        if (records->Extend())
        {
            return true;
        }

        Uncharge(bytes);
        return false;
    }

    /// <summary>Frees a record that is not in the index any more. Another record of the class may move into its place.</summary>
    internal void FreeRecord(byte* record, int sizeClass)
    {
        RecordClass* records = Class(sizeClass);
        byte* last = records->At(--records->Count);
        if (last != record)
        {
            Buffer.MemoryCopy(last, record, records->Size, records->Size);
            if (sizeClass == SizeClasses.OverflowBuckets)
            {
                RelinkOverflow((Bucket*)last, (Bucket*)record);
            }
            else
            {
                Entry* moved = (Entry*)record;
                Reindex((Entry*)last, moved, HashOf(moved));
                if (Tracked == last)
                {
                    Tracked = moved;
                }
            }
        }

        long limit = SlackLimit(records);
        if (records->SlackBytes > limit)
        {
            Uncharge(records->Trim(limit / 2));
        }
        else if (records->HasUnusedPage && _budget->IsTight)
        {
            Uncharge(records->Trim(0));
        }
    }

    /// <summary>What <see cref="TryExtend"/> would take for a class, bytes.</summary>
    internal long NextBytes(int sizeClass) => Class(sizeClass)->NextBytes();

    /// <summary>Bytes that so many more records of a class take, to whole pages, beyond what is paid for.</summary>
    internal long BytesFor(int sizeClass, int count)
    {
        RecordClass* records = Class(sizeClass);
        long missing = count - (records->Limit - records->Count);
        return missing <= 0 ? 0 : ((missing * records->Size) + Memory.PageSize - 1) & -Memory.PageSize;
    }

    /// <summary>Gives back every whole page that holds no record. For when memory is short.</summary>
    /// <returns>Bytes given back.</returns>
    internal long TrimAll()
    {
        long freed = TrimBuckets(Memory.PageSize - 1);
        for (int sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            RecordClass* records = Class(sizeClass);
            if (records->HasUnusedPage)
            {
                freed += records->Trim(0);
            }
        }

        Uncharge(freed);
        return freed;
    }

    private static long SlackLimitFor(long maximum) =>
        maximum == 0 ? LargestSlack : Math.Clamp(maximum >> 14, 4096, LargestSlack);

    private RecordClass* Class(int sizeClass) => (RecordClass*)Unsafe.AsPointer(ref _classes) + sizeClass;

    // Pages kept behind the last record of a class, so that a count that swings makes no system calls.
    private long SlackLimit(RecordClass* records) =>
        SlackLimitFor(_budget->Maximum) + records->Size + ((records->Count * records->Size) >> 7);

    private void InitializeRecords()
    {
        for (int sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            Class(sizeClass)->Size = SizeClasses.SizeOf(sizeClass);
        }
    }

    private void UnmapRecords()
    {
        for (int sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            Class(sizeClass)->Unmap();
        }
    }

    private bool TryCharge(long bytes)
    {
        if (!_budget->TryTake(bytes))
        {
            return false;
        }

        _committed += bytes;
        return true;
    }

    private void ChargeAlways(long bytes)
    {
        _budget->Take(bytes);
        _committed += bytes;
    }

    private void Uncharge(long bytes)
    {
        if (bytes != 0)
        {
            _committed -= bytes;
            _budget->Return(bytes);
        }
    }
}

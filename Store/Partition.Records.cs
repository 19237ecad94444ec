using System;
using System.Runtime.CompilerServices;

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

    /// <summary>Takes room for a record, beyond the maximum if it must be: what the index needs.</summary>
    internal byte* AllocateAlways(int sizeClass)
    {
        if (!HasRoom(sizeClass) && !ExtendAlways(sizeClass))
        {
            throw new InsufficientMemoryException("the kernel has no address space left for the store's index");
        }

        return Allocate(sizeClass);
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

        if (records->SlackBytes > SlackLimit(records))
        {
            Uncharge(records->Trim(SlackLimit(records) / 2));
        }
    }

    /// <summary>Gives back every whole page that holds no record. For when memory is short.</summary>
    /// <returns>Bytes given back.</returns>
    internal long TrimAll()
    {
        long freed = 0;
        for (int sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            RecordClass* records = Class(sizeClass);
            if (records->SlackBytes >= Native.Memory.PageSize)
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
        if (_committed + bytes > _granted)
        {
            long lump = Math.Max(_budget->Lump, bytes);
            if (_budget->TryTake(lump))
            {
                _granted += lump;
            }
            else if (lump > bytes && _budget->TryTake(bytes))
            {
                _granted += bytes;
            }
            else
            {
                return false;
            }
        }

        _committed += bytes;
        return true;
    }

    private void ChargeAlways(long bytes)
    {
        if (!TryCharge(bytes))
        {
            _budget->Take(bytes);
            _granted += bytes;
            _committed += bytes;
        }
    }

    private void Uncharge(long bytes)
    {
        _committed -= bytes;
        long spare = _granted - _committed;
        if (spare > 2 * _budget->Lump || (spare > 0 && _budget->IsExceeded))
        {
            long returned = _budget->IsExceeded ? spare : spare - _budget->Lump;
            _granted -= returned;
            _budget->Return(returned);
        }
    }
}

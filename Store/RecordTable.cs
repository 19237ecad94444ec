using System;
using System.Runtime.CompilerServices;
using Epollsrv.Native;

namespace Epollsrv.Store;

/// <summary>
/// A partition's records: one <see cref="RecordClass"/> for each size class. The array of classes continues behind this
/// structure, so it has to be the last field of what it lies in (<see cref="BytesBehind"/>). All zeros is an empty table.
/// </summary>
internal unsafe struct RecordTable
{
    private const long LargestSlack = 16 << 10;

    private RecordClass _first;

    /// <summary>Bytes of the array of classes that lie behind the structure.</summary>
    internal static long BytesBehind => (SizeClasses.Count - 1) * (long)sizeof(RecordClass);

    /// <summary>The records of a size class.</summary>
    internal RecordClass* Class(int sizeClass) => (RecordClass*)Unsafe.AsPointer(ref _first) + sizeClass;

    /// <summary>Takes a record of a class that has room.</summary>
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

    /// <summary>What <see cref="TryExtend"/> would take for a class, bytes.</summary>
    internal long NextBytes(int sizeClass) => SizedClass(sizeClass)->NextBytes();

    /// <summary>Bytes that so many more records of a class take, to whole pages, beyond what is paid for.</summary>
    internal long BytesFor(int sizeClass, int count)
    {
        RecordClass* records = SizedClass(sizeClass);
        long missing = count - (records->Limit - records->Count);
        return missing <= 0 ? 0 : ((missing * records->Size) + Memory.PageSize - 1) & -Memory.PageSize;
    }

    /// <summary>Makes room for one more record within the memory maximum.</summary>
    internal bool TryExtend(int sizeClass, ref MemoryAccount account)
    {
        RecordClass* records = SizedClass(sizeClass);
        long bytes = records->NextBytes();
        return account.TryTake(bytes) && ExtendPaid(records, bytes, ref account);
    }

    /// <summary>Makes room for one more record beyond the memory maximum.</summary>
    /// <returns>False: the kernel has no address space.</returns>
    internal bool ExtendAlways(int sizeClass, ref MemoryAccount account)
    {
        RecordClass* records = SizedClass(sizeClass);
        long bytes = records->NextBytes();
        account.Take(bytes);
        return ExtendPaid(records, bytes, ref account);
    }

    /// <summary>Makes room for so many records beyond the memory maximum.</summary>
    /// <returns>False: the kernel has no address space.</returns>
    internal bool TryReserve(int sizeClass, long count, ref MemoryAccount account)
    {
        RecordClass* records = Class(sizeClass);
        bool reserved = true;
        while (reserved && records->Limit - records->Count < count)
        {
            reserved = ExtendAlways(sizeClass, ref account);
        }

        return reserved;
    }

    /// <summary>Gives back pages of a class in which a record was freed, if it keeps too many.</summary>
    internal void TrimAfterFree(RecordClass* records, ref MemoryAccount account)
    {
        // Pages kept behind the last record, so that a count that swings makes no system calls.
        long limit = SlackLimitFor(account.Budget->Maximum) + records->Size + ((records->Count * records->Size) >> 7);
        if (records->SlackBytes > limit)
        {
            account.Return(records->Trim(limit / 2));
        }
        else if (records->HasUnusedPage && account.Budget->IsTight)
        {
            account.Return(records->Trim(0));
        }
    }

    /// <summary>Gives back every whole page that holds no record.</summary>
    /// <returns>Bytes given back.</returns>
    internal long Trim()
    {
        long freed = 0;
        for (int sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            RecordClass* records = Class(sizeClass);
            if (records->HasUnusedPage)
            {
                freed += records->Trim(0);
            }
        }

        return freed;
    }

    /// <summary>Frees all records.</summary>
    /// <returns>Bytes given back.</returns>
    internal long Clear()
    {
        for (int sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            // Writing to a class that was never used would make its page resident.
            RecordClass* records = Class(sizeClass);
            if (records->Count != 0)
            {
                records->Count = 0;
            }
        }

        return Trim();
    }

    /// <summary>Gives the address ranges back. Nobody may use a record any more.</summary>
    internal void Unmap()
    {
        for (int sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            Class(sizeClass)->Unmap();
        }
    }

    // A class gets its size before its first record. A class without records then costs no resident memory, nor time at the start.
    private RecordClass* SizedClass(int sizeClass)
    {
        RecordClass* records = Class(sizeClass);
        if (records->Size == 0)
        {
            records->Size = SizeClasses.SizeOf(sizeClass);
        }

        return records;
    }

    private static bool ExtendPaid(RecordClass* records, long bytes, ref MemoryAccount account)
    {
        if (records->Extend())
        {
            return true;
        }

        account.Return(bytes);
        return false;
    }

    private static long SlackLimitFor(long maximum) =>
        maximum == 0 ? LargestSlack : Math.Clamp(maximum >> 14, 4096, LargestSlack);
}

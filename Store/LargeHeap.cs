using System;
using System.Numerics;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Store;

/// <summary>
/// Blocks for large values: up to 4 MB from size classes (page-rounded, eight per doubling), larger ones mapped each on
/// its own. Mapping every block would let holes multiply the kernel's mappings beyond their limit (65,530 by default);
/// size classes need a handful. Freed pages go back to the kernel beyond a small reserve. Any thread, no partition lock
/// needed. Lives in native memory, because blocks point to their heap.
/// </summary>
internal unsafe struct LargeHeap
{
    private const int SmallestLog = 12;
    private const int LargestLog = 22;
    private const int ClassCount = ((LargestLog - SmallestLog) * 8) + 1;
    private const int OwnMapping = -1;
    /// <summary>Bytes of the largest block that comes from a size class.</summary>
    internal const long LargestClassBytes = 1L << LargestLog;

    private const long LargestReserve = 16 << 20;

    private MemoryBudget* _budget;
    private LargeClass* _classes;
    private long _reserve;

    /// <summary>Bytes that the size classes' table needs.</summary>
    internal static long TableBytes => (long)ClassCount * sizeof(LargeClass);

    /// <summary>Prepares the heap over zeroed memory of <see cref="TableBytes"/>.</summary>
    internal void Initialize(MemoryBudget* budget, void* table)
    {
        _budget = budget;
        _classes = (LargeClass*)table;
        for (int index = 0; index < ClassCount; index++)
        {
            _classes[index].BlockBytes = BlockBytesOf(index);
        }
    }

    /// <summary>What a block for <paramref name="length"/> bytes takes from the budget.</summary>
    internal static long CostOf(long length)
    {
        int sizeClass = ClassOf(length + LargeValue.HeaderSize);
        return sizeClass == OwnMapping ? RoundUp(length + LargeValue.HeaderSize) : BlockBytesOf(sizeClass);
    }

    /// <summary>A block with one reference whose budget (<see cref="CostOf"/>) the caller has taken. Contents undefined.</summary>
    /// <returns>The block, or null when the kernel refuses; the budget is then given back.</returns>
    internal LargeValue* Allocate(long length)
    {
        LargeValue* block = Reserve(length);
        if (block == null)
        {
            _budget->Return(CostOf(length));
        }

        return block;
    }

    /// <summary>Frees a block that nobody refers to.</summary>
    internal void Free(LargeValue* block)
    {
        long bytes = block->BlockBytes;
        FreeReserved(block);
        _budget->Return(bytes);
    }

    /// <summary>
    /// A block that takes nothing from the budget, with one reference: address space, resident as far as it is written.
    /// Its <see cref="LargeValue.BlockBytes"/> are taken once it is kept; otherwise <see cref="FreeReserved"/> frees it.
    /// </summary>
    /// <returns>The block, or null when the kernel refuses.</returns>
    internal LargeValue* Reserve(long length)
    {
        int sizeClass = ClassOf(length + LargeValue.HeaderSize);
        long bytes = CostOf(length);
        LargeValue* block;
        if (sizeClass == OwnMapping)
        {
            long mapped = Memory.Map(bytes);
            block = mapped < 0 ? null : (LargeValue*)mapped;
        }
        else
        {
            LargeClass* large = _classes + sizeClass;
            PartitionLock.Acquire(&large->Lock);
            block = large->Take(out bool wasResident);
            PartitionLock.Release(&large->Lock);
            if (wasResident)
            {
                Interlocked.Add(ref _reserve, -bytes); // Pairs with FreeReserved.
            }
        }

        if (block != null)
        {
            block->Initialize((LargeHeap*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref this), sizeClass, bytes, length);
        }

        return block;
    }

    /// <summary>Frees a block of <see cref="Reserve"/> that was not adopted.</summary>
    internal void FreeReserved(LargeValue* block)
    {
        long bytes = block->BlockBytes;
        if (block->SizeClass == OwnMapping)
        {
            _ = Memory.Unmap(block, bytes);
            return;
        }

        LargeClass* large = _classes + block->SizeClass;
#if CHECK_OWNERSHIP
        new Span<byte>(block->Data, (int)(bytes - LargeValue.HeaderSize)).Fill(0xDB);
#endif

        // Pairs with Reserve; a reserve a little over its limit does no harm.
        bool keep = Interlocked.Add(ref _reserve, bytes) <= ReserveLimit;
        if (!keep)
        {
            Interlocked.Add(ref _reserve, -bytes);
            _ = Memory.Discard(block, bytes);
        }

        PartitionLock.Acquire(&large->Lock);
        large->Put(block, keep);
        PartitionLock.Release(&large->Lock);
    }

    /// <summary>
    /// Grows a block with a mapping of its own, whose further cost the caller has taken, without copying.
    /// </summary>
    /// <returns>The block, perhaps elsewhere, or null with nothing changed.</returns>
    internal LargeValue* Regrow(LargeValue* block, long capacity)
    {
        long oldBytes = block->BlockBytes;
        long bytes = RoundUp(capacity + LargeValue.HeaderSize);
        long moved = Memory.Remap(block, oldBytes, bytes);
        if (moved < 0)
        {
            return null;
        }

        block = (LargeValue*)moved;
        block->BlockBytes = bytes;
        return block;
    }

    /// <summary>Whether a block is no size class's: <see cref="Regrow"/> applies to it, and its fresh pages are zero.</summary>
    internal static bool HasOwnMapping(LargeValue* block) => block->SizeClass == OwnMapping;

    /// <summary>Gives everything back. Nobody may use a block any more.</summary>
    internal void Unmap()
    {
        for (int index = 0; index < ClassCount; index++)
        {
            _classes[index].Unmap();
        }
    }

    private readonly long ReserveLimit
    {
        get
        {
            long maximum = _budget->Maximum;
            return maximum == 0 ? LargestReserve : Math.Min(LargestReserve, maximum / 32);
        }
    }

    private static long RoundUp(long bytes) => (bytes + Memory.PageSize - 1) & -Memory.PageSize;

    private static int ClassOf(long bytes)
    {
        if (bytes > 1L << LargestLog)
        {
            return OwnMapping;
        }

        if (bytes <= 1L << SmallestLog)
        {
            return 0;
        }

        int log = BitOperations.Log2((ulong)(bytes - 1));
        int sizeClass = ((log - SmallestLog) << 3) + (int)((bytes - 1 - (1L << log)) >> (log - 3)) + 1;

        // Below eight pages several classes round to the same pages: take the last of them.
        while (sizeClass + 1 < ClassCount && BlockBytesOf(sizeClass + 1) == BlockBytesOf(sizeClass))
        {
            sizeClass++;
        }

        return sizeClass;
    }

    private static long BlockBytesOf(int sizeClass)
    {
        if (sizeClass == 0)
        {
            return RoundUp(1L << SmallestLog);
        }

        int doubling = (sizeClass - 1) >> 3;
        int step = (sizeClass - 1) & 7;
        long unit = 1L << (SmallestLog + doubling);
        return RoundUp(unit + ((step + 1) * (unit >> 3)));
    }
}

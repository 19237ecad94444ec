using System.Runtime.InteropServices;
using Epollsrv.Native;

namespace Epollsrv.Store;

/// <summary>
/// Blocks of one size for large values. Blocks never move (readers pin them): free ones are stacked by number, those
/// that are still resident apart from those whose pages went back to the kernel. Address ranges grow eightfold.
/// One lock per size class; the caller holds it.
/// </summary>
internal unsafe struct LargeClass
{
    private const int Ranges = 10;
    private const int RangeGrowthShift = 3;

    internal int Lock;
    internal long BlockBytes;
    private uint _used;
    private uint _residentCount;
    private uint _residentCapacity;
    private uint _emptyCount;
    private uint _emptyCapacity;
    private uint* _resident;
    private uint* _empty;
    private fixed ulong _bases[Ranges];

    /// <summary>Takes a block, preferably a resident one.</summary>
    /// <param name="wasResident">Whether its pages were still resident.</param>
    /// <returns>The block, or null when the address space has none.</returns>
    internal LargeValue* Take(out bool wasResident)
    {
        wasResident = _residentCount != 0;
        if (wasResident)
        {
            return At(_resident[--_residentCount]);
        }

        if (_emptyCount != 0)
        {
            return At(_empty[--_emptyCount]);
        }

        return Reach(_used) ? At(_used++) : null;
    }

    /// <summary>Puts a block on the stack of resident or empty ones.</summary>
    internal void Put(LargeValue* block, bool isResident)
    {
        uint number = NumberOf(block);
        if (isResident)
        {
            Push(ref _resident, ref _residentCount, ref _residentCapacity, number);
        }
        else
        {
            Push(ref _empty, ref _emptyCount, ref _emptyCapacity, number);
        }
    }

    /// <summary>Gives the address ranges and stacks back.</summary>
    internal void Unmap()
    {
        for (int range = 0; range < Ranges; range++)
        {
            if (_bases[range] != 0)
            {
                _ = Memory.Unmap((void*)_bases[range], Capacity(range) * BlockBytes);
            }
        }

        NativeMemory.Free(_resident);
        NativeMemory.Free(_empty);
    }

    private static void Push(ref uint* stack, ref uint count, ref uint capacity, uint number)
    {
        if (count == capacity)
        {
            uint more = capacity == 0 ? 64 : capacity * 2;
            uint* longer = (uint*)Memory.TryReallocate(stack, more * sizeof(uint));
            if (longer == null)
            {
                // The block is not used again. Freeing must not fail, and its memory is worth less than the process.
                return;
            }

            stack = longer;
            capacity = more;
        }

        stack[count++] = number;
    }

    private static long Capacity(int range) => 16L << (range * RangeGrowthShift);

    private bool Reach(uint number)
    {
        int range = RangeOf(number, out _);
        if (range >= Ranges)
        {
            return false;
        }

        if (_bases[range] == 0)
        {
            long mapped = Memory.Map(Capacity(range) * BlockBytes);
            if (mapped < 0)
            {
                return false;
            }

            _bases[range] = (ulong)mapped;
        }

        return true;
    }

    private static int RangeOf(uint number, out long index)
    {
        int range = 0;
        index = number;
        while (range < Ranges && index >= Capacity(range))
        {
            index -= Capacity(range);
            range++;
        }

        return range;
    }

    private LargeValue* At(uint number)
    {
        int range = RangeOf(number, out long index);
        return (LargeValue*)((byte*)_bases[range] + (index * BlockBytes));
    }

    private uint NumberOf(LargeValue* block)
    {
        long first = 0;
        for (int range = 0; range < Ranges; range++)
        {
            long distance = (long)((ulong)block - _bases[range]);
            if (_bases[range] != 0 && distance >= 0 && distance < Capacity(range) * BlockBytes)
            {
                return (uint)(first + (distance / BlockBytes));
            }

            first += Capacity(range);
        }

        throw new System.InvalidOperationException("a large value was freed that its size class does not know");
    }
}

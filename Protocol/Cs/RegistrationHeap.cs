using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Cs;

/// <summary>
/// The native memory of a <see cref="RegistrationTable"/>: buckets of three indexes, and blocks. Address space for all of it is reserved
/// once, so that it never takes more than its limit. Under the table's lock.
/// </summary>
internal sealed unsafe class RegistrationHeap
{
    // Blocks are multiples of it and named by their place in it: 32 bits reach 64 GB.
    private const int Unit = 16;

    // A name or a holder has at most 255 bytes.
    private const int Classes = 24;

    // Less is not worth a system call when the table has become empty.
    private const uint UnitsToGiveBack = (1 << 20) / Unit;

    private readonly byte* _memory;
    private readonly uint _first;
    private readonly uint _end;
    private readonly uint[] _free = new uint[Classes];
    private uint _top;
    private uint _used;

    /// <summary>Reserves address space.</summary>
    /// <param name="limit">Most bytes of blocks, at least 64 KB.</param>
    public RegistrationHeap(long limit)
    {
        // One bucket of each index for 256 bytes of blocks: chains stay short.
        int shift = 63 - System.Numerics.BitOperations.LeadingZeroCount((ulong)limit / 256);
        Buckets = 1u << shift;
        long buckets = 3L * Buckets * sizeof(uint);
        _first = (uint)((Unit + buckets) / Unit);
        _memory = NativeRegion.Reserve((nint)((_first * (long)Unit) + limit));
        _end = _first + (uint)(limit / Unit);
        _top = _first;
    }

    /// <summary>Buckets of each of the three indexes; a power of two.</summary>
    public uint Buckets { get; }

    /// <summary>Bytes that blocks take. In passing.</summary>
    public long InUse => _used * (long)Unit;

    /// <summary>The table's lock.</summary>
    public int* Lock => (int*)_memory;

    /// <summary>The first bucket of an index, 0 … 2.</summary>
    public uint* Index(int number) => (uint*)(_memory + Unit) + ((nint)number * (nint)Buckets);

    /// <summary>A block by its number.</summary>
    public byte* At(uint block) => _memory + ((nint)block * Unit);

    /// <summary>A new block.</summary>
    /// <returns>Its number; 0: there is no room.</returns>
    public uint Take(int bytes)
    {
        uint units = UnitsFor(bytes);
        uint block = 0;
        if (_free[units] != 0)
        {
            block = Pop(units);
        }
        else if (units <= _end - _top)
        {
            block = _top;
            _top += units;
        }

        // A longer one that is free is cut in two.
        for (uint longer = units + 1; block == 0 && longer < Classes; longer++)
        {
            if (_free[longer] != 0)
            {
                block = Pop(longer);
                Push(block + units, longer - units);
            }
        }

        _used += block == 0 ? 0 : units;
        return block;
    }

    /// <summary>Gives a block back.</summary>
    public void Return(uint block, int bytes)
    {
        uint units = UnitsFor(bytes);
        Push(block, units);
        _used -= units;
        if (_used == 0)
        {
            // Nothing is left in pieces: the next table begins whole.
            if (_top - _first >= UnitsToGiveBack)
            {
                byte* start = (byte*)(((nint)At(_first) + Memory.PageSize - 1) & -Memory.PageSize);
                _ = Memory.Discard(start, (At(_top) - start) & -Memory.PageSize);
            }

            Array.Clear(_free);
            _top = _first;
        }
    }

    private static uint UnitsFor(int bytes) => (uint)(bytes + Unit - 1) / Unit;

    private uint Pop(uint units)
    {
        uint block = _free[units];
        _free[units] = *(uint*)At(block);
        return block;
    }

    private void Push(uint block, uint units)
    {
        *(uint*)At(block) = _free[units];
        _free[units] = block;
    }
}

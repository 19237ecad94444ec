using System;
using Epollsrv.Native;

namespace Epollsrv.Store;

/// <summary>
/// All records of one size class in one partition: a dense array without holes, over address ranges that grow fourfold
/// (256 KB, 1 MB, … 64 GB) and are only reserved; pages become resident as the array reaches them and are given back
/// from its end. Freeing moves the last record into the hole, so there is no fragmentation at any time.
/// </summary>
internal unsafe struct RecordClass
{
    private const int Ranges = 10;
    private const long FirstRangeBytes = 256 << 10;
    private const int RangeGrowthShift = 2;

    /// <summary>Records in use.</summary>
    internal long Count;

    /// <summary>Records that fit the pages paid for.</summary>
    internal long Limit;

    /// <summary>Bytes in a record; 0 before the class has its first one.</summary>
    internal int Size;

    // The last range in use: its number, the index of its first record, and its bytes paid for.
    private int _range;
    private long _rangeStart;
    private long _rangeBytes;
    private fixed ulong _bases[Ranges];

    /// <summary>Bytes paid for beyond the records in use.</summary>
    internal readonly long SlackBytes => (Limit - Count) * Size;

    /// <summary>Whether a whole page is paid for that holds no part of a record.</summary>
    internal readonly bool HasUnusedPage => RoundUp((Count - _rangeStart) * Size) < _rangeBytes;

    /// <summary>Where record number <paramref name="index"/> is.</summary>
    internal readonly byte* At(long index)
    {
        int range = _range;
        long start = _rangeStart;
        while (index < start)
        {
            range--;
            start -= Capacity(range);
        }

        return (byte*)_bases[range] + ((index - start) * Size);
    }

    /// <summary>What <see cref="Extend"/> would cost: bytes for at least one more record.</summary>
    internal readonly long NextBytes()
    {
        long records = Limit - _rangeStart;
        if (records == Capacity(_range))
        {
            return RoundUp(Size);
        }

        return RoundUp((records + 1) * Size) - _rangeBytes;
    }

    /// <summary>Makes room for at least one more record, paid for by the caller.</summary>
    /// <returns>Whether the address space was to be had.</returns>
    internal bool Extend()
    {
        int range = _range;
        long start = _rangeStart;
        long bytes = _rangeBytes;
        if (Limit - start == Capacity(range))
        {
            range++;
            start = Limit;
            bytes = 0;
        }

        if (range == Ranges)
        {
            return false;
        }

        if (_bases[range] == 0)
        {
            long mapped = Memory.Map(RoundUp(Capacity(range) * Size));
            if (mapped < 0)
            {
                return false;
            }

            _bases[range] = (ulong)mapped;
        }

        bytes = RoundUp(((Limit - start + 1) * Size) > bytes ? (Limit - start + 1) * Size : bytes);
        _range = range;
        _rangeStart = start;
        _rangeBytes = bytes;
        Limit = start + Math.Min(bytes / Size, Capacity(range));
        return true;
    }

    /// <summary>Gives back whole pages behind the last record, but keeps about <paramref name="keep"/> bytes of them.</summary>
    /// <returns>Bytes given back.</returns>
    internal long Trim(long keep)
    {
        long freed = 0;
        while (_range > 0 && Count <= _rangeStart)
        {
            _ = Memory.Discard((void*)_bases[_range], _rangeBytes);
            freed += _rangeBytes;
            _range--;
            _rangeStart -= Capacity(_range);
            _rangeBytes = WholeBytes(_range);
            Limit = _rangeStart + Capacity(_range);
        }

        long wanted = Math.Min(RoundUp(((Count - _rangeStart) * Size) + keep), _rangeBytes);
        if (wanted < _rangeBytes)
        {
            _ = Memory.Discard((byte*)_bases[_range] + wanted, _rangeBytes - wanted);
            freed += _rangeBytes - wanted;
            _rangeBytes = wanted;
            Limit = _rangeStart + Math.Min(wanted / Size, Capacity(_range));
        }

        return freed;
    }

    /// <summary>Gives the address ranges back. Nobody may use a record any more.</summary>
    internal void Unmap()
    {
        for (int range = 0; range < Ranges; range++)
        {
            if (_bases[range] != 0)
            {
                _ = Memory.Unmap((void*)_bases[range], RoundUp(Capacity(range) * Size));
                _bases[range] = 0;
            }
        }
    }

    private static long RoundUp(long bytes) => (bytes + Memory.PageSize - 1) & -Memory.PageSize;

    private readonly long Capacity(int range) => (FirstRangeBytes << (range * RangeGrowthShift)) / Size;

    private readonly long WholeBytes(int range) => RoundUp(Capacity(range) * Size);
}

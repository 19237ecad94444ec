using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Epollsrv.Native;

namespace Epollsrv.Store;

/// <summary>
/// The buckets of a partition's index, addressed by linear hashing (Litwin 1980): the low bits of a hash
/// are the bucket's number. The array grows and shrinks by one bucket at a time, over address ranges that
/// are only reserved, so no request waits for a rehash. <see cref="BucketSplitting"/> moves the entries.
/// </summary>
internal unsafe struct BucketArray
{
    // Region 0 holds buckets 0 … 1023, region k ≥ 1 buckets 1024·2^(k−1) … 1024·2^k − 1. Each is whole pages, also of 64 KB.
    private const int FirstRegionLog = 10;
    private const int Regions = 32;

    private ulong _mask;
    private ulong _count;
    private long _bytes;
    private fixed ulong _regionOrigins[Regions];

    /// <summary>Buckets, not counting overflow.</summary>
    internal readonly ulong Count => _count;

    /// <summary>The number of buckets when the current doubling began: those below it are split one after the other.</summary>
    internal readonly ulong Half => (_mask >> 1) + 1;

    /// <summary>The number of the bucket that a hash belongs to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly ulong NumberOf(ulong hash)
    {
        ulong number = hash & _mask;
        return number < _count ? number : number & (_mask >> 1);
    }

    /// <summary>The bucket with a number below <see cref="Count"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly Bucket* At(ulong number) => (Bucket*)(_regionOrigins[RegionOf(number)] + (number * Bucket.Size));

    /// <summary>The bucket that a hash belongs to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly Bucket* Of(ulong hash) => At(NumberOf(hash));

    /// <summary>How many low bits of the hash choose this bucket.</summary>
    internal readonly int BitsOf(ulong number)
    {
        int bits = BitOperations.Log2(Half);

        // Split buckets and their new halves use one bit more.
        return number >= Half || number + Half < _count ? bits + 1 : bits;
    }

    /// <summary>Whether the bucket's memory is mapped: false for one that is just being added, seen from another processor.</summary>
    internal readonly bool IsMapped(ulong number) => _regionOrigins[RegionOf(number)] != 0;

    /// <summary>Makes the first bucket. Its page belongs to the empty store, as the program's own memory does: it is not counted.</summary>
    /// <returns>False: the kernel gives no memory.</returns>
    internal bool Initialize(ref MemoryAccount account)
    {
        _mask = 1;
        _bytes = Memory.PageSize;
        if (!TryPrepareNext(ref account))
        {
            return false;
        }

        Add();
        return true;
    }

    /// <summary>Maps and pays for one more bucket.</summary>
    /// <returns>False: the kernel gives no memory.</returns>
    internal bool TryPrepareNext(ref MemoryAccount account)
    {
        int region = RegionOf(_count);
        if (region >= Regions)
        {
            return false;
        }

        if (_count == RegionStart(region) && _regionOrigins[region] == 0)
        {
            long mapped = Memory.Map(RegionBytes(region));
            if (mapped < 0)
            {
                return false;
            }

            // Biased, so that At needs no subtraction.
            _regionOrigins[region] = (ulong)mapped - (_count * Bucket.Size);
        }

        if ((long)(_count + 1) * Bucket.Size > _bytes)
        {
            account.Take(Memory.PageSize);
            _bytes += Memory.PageSize;
        }

        return true;
    }

    /// <summary>Adds the bucket that <see cref="TryPrepareNext"/> prepared. The one it splits off is empty.</summary>
    internal void Add()
    {
        _count++;
        if (_count > _mask)
        {
            _mask = (_mask << 1) | 1;
        }
    }

    /// <summary>Drops the last bucket, which is empty.</summary>
    internal void DropLast(ref MemoryAccount account)
    {
        if (_count == Half)
        {
            _mask >>= 1;
        }

        _count--;
        At(_count)->Clear();

        // One page is kept in reserve, so that a count that swings around a page's edge makes no system calls.
        account.Return(Trim(2 * Memory.PageSize));
    }

    /// <summary>Gives back the last pages while they hold more than so many bytes that no bucket needs.</summary>
    /// <returns>Bytes given back.</returns>
    internal long Trim(long most)
    {
        long freed = 0;
        while (_bytes - ((long)_count * Bucket.Size) > most)
        {
            _bytes -= Memory.PageSize;
            _ = Memory.Discard(At((ulong)_bytes / Bucket.Size), Memory.PageSize);
            freed += Memory.PageSize;
        }

        return freed;
    }

    /// <summary>Gives back everything but the empty store's first page.</summary>
    /// <returns>Bytes given back.</returns>
    internal long Clear()
    {
        for (int region = 0; region < Regions && RegionStart(region) < _count; region++)
        {
            long used = Math.Min(RegionBytes(region), _bytes - ((long)RegionStart(region) * Bucket.Size));
            _ = Memory.Discard(At(RegionStart(region)), used);
        }

        long freed = _bytes - Memory.PageSize;
        _bytes = Memory.PageSize;
        _count = 1;
        _mask = 1;
        return freed;
    }

    /// <summary>Gives the address ranges back. Nobody may use a bucket any more.</summary>
    internal void Unmap()
    {
        for (int region = 0; region < Regions; region++)
        {
            if (_regionOrigins[region] != 0)
            {
                _ = Memory.Unmap((void*)(_regionOrigins[region] + (RegionStart(region) * Bucket.Size)), RegionBytes(region));
            }
        }
    }

    private static int RegionOf(ulong number) => 64 - BitOperations.LeadingZeroCount(number >> FirstRegionLog);

    private static ulong RegionStart(int region) => region == 0 ? 0 : 1UL << (FirstRegionLog + region - 1);

    private static long RegionBytes(int region) =>
        (long)(region == 0 ? 1UL << FirstRegionLog : RegionStart(region)) * Bucket.Size;
}

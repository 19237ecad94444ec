using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Epollsrv.Native;

namespace Epollsrv.Store;

// The array of buckets: linear hashing (Litwin 1980). It grows by splitting one bucket and shrinks by joining two, so
// no request waits for a rehash and the load stays nearly constant. Bucket number = low bits of the hash.
internal unsafe partial struct Partition
{
    // Region 0 holds buckets 0 … 1023, region k ≥ 1 buckets 1024·2^(k−1) … 1024·2^k − 1.
    private const int FirstRegionLog = 10;
    private const int Regions = 32;

    // Split above 6 keys per bucket, join below 4. Six of nine slots keeps the
    // index at 12 bytes per key, overflow buckets included, over the whole cycle of a doubling: docs/STORE.md.
    private const int KeysPerBucketMost = 6;
    private const int KeysPerBucketLeast = 4;

    /// <summary>Buckets, not counting overflow.</summary>
    internal ulong BucketCount => _bucketCount;

    /// <summary>The number of the bucket that a hash belongs to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong BucketNumber(ulong hash)
    {
        ulong number = hash & _mask;
        return number < _bucketCount ? number : number & (_mask >> 1);
    }

    /// <summary>The bucket with a number below <see cref="BucketCount"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Bucket* BucketAt(ulong number) =>
        (Bucket*)(_regionOrigins[RegionOf(number)] + (number * Bucket.Size));

    /// <summary>How many low bits of the hash choose this bucket.</summary>
    internal int BucketBits(ulong number)
    {
        int bits = BitOperations.Log2((_mask >> 1) + 1);
        ulong half = (_mask >> 1) + 1;

        // Split buckets and their new halves use one bit more.
        return number >= half || number + half < _bucketCount ? bits + 1 : bits;
    }

    /// <summary>Brings the number of buckets one or two steps nearer to what the number of keys asks for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void GrowIfCrowded()
    {
        if ((ulong)Count > _bucketCount * KeysPerBucketMost)
        {
            Split();
        }
    }

    /// <summary>The counterpart of <see cref="GrowIfCrowded"/> after a deletion.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void ShrinkIfSparse()
    {
        if ((ulong)Count < _bucketCount * KeysPerBucketLeast && _bucketCount > 1)
        {
            Join();
        }
    }

    private static int RegionOf(ulong number) => 64 - BitOperations.LeadingZeroCount(number >> FirstRegionLog);

    private static ulong RegionStart(int region) => region == 0 ? 0 : 1UL << (FirstRegionLog + region - 1);

    private static long RegionBytes(int region) =>
        (long)(region == 0 ? 1UL << FirstRegionLog : RegionStart(region)) * Bucket.Size;

    private bool InitializeBuckets()
    {
        // The first page belongs to the empty store, as the program's own memory does: it is not counted.
        _mask = 1;
        _bucketBytes = Memory.PageSize;
        return AddBucket();
    }

    private bool AddBucket()
    {
        ulong number = _bucketCount;
        int region = RegionOf(number);
        if (region >= Regions)
        {
            return false;
        }

        if (number == RegionStart(region) && _regionOrigins[region] == 0)
        {
            long mapped = Memory.Map(RegionBytes(region));
            if (mapped < 0)
            {
                return false;
            }

            // Biased, so that BucketAt needs no subtraction.
            _regionOrigins[region] = (ulong)mapped - (number * Bucket.Size);
        }

        if ((long)(number + 1) * Bucket.Size > _bucketBytes)
        {
            ChargeAlways(Memory.PageSize);
            _bucketBytes += Memory.PageSize;
        }

        _bucketCount++;
        return true;
    }

    private void DropBucket()
    {
        _bucketCount--;
        BucketAt(_bucketCount)->Clear();

        // One page is kept in reserve, so that a count that swings around a page's edge makes no system calls.
        Uncharge(TrimBuckets(2 * Memory.PageSize));
    }

    // Gives back the last pages while they hold more than so many bytes that no bucket needs.
    private long TrimBuckets(long most)
    {
        long freed = 0;
        while (_bucketBytes - ((long)_bucketCount * Bucket.Size) > most)
        {
            _bucketBytes -= Memory.PageSize;
            _ = Memory.Discard(BucketAt((ulong)_bucketBytes / Bucket.Size), Memory.PageSize);
            freed += Memory.PageSize;
        }

        return freed;
    }

    // Everything but the empty store's first page.
    private long ClearBuckets()
    {
        for (int region = 0; region < Regions && RegionStart(region) < _bucketCount; region++)
        {
            long used = Math.Min(RegionBytes(region), _bucketBytes - ((long)RegionStart(region) * Bucket.Size));
            _ = Memory.Discard(BucketAt(RegionStart(region)), used);
        }

        long freed = _bucketBytes - Memory.PageSize;
        _bucketBytes = Memory.PageSize;
        _bucketCount = 1;
        _mask = 1;
        return freed;
    }

    private void UnmapBuckets()
    {
        for (int region = 0; region < Regions; region++)
        {
            if (_regionOrigins[region] != 0)
            {
                _ = Memory.Unmap((void*)(_regionOrigins[region] + (RegionStart(region) * Bucket.Size)), RegionBytes(region));
            }
        }
    }

    [SkipLocalsInit]
    private void Split()
    {
        ulong half = (_mask >> 1) + 1;
        ulong oldNumber = _bucketCount - half;
        ulong newNumber = _bucketCount;
        Bucket* old = BucketAt(oldNumber);
        int count = ChainCount(old);
        GatheredEntry* gathered = stackalloc GatheredEntry[MostGathered];
        long mapped = count > MostGathered ? MapGathered(count, ref gathered) : 0;
        if (mapped < 0)
        {
            return;
        }

        if (!AddBucket())
        {
            UnmapGathered(gathered, mapped);
            return;
        }

        if ((Stripe->Observers & ObserverKinds.Snapshot) != 0)
        {
            ShowToSnapshot(oldNumber);
        }

        // The chain is taken apart while the addresses still follow the old number of buckets.
        _bucketCount--;
        bool mayExpire = old->MayExpire;
        TakeApart(old, gathered);
        _bucketCount++;
        if (_bucketCount > _mask)
        {
            _mask = (_mask << 1) | 1;
        }

        Bucket* fresh = BucketAt(newNumber);
        for (int index = 0; index < count; index++)
        {
            ulong hash = gathered[index].Hash;
            _ = TryAddToChain((hash & half) != 0 ? fresh : old, Bucket.TagOf(hash), gathered[index].Entry);
        }

        UnmapGathered(gathered, mapped);

        old->MayExpire = mayExpire;
        fresh->MayExpire = mayExpire;
    }

    [SkipLocalsInit]
    private void Join()
    {
        ulong half = (_mask >> 1) + 1;
        ulong lastNumber = _bucketCount - 1;
        if (lastNumber < half)
        {
            half >>= 1;
        }

        Bucket* last = BucketAt(lastNumber);
        Bucket* target = BucketAt(lastNumber - half);
        int count = ChainCount(last);
        GatheredEntry* gathered = stackalloc GatheredEntry[MostGathered];
        long mapped = count > MostGathered ? MapGathered(count, ref gathered) : 0;
        if (mapped < 0)
        {
            return;
        }

        if (!TryReserve(SizeClasses.OverflowBuckets, (count / (Bucket.Slots - 1)) + 1))
        {
            UnmapGathered(gathered, mapped);
            return;
        }

        if ((Stripe->Observers & ObserverKinds.Snapshot) != 0)
        {
            ShowToSnapshot(lastNumber);
            ShowToSnapshot(lastNumber - half);
        }

        bool mayExpire = last->MayExpire || target->MayExpire;
        TakeApart(last, gathered);
        if (_bucketCount == (_mask >> 1) + 1)
        {
            _mask >>= 1;
        }

        DropBucket();
        for (int index = 0; index < count; index++)
        {
            _ = TryAddToChain(target, Bucket.TagOf(gathered[index].Hash), gathered[index].Entry);
        }

        UnmapGathered(gathered, mapped);

        target->MayExpire = mayExpire;
    }
}

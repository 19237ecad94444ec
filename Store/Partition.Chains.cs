using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Epollsrv.Native;

namespace Epollsrv.Store;

// Looking up, adding and removing entries in a bucket and its overflow chain.
internal unsafe partial struct Partition
{
    // A longer chain does not occur while the hash is secret, but it must not keep the other buckets from splitting: it gets memory of its own.
    private const int MostGathered = 256;

    /// <summary>Finds an entry by its key, expired or not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Entry* Lookup(byte* key, int keyLength, ulong hash)
    {
        Bucket* bucket = BucketAt(BucketNumber(hash));
        Vector128<byte> tag = Vector128.Create(Bucket.TagOf(hash));
        while (true)
        {
            for (uint matches = bucket->Match(tag); matches != 0; matches &= matches - 1)
            {
                Entry* entry = bucket->Address(BitOperations.TrailingZeroCount(matches));
                if (entry->KeyEquals(key, keyLength))
                {
                    return entry;
                }
            }

            if (!bucket->HasOverflow)
            {
                return null;
            }

            bucket = bucket->Overflow;
        }
    }

    /// <summary>Adds a record that is not in the index. When there is no memory for that, the record is freed.</summary>
    internal void Index(Entry* entry, ulong hash)
    {
        Bucket* head = BucketAt(BucketNumber(hash));
        if (!TryAddToChain(head, Bucket.TagOf(hash), entry))
        {
            FreeStorage(entry);
            throw new InsufficientMemoryException("cannot extend the store's index: the kernel has no address space left");
        }

        if (entry->HasExpiry)
        {
            head->MayExpire = true;
        }
    }

    /// <summary>Points the index at a record's new place.</summary>
    internal void Reindex(Entry* from, Entry* to, ulong hash)
    {
        Bucket* head = BucketAt(BucketNumber(hash));
        byte tag = Bucket.TagOf(hash);
        for (Bucket* bucket = head; ; bucket = bucket->Overflow)
        {
            int slot = bucket->SlotOf(from, tag);
            if (slot >= 0)
            {
                bucket->SetAddress(slot, to);
                if (to->HasExpiry)
                {
                    head->MayExpire = true;
                }

                return;
            }
        }
    }

    /// <summary>Takes a record out of the index.</summary>
    internal void Unindex(Entry* entry, ulong hash)
    {
        Bucket* bucket = BucketAt(BucketNumber(hash));
        byte tag = Bucket.TagOf(hash);
        Bucket* before = null;
        int slot = bucket->SlotOf(entry, tag);
        while (slot < 0)
        {
            before = bucket;
            bucket = bucket->Overflow;
            slot = bucket->SlotOf(entry, tag);
        }

        // The last entry of the chain fills the hole, so used slots stay the first ones.
        Bucket* tail = bucket;
        while (tail->HasOverflow)
        {
            before = tail;
            tail = tail->Overflow;
        }

        int last = tail->Count - 1;
        bucket->Set(slot, tail->Tag(last), tail->Address(last));
        tail->Count = last;
        if (last == 1 && before != null)
        {
            // A lone entry goes back into the slot that held the overflow bucket's address.
            before->Overflow = null;
            before->Set(Bucket.Slots - 1, tail->Tag(0), tail->Address(0));
            before->Count = Bucket.Slots;
            FreeRecord((byte*)tail, SizeClasses.OverflowBuckets);
        }
    }

    /// <summary>Asks the processor to fetch the bucket of a hash.</summary>
    internal void Prefetch(ulong hash)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(BucketAt(BucketNumber(hash)));
        }
    }

    /// <summary>
    /// Asks the processor to fetch the records that a hash's bucket points to. Reads the bucket without the lock: it may be changing and what is
    /// read wrong, but bucket memory is never unmapped while the store lives, and fetching a wrong address does no harm.
    /// </summary>
    internal void PrefetchRecords(ulong hash)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        ulong number = BucketNumber(hash);
        if (_regionOrigins[RegionOf(number)] == 0)
        {
            // Another processor's order of stores: the region of a bucket that is just being added.
            return;
        }

        Bucket* bucket = BucketAt(number);
        for (uint matches = bucket->Match(Vector128.Create(Bucket.TagOf(hash))); matches != 0; matches &= matches - 1)
        {
            byte* record = (byte*)bucket->Address(BitOperations.TrailingZeroCount(matches));
            Sse.Prefetch0(record);
            Sse.Prefetch0(record + 64);
        }
    }

    private static int ChainCount(Bucket* bucket)
    {
        int count = bucket->Count;
        while (bucket->HasOverflow)
        {
            bucket = bucket->Overflow;
            count += bucket->Count;
        }

        return count;
    }

    // False: there is no memory for an overflow bucket. Never so while a chain is split, which frees as many before, or joined, which reserves them.
    private bool TryAddToChain(Bucket* bucket, byte tag, Entry* entry)
    {
        while (bucket->HasOverflow)
        {
            bucket = bucket->Overflow;
        }

        int count = bucket->Count;
        if (count < Bucket.Slots)
        {
            bucket->Set(count, tag, entry);
            bucket->Count = count + 1;
            return true;
        }

        if (!HasRoom(SizeClasses.OverflowBuckets) && !ExtendAlways(SizeClasses.OverflowBuckets))
        {
            return false;
        }

        Bucket* overflow = (Bucket*)Allocate(SizeClasses.OverflowBuckets);
        overflow->Clear();
        overflow->Set(0, bucket->Tag(Bucket.Slots - 1), bucket->Address(Bucket.Slots - 1));
        overflow->Set(1, tag, entry);
        overflow->Count = 2;
        bucket->Overflow = overflow;
        bucket->Count = Bucket.Slots - 1;
        return true;
    }

    // Empties a chain from its end, so that at every moment the rest of it can still be found by hash: freeing an
    // overflow bucket moves another one, whose predecessor is then looked for.
    private void TakeApart(Bucket* head, GatheredEntry* gathered)
    {
        int count = 0;
        for (Bucket* bucket = head; ; bucket = bucket->Overflow)
        {
            for (int slot = 0; slot < bucket->Count; slot++)
            {
                Entry* entry = bucket->Address(slot);
                gathered[count++].Entry = entry;
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(entry);
                }
            }

            if (!bucket->HasOverflow)
            {
                break;
            }
        }

        for (int index = 0; index < count; index++)
        {
            gathered[index].Hash = HashOf(gathered[index].Entry);
        }

        while (head->HasOverflow)
        {
            Bucket* before = head;
            while (before->Overflow->HasOverflow)
            {
                before = before->Overflow;
            }

            Bucket* tail = before->Overflow;
            before->Overflow = null;
            FreeRecord((byte*)tail, SizeClasses.OverflowBuckets);
        }

        head->Clear();
    }

    // Bytes mapped, or −errno.
    private static long MapGathered(int count, ref GatheredEntry* gathered)
    {
        long bytes = (((long)count * sizeof(GatheredEntry)) + Memory.PageSize - 1) & -Memory.PageSize;
        long mapped = Memory.Map(bytes);
        if (mapped < 0)
        {
            return mapped;
        }

        gathered = (GatheredEntry*)mapped;
        return bytes;
    }

    private static void UnmapGathered(GatheredEntry* gathered, long mapped)
    {
        if (mapped > 0)
        {
            _ = Memory.Unmap(gathered, mapped);
        }
    }

    // An overflow bucket was moved by FreeRecord: its first entry tells which chain it belongs to.
    private void RelinkOverflow(Bucket* from, Bucket* to)
    {
        Bucket* bucket = BucketAt(BucketNumber(HashOf(to->Address(0))));
        while (bucket->Overflow != from)
        {
            bucket = bucket->Overflow;
        }

        bucket->Overflow = to;
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Epollsrv.Store;

/// <summary>
/// A bucket and its overflow buckets: finding, adding and removing the entries
/// of one hash. Under the partition's lock, but for the two that only prefetch.
/// </summary>
internal static unsafe class BucketChain
{
    /// <summary>Finds an entry by its key, expired or not; null: there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Entry* Lookup(Bucket* bucket, byte* key, int keyLength, ulong hash)
    {
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

    /// <summary>Finds an entry whose key has this very hash (two such keys are as good as the same for who asks), or null.</summary>
    internal static Entry* FindByHash(Partition* partition, ulong hash)
    {
        byte tag = Bucket.TagOf(hash);
        for (Bucket* bucket = partition->Buckets.Of(hash); ; bucket = bucket->Overflow)
        {
            for (int slot = 0; slot < bucket->Count; slot++)
            {
                if (bucket->Tag(slot) == tag && partition->HashOf(bucket->Address(slot)) == hash)
                {
                    return bucket->Address(slot);
                }
            }

            if (!bucket->HasOverflow)
            {
                return null;
            }
        }
    }

    /// <summary>The first entry of a chain, after passing over some, that has not expired; or null.</summary>
    internal static Entry* FirstAlive(Bucket* bucket, int skip, long now)
    {
        while (true)
        {
            for (int slot = 0; slot < bucket->Count; slot++)
            {
                Entry* entry = bucket->Address(slot);
                if (skip-- <= 0 && !entry->IsExpired(now))
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

    /// <summary>How many entries a chain has.</summary>
    internal static int Count(Bucket* bucket)
    {
        int count = bucket->Count;
        while (bucket->HasOverflow)
        {
            bucket = bucket->Overflow;
            count += bucket->Count;
        }

        return count;
    }

    /// <summary>Adds a record to a chain.</summary>
    /// <returns>
    /// False: there is no memory for an overflow bucket. Never so while a chain
    /// is split, which frees as many before, or joined, which reserves them.
    /// </returns>
    internal static bool TryAdd(Partition* partition, Bucket* bucket, byte tag, Entry* entry)
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

        ref RecordTable records = ref partition->Records;
        if (!records.HasRoom(SizeClasses.OverflowBuckets) && !records.ExtendAlways(SizeClasses.OverflowBuckets, ref partition->Account))
        {
            return false;
        }

        Bucket* overflow = (Bucket*)records.Allocate(SizeClasses.OverflowBuckets);
        overflow->Clear();
        overflow->Set(0, bucket->Tag(Bucket.Slots - 1), bucket->Address(Bucket.Slots - 1));
        overflow->Set(1, tag, entry);
        overflow->Count = 2;
        bucket->Overflow = overflow;
        bucket->Count = Bucket.Slots - 1;
        return true;
    }

    /// <summary>Points a chain at a record's new place.</summary>
    internal static void Replace(Bucket* head, Entry* from, Entry* to, ulong hash)
    {
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

    /// <summary>Takes a record out of its chain; the record itself stays.</summary>
    internal static void Remove(Partition* partition, Entry* entry, ulong hash)
    {
        Bucket* bucket = partition->Buckets.Of(hash);
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
            partition->FreeRecord((byte*)tail, SizeClasses.OverflowBuckets);
        }
    }

    /// <summary>Points a chain at an overflow bucket's new place.</summary>
    internal static void ReplaceOverflow(Partition* partition, Bucket* from, Bucket* to)
    {
        // Its first entry tells which chain it belongs to.
        Bucket* bucket = partition->Buckets.Of(partition->HashOf(to->Address(0)));
        while (bucket->Overflow != from)
        {
            bucket = bucket->Overflow;
        }

        bucket->Overflow = to;
    }

    /// <summary>Asks the processor to fetch the bucket of a hash.</summary>
    internal static void Prefetch(Partition* partition, ulong hash)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(partition->Buckets.Of(hash));
        }
    }

    /// <summary>
    /// Asks the processor to fetch the records that a hash's bucket points to. Reads the bucket without the lock: it may be changing
    /// and what is read wrong, but bucket memory is never unmapped while the store lives, and fetching a wrong address does no harm.
    /// </summary>
    internal static void PrefetchRecords(Partition* partition, ulong hash)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        ulong number = partition->Buckets.NumberOf(hash);
        if (!partition->Buckets.IsMapped(number))
        {
            // Another processor's order of stores: the region of a bucket that is just being added.
            return;
        }

        Bucket* bucket = partition->Buckets.At(number);
        for (uint matches = bucket->Match(Vector128.Create(Bucket.TagOf(hash))); matches != 0; matches &= matches - 1)
        {
            byte* record = (byte*)bucket->Address(BitOperations.TrailingZeroCount(matches));
            Sse.Prefetch0(record);
            Sse.Prefetch0(record + 64);
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Epollsrv.Native;

namespace Epollsrv.Store;

/// <summary>
/// Keeps a partition's number of buckets near to what its number of keys asks for: splits one bucket
/// when they are crowded, joins two when they are sparse. The holder of the partition's lock calls it.
/// </summary>
internal static unsafe class BucketSplitting
{
    // Split above 6 keys per bucket, join below 4. Six of nine slots keeps the
    // index at 12 bytes per key, overflow buckets included, over the whole cycle of a doubling: docs/STORE.md.
    private const int KeysPerBucketMost = 6;
    private const int KeysPerBucketLeast = 4;

    // A longer chain does not occur while the hash is secret, but it must
    // not keep the other buckets from splitting: it gets memory of its own.
    private const int MostGathered = 256;

    /// <summary>To be called after a key was added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void GrowIfCrowded(Partition* partition)
    {
        if ((ulong)partition->Count > partition->Buckets.Count * KeysPerBucketMost)
        {
            Split(partition);
        }
    }

    /// <summary>To be called after a key was removed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void ShrinkIfSparse(Partition* partition)
    {
        if ((ulong)partition->Count < partition->Buckets.Count * KeysPerBucketLeast && partition->Buckets.Count > 1)
        {
            Join(partition);
        }
    }

    [SkipLocalsInit]
    private static void Split(Partition* partition)
    {
        ref BucketArray buckets = ref partition->Buckets;
        ulong half = buckets.Half;
        ulong newNumber = buckets.Count;
        ulong oldNumber = newNumber - half;
        Bucket* old = buckets.At(oldNumber);
        int count = BucketChain.Count(old);
        GatheredEntry* gathered = stackalloc GatheredEntry[MostGathered];
        long mapped = count > MostGathered ? MapGathered(count, ref gathered) : 0;
        if (mapped < 0)
        {
            return;
        }

        if (!buckets.TryPrepareNext(ref partition->Account))
        {
            UnmapGathered(gathered, mapped);
            return;
        }

        partition->BeginBucketChange(oldNumber);

        // The chain is taken apart while the addresses still follow the old number of buckets.
        bool mayExpire = old->MayExpire;
        TakeApart(partition, old, gathered);
        buckets.Add();
        Bucket* fresh = buckets.At(newNumber);
        for (int index = 0; index < count; index++)
        {
            ulong hash = gathered[index].Hash;
            _ = BucketChain.TryAdd(partition, (hash & half) != 0 ? fresh : old, Bucket.TagOf(hash), gathered[index].Entry);
        }

        UnmapGathered(gathered, mapped);
        old->MayExpire = mayExpire;
        fresh->MayExpire = mayExpire;

        // Clearing took it from the old one, which is saved if there is a snapshot; after an aborted one it does no harm.
        old->SnapshotParity = partition->SnapshotParity;
        fresh->SnapshotParity = partition->SnapshotParity;
    }

    [SkipLocalsInit]
    private static void Join(Partition* partition)
    {
        ref BucketArray buckets = ref partition->Buckets;
        ulong lastNumber = buckets.Count - 1;
        ulong half = lastNumber < buckets.Half ? buckets.Half >> 1 : buckets.Half;
        Bucket* last = buckets.At(lastNumber);
        Bucket* target = buckets.At(lastNumber - half);
        int count = BucketChain.Count(last);
        GatheredEntry* gathered = stackalloc GatheredEntry[MostGathered];
        long mapped = count > MostGathered ? MapGathered(count, ref gathered) : 0;
        if (mapped < 0)
        {
            return;
        }

        if (!partition->Records.TryReserve(SizeClasses.OverflowBuckets, (count / (Bucket.Slots - 1)) + 1, ref partition->Account))
        {
            UnmapGathered(gathered, mapped);
            return;
        }

        partition->BeginBucketChange(lastNumber);
        partition->BeginBucketChange(lastNumber - half);
        bool mayExpire = last->MayExpire || target->MayExpire;
        TakeApart(partition, last, gathered);
        buckets.DropLast(ref partition->Account);
        for (int index = 0; index < count; index++)
        {
            _ = BucketChain.TryAdd(partition, target, Bucket.TagOf(gathered[index].Hash), gathered[index].Entry);
        }

        UnmapGathered(gathered, mapped);
        target->MayExpire = mayExpire;
    }

    // Empties a chain from its end, so that at every moment the rest of it can still be found by hash: freeing an
    // overflow bucket moves another one, whose predecessor is then looked for.
    private static void TakeApart(Partition* partition, Bucket* head, GatheredEntry* gathered)
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
            gathered[index].Hash = partition->HashOf(gathered[index].Entry);
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
            partition->FreeRecord((byte*)tail, SizeClasses.OverflowBuckets);
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
}

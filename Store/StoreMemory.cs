using System.Runtime.CompilerServices;
using System.Threading;

namespace Epollsrv.Store;

/// <summary>
/// Where one access gets memory from: records and blocks within the memory maximum, by evicting keys when it is reached. Only ever waits
/// for locks by trying: the present partition stays locked meanwhile, and two threads that waited for each other's would never go on.
/// </summary>
public sealed unsafe class StoreMemory
{
    // After the maximum was lowered a single write does not pay for all of it.
    private const int MostEvictionsWhenExceeded = 64;
    private const int LockAttempts = 1000;

    private readonly StoreAccess _access;
    private readonly KeyValueStore _store;

    internal StoreMemory(StoreAccess access)
    {
        _access = access;
        _store = access.Store;
    }

    /// <summary>Keys that this access has evicted.</summary>
    internal long Evictions { get; private set; }

    // Nothing may be refused or evicted: the room was made before, or the write was granted elsewhere, or the data are another node's.
    private bool IsGranted => _access.Mode != AccessMode.Normal || _access.Group.HasRoom;

    /// <summary>
    /// A block for a value, with one reference and undefined contents, to be filled and given to <c>Put</c>
    /// (or to <see cref="LargeValue.Release"/>). Best called before a partition is locked; evicts when memory is short.
    /// </summary>
    /// <returns>The block, or null when memory is out.</returns>
    public LargeValue* AllocateLarge(long length) => TryTake(LargeHeap.CostOf(length)) ? _store.LargeValues->Allocate(length) : null;

    /// <summary>
    /// A block for a value that is still to arrive: it takes nothing from the memory maximum before <see cref="TryAdopt"/>,
    /// and pages of it are resident only once they are written. To be adopted, or given to <see cref="LargeValue.Abandon"/>.
    /// </summary>
    /// <returns>The block, or null when the kernel has no address space.</returns>
    public LargeValue* ReserveLarge(long length) => _store.LargeValues->Reserve(length);

    /// <summary>Makes a reserved block one for <c>Put</c>; evicts when
    /// memory is short. Best called before a partition is locked.</summary>
    /// <param name="block">The block, filled.</param>
    /// <param name="length">Bytes of the value, not more than were reserved.</param>
    /// <returns>False when memory is out; the block is then still a reserved one.</returns>
    public bool TryAdopt(LargeValue* block, long length)
    {
        if (!TryTake(block->BlockBytes))
        {
            return false;
        }

        block->SetLength(length);
        return true;
    }

    /// <summary>
    /// Evicts up to <paramref name="keys"/> keys while more memory is in use than the maximum allows: for a background
    /// job after the maximum was lowered. Nothing may be locked.
    /// </summary>
    /// <returns>How many were evicted, or how often unused pages were given
    /// back instead; 0 when there is no need or nothing may go.</returns>
    public int EvictStep(int keys)
    {
        int evicted = 0;
        while (evicted < keys && _store.Budget->IsExceeded && TryMakeRoom())
        {
            evicted++;
        }

        return evicted;
    }

    /// <summary>Memory for a record in the present partition; may evict.</summary>
    /// <returns>The record, or null when memory is out.</returns>
    internal Entry* TakeRecord(int sizeClass, long size)
    {
        if (sizeClass == SizeClasses.None)
        {
            LargeValue* block = AllocateLarge(size);
            return block == null ? null : (Entry*)block->Data;
        }

        Partition* partition = _access.Current;
        return partition->Records.HasRoom(sizeClass) || TryExtend(partition, sizeClass) ? (Entry*)partition->Records.Allocate(sizeClass)
            : null;
    }

    /// <summary>Takes bytes from the budget; may evict.</summary>
    internal bool TryTake(long bytes)
    {
        MemoryBudget* budget = _store.Budget;
        if (IsGranted)
        {
            budget->Take(bytes);
            return true;
        }

        int rounds = 0;
        while (!budget->TryTake(bytes))
        {
            if (IsBeyondShare(bytes) || !TryMakeRoom())
            {
                return false;
            }

            if (++rounds >= MostEvictionsWhenExceeded && budget->IsExceeded)
            {
                budget->Take(bytes);
                return true;
            }
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryExtend(Partition* partition, int sizeClass)
    {
        ref RecordTable records = ref partition->Records;
        if (IsGranted)
        {
            return records.ExtendAlways(sizeClass, ref partition->Account);
        }

        int rounds = 0;
        while (!records.TryExtend(sizeClass, ref partition->Account))
        {
            if (IsBeyondShare(records.NextBytes(sizeClass)) || !TryMakeRoom())
            {
                return false;
            }

            if (records.HasRoom(sizeClass))
            {
                return true;
            }

            if (++rounds >= MostEvictionsWhenExceeded && _store.Budget->IsExceeded)
            {
                return records.ExtendAlways(sizeClass, ref partition->Account);
            }
        }

        return true;
    }

    // Evicting everything would not help; then nothing is evicted.
    private bool IsBeyondShare(long bytes) => bytes > _store.Budget->Share;

    // Evicts one key, or gives back pages that nobody uses. False: nothing may go.
    private bool TryMakeRoom()
    {
        EvictionPolicy policy = _store.Policy;
        int own = _access.Current == null ? -1 : _access.Current->Number;
        if (_store.Budget->Maximum == 0)
        {
            return false;
        }

        if (own >= 0)
        {
            if (Trim(own, out long taken) > 0)
            {
                return true;
            }

            // A partition that is asked for room gives it, unless it has much less than its share (it may hold a few small
            // keys beside others' large ones).
            if (taken >= _store.Budget->Maximum / _store.PartitionCount / 2 && EvictFrom(own, policy))
            {
                return true;
            }
        }

        return TryMakeRoomElsewhere(own, policy) || (own >= 0 && EvictFrom(own, policy));
    }

    private bool TryMakeRoomElsewhere(int own, EvictionPolicy policy)
    {
        for (int attempt = 0; attempt < LockAttempts; attempt++)
        {
            bool busy = false;
            int start = (int)(AccessClock.Next(ref _access.RandomState) >> 58);
            for (int step = 0; step < _store.PartitionCount; step++)
            {
                int index = (start + step) & (_store.PartitionCount - 1);
                if (index == own)
                {
                    continue;
                }

                Stripe* stripe = _store.StripeAt(index);
                bool held = ((_access.LockedPartitions >> index) & 1) != 0;
                if (!held && !PartitionLock.TryAcquire(&stripe->Lock))
                {
                    busy = true;
                    continue;
                }

                bool made = Trim(index, out _) > 0 || EvictFrom(index, policy);
                if (!held)
                {
                    PartitionLock.Release(&stripe->Lock);
                }

                if (made)
                {
                    return true;
                }
            }

            if (!busy)
            {
                return false;
            }

            Thread.Yield();
        }

        return false;
    }

    // Gives back unused pages of the partitions with this number, whose lock is held.
    private long Trim(int index, out long taken)
    {
        long freed = 0;
        taken = 0;
        for (int database = 0; database < _store.DatabaseCount; database++)
        {
            byte* tables = _store.Databases.Base(database);
            if (tables != null)
            {
                Partition* partition = _store.Databases.At(tables, index);
                freed += partition->Trim();
                taken += partition->Account.Taken;
            }
        }

        return freed;
    }

    // Evicts a key from one of the partitions with this number, whose lock is held: the one that may best go in any database.
    private bool EvictFrom(int index, EvictionPolicy policy)
    {
        if (policy == EvictionPolicy.NoEviction)
        {
            return false;
        }

        Victim best = default;
        for (int database = 0; database < _store.DatabaseCount; database++)
        {
            byte* tables = _store.Databases.Base(database);
            if (tables != null)
            {
                Partition* partition = _store.Databases.At(tables, index);
                partition->Victims.Offer(partition, policy, _access.Now, ref best);
            }
        }

        if (best.Entry == null)
        {
            return false;
        }

        Stripe* stripe = _store.StripeAt(index);
        stripe->Evicted++;
        Evictions++;
        _access.Effects.Remove(best.Partition, best.Entry, best.Hash, EffectCause.Evicted, new ChangeNote(ChangeName.Evicted));

        // Freed under the lock for once: its memory is what is wanted.
        LargeValue.FreeAll(stripe->TakeDead());
        return true;
    }
}

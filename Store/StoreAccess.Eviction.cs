using System.Runtime.CompilerServices;
using System.Threading;

namespace Epollsrv.Store;

// Making room when memory is at its maximum. Only ever waits for locks by trying: the partition entered stays locked
// meanwhile, and two threads that waited for each other's would never go on.
public sealed unsafe partial class StoreAccess
{
    // After the maximum was lowered a single write does not pay for all of it.
    private const int MostEvictionsWhenExceeded = 64;
    private const int LockAttempts = 1000;

    /// <summary>
    /// Evicts up to <paramref name="keys"/> keys while more memory is in use than the maximum allows: for a background
    /// job after the maximum was lowered. Nothing may be entered.
    /// </summary>
    /// <returns>How many were evicted; 0 when there is no need or nothing may go.</returns>
    public int EvictStep(int keys)
    {
        int evicted = 0;
        while (evicted < keys && Store.Budget->IsExceeded && MakeRoom())
        {
            evicted++;
        }

        return evicted;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool MakeRoomFor(int sizeClass)
    {
        Partition* partition = _current;
        int rounds = 0;
        while (!partition->TryExtend(sizeClass))
        {
            if (!MakeRoom())
            {
                return false;
            }

            if (partition->HasRoom(sizeClass))
            {
                return true;
            }

            if (++rounds >= MostEvictionsWhenExceeded && Store.Budget->IsExceeded)
            {
                return partition->ExtendAlways(sizeClass);
            }
        }

        return true;
    }

    private bool TakeBudget(long bytes)
    {
        MemoryBudget* budget = Store.Budget;
        long maximum = budget->Maximum;
        if (maximum != 0 && bytes > maximum)
        {
            // Evicting everything would not help.
            return false;
        }

        int rounds = 0;
        while (!budget->TryTake(bytes))
        {
            if (!MakeRoom())
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

    // Evicts one key, or gives back pages that nobody uses. False: nothing may go.
    private bool MakeRoom()
    {
        EvictionPolicy policy = Store.Policy;
        Partition* own = _current;
        if (Store.Budget->Maximum == 0)
        {
            return false;
        }

        if (own != null)
        {
            if (own->TrimAll() > 0)
            {
                return true;
            }

            // A partition that is asked for room gives it, unless it has much less than its share (it may hold a few small
            // keys beside others' large ones).
            if (policy != EvictionPolicy.NoEviction && own->Committed >= Store.Budget->Maximum / Store.PartitionCount / 2
                && EvictFrom(own, policy))
            {
                return true;
            }
        }

        if (policy == EvictionPolicy.NoEviction)
        {
            return false;
        }

        return EvictElsewhere(own, policy) || (own != null && EvictFrom(own, policy));
    }

    private bool EvictElsewhere(Partition* own, EvictionPolicy policy)
    {
        for (int attempt = 0; attempt < LockAttempts; attempt++)
        {
            bool busy = false;
            int start = (int)(AccessClock.Next(ref _random) >> 58);
            for (int step = 0; step < Store.PartitionCount; step++)
            {
                int index = (start + step) & (Store.PartitionCount - 1);
                Partition* partition = Store.PartitionAt(index);
                if (partition == own)
                {
                    continue;
                }

                bool held = ((HeldPartitions >> index) & 1) != 0;
                if (!held && !PartitionLock.TryAcquire(&partition->Lock))
                {
                    busy = true;
                    continue;
                }

                bool evicted = EvictFrom(partition, policy);
                if (!held)
                {
                    PartitionLock.Release(&partition->Lock);
                }

                if (evicted)
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

    // The partition's lock is held.
    private bool EvictFrom(Partition* partition, EvictionPolicy policy)
    {
        Entry* entry = partition->ChooseVictim(policy, _now, out ulong hash);
        if (entry == null)
        {
            return false;
        }

        partition->Evicted++;
        Report(KeyValueStore.EvictedEvent, entry);
        partition->Remove(entry, hash);
        _ = partition->TrimAll();

        // Freed under the lock for once: its memory is what is wanted.
        LargeValue* dead = partition->Dead;
        partition->Dead = null;
        FreeAll(dead);
        return true;
    }
}

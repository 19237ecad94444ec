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

    private long _evictions;

    /// <summary>
    /// Evicts up to <paramref name="keys"/> keys while more memory is in use than the maximum allows: for a background
    /// job after the maximum was lowered. Nothing may be entered.
    /// </summary>
    /// <returns>How many were evicted, or how often unused pages were given back instead; 0 when there is no need or nothing may go.</returns>
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
        if (Mode == AccessMode.Told || _hasRoom)
        {
            return partition->Records.ExtendAlways(sizeClass, ref partition->Account);
        }

        int rounds = 0;
        while (!partition->Records.TryExtend(sizeClass, ref partition->Account))
        {
            if (IsBeyondShare(partition->Records.NextBytes(sizeClass)) || !MakeRoom())
            {
                return false;
            }

            if (partition->Records.HasRoom(sizeClass))
            {
                return true;
            }

            if (++rounds >= MostEvictionsWhenExceeded && Store.Budget->IsExceeded)
            {
                return partition->Records.ExtendAlways(sizeClass, ref partition->Account);
            }
        }

        return true;
    }

    private bool TakeBudget(long bytes)
    {
        MemoryBudget* budget = Store.Budget;
        if (Mode == AccessMode.Told || _hasRoom)
        {
            budget->Take(bytes);
            return true;
        }

        int rounds = 0;
        while (!budget->TryTake(bytes))
        {
            if (IsBeyondShare(bytes) || !MakeRoom())
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

    // Evicting everything would not help; then nothing is evicted.
    private bool IsBeyondShare(long bytes) => bytes > Store.Budget->Share;

    // Evicts one key, or gives back pages that nobody uses. False: nothing may go.
    private bool MakeRoom()
    {
        EvictionPolicy policy = Store.Policy;
        int own = _current == null ? -1 : _current->Number;
        if (Store.Budget->Maximum == 0)
        {
            return false;
        }

        if (own >= 0)
        {
            if (Trim(own, out long committed) > 0)
            {
                return true;
            }

            // A partition that is asked for room gives it, unless it has much less than its share (it may hold a few small
            // keys beside others' large ones).
            if (committed >= Store.Budget->Maximum / Store.PartitionCount / 2 && EvictFrom(own, policy))
            {
                return true;
            }
        }

        return MakeRoomElsewhere(own, policy) || (own >= 0 && EvictFrom(own, policy));
    }

    private bool MakeRoomElsewhere(int own, EvictionPolicy policy)
    {
        for (int attempt = 0; attempt < LockAttempts; attempt++)
        {
            bool busy = false;
            int start = (int)(AccessClock.Next(ref _random) >> 58);
            for (int step = 0; step < Store.PartitionCount; step++)
            {
                int index = (start + step) & (Store.PartitionCount - 1);
                if (index == own)
                {
                    continue;
                }

                Stripe* stripe = Store.StripeAt(index);
                bool held = ((HeldPartitions >> index) & 1) != 0;
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
    private long Trim(int index, out long committed)
    {
        long freed = 0;
        committed = 0;
        for (int database = 0; database < Store.DatabaseCount; database++)
        {
            byte* tables = Store.Databases.Base(database);
            if (tables != null)
            {
                Partition* partition = Store.Databases.At(tables, index);
                freed += partition->Trim();
                committed += partition->Account.Taken;
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
        for (int database = 0; database < Store.DatabaseCount; database++)
        {
            byte* tables = Store.Databases.Base(database);
            if (tables != null)
            {
                Partition* partition = Store.Databases.At(tables, index);
                partition->Victims.Offer(partition, policy, _now, ref best);
            }
        }

        if (best.Entry == null)
        {
            return false;
        }

        Stripe* stripe = Store.StripeAt(index);
        stripe->Evicted++;
        _evictions++;
        Remove(best.Partition, best.Entry, best.Hash, EffectCause.Evicted, new ChangeNote(ChangeName.Evicted));

        // Freed under the lock for once: its memory is what is wanted.
        FreeAll(stripe->TakeDead());
        return true;
    }
}

using System.Runtime.InteropServices;
using System.Threading;

namespace Epollsrv.Store;

/// <summary>
/// What the partitions with the same number have in common, one in each database: their lock, who observes them,
/// and counts. A lock for all databases makes a command that works on two of them no different from one that works
/// on two keys. Lives in zeroed native memory, never moves, and everything in it but <see cref="Lock"/> and
/// <see cref="Observers"/> is touched only by the holder of that lock, except where counters are read for reports.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal unsafe struct Stripe
{
    private const int Bytes = 256;
    private const int LockPadding = 128 - sizeof(int);

    /// <summary>The lock's word (see <see cref="PartitionLock"/>), alone on its cache lines.</summary>
    internal int Lock;
    private fixed byte _padding[LockPadding];

    private int _observers;

#if DEBUG
    /// <summary>Whether a partition was changed and no effect of it was committed yet.</summary>
    internal bool HasUncommittedChange;
#endif

    /// <summary>Large blocks that lost their last reference under the lock, to be freed after it (linked by Next).</summary>
    internal LargeValue* Dead;

    /// <summary>Lookups for reading that found their key.</summary>
    internal long Hits;

    /// <summary>Lookups for reading that did not.</summary>
    internal long Misses;

    /// <summary>Keys removed because their time had come.</summary>
    internal long Expired;

    /// <summary>Keys removed to make room.</summary>
    internal long Evicted;

    /// <summary>Changes that somebody asked for.</summary>
    internal long Changes;

    /// <summary>The keys that connections watch.</summary>
    internal WatchTable Watches;

    /// <summary>Who wants to know of changes.</summary>
    internal readonly ObserverKinds Observers => (ObserverKinds)Volatile.Read(in _observers); // pairs with Observe

    /// <summary>
    /// Says who wants to know of changes, or no longer does. Without the
    /// lock: who says so may run inside EXEC, which holds it, or beside it.
    /// </summary>
    internal void Observe(ObserverKinds kinds, bool observe)
    {
        // Pair with Observers, and with each other.
        _ = observe ? Interlocked.Or(ref _observers, (int)kinds) : Interlocked.And(ref _observers, (int)~kinds);
    }

    /// <summary>Remembers a large block to be freed once the lock is given back.</summary>
    internal void DeferFree(LargeValue* block)
    {
        if (LargeValue.Drop(block))
        {
            block->Next = Dead;
            Dead = block;
        }
    }

    /// <summary>Takes the blocks that are to be freed.</summary>
    internal LargeValue* TakeDead()
    {
        LargeValue* dead = Dead;
        Dead = null;
        return dead;
    }
}

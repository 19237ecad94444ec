using System;
using System.Runtime.CompilerServices;

namespace Epollsrv.Store;

/// <summary>
/// One thread's way into a store: the locks it holds and the time it goes by. Each worker has its own; no two threads
/// may use one at the same time. Enter a partition, work with its keys, leave it.
/// Entry pointers are good until the next write through this access and until the partition is left.
/// </summary>
public sealed unsafe partial class StoreAccess
{
    /// <summary>For the expiry argument of writes: the key does not expire.</summary>
    public const long NoExpiry = 0;

    /// <summary>For the expiry argument of writes: the time stays as it is.</summary>
    public const long KeepExpiry = -1;

    private Partition* _current;
    private int _currentIndex;
    private bool _lockedCurrent;
    private long _now;
    private ulong _random;

    /// <summary>Makes an access for one thread.</summary>
    public StoreAccess(KeyValueStore store)
    {
        Store = store;
        _random = store.NextSeed();
    }

    /// <summary>The store.</summary>
    public KeyValueStore Store { get; }

    /// <summary>The partitions whose locks <see cref="EnterMany"/> or <see cref="EnterMask"/> took.</summary>
    public ulong HeldPartitions { get; private set; }

    /// <summary>For callers: whether an EXEC is running. The store does not read it.</summary>
    public bool InTransaction { get; set; }

    /// <summary>The first argument of <see cref="KeyValueStore.KeyEvent"/> for what this access removes.</summary>
    public void* KeyEventContext { get; set; }

    /// <summary>Whether <see cref="KeyValueStore.KeyEvent"/> is told of new keys too. Any thread may change it.</summary>
    public bool ReportsNew { get; set; }

    /// <summary>Whether it is told of look-ups for reading that found nothing (<see cref="Find"/>). Any thread may change it.</summary>
    public bool ReportsMisses { get; set; }

    /// <summary>Whether looking up leaves access clocks as they are (CLIENT NO-TOUCH).</summary>
    public bool KeepsClocks { get; set; }

    /// <summary>Unix milliseconds that expiry and access clocks go by: set once per batch.</summary>
    public long Now
    {
        get => _now;
        set => _now = value;
    }

    /// <summary>The hash of a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash(byte* key, int keyLength) => Store.HashKey(key, keyLength);

    /// <summary>Enters the partition of a hash and waits for its lock, unless <see cref="HeldPartitions"/> has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter(ulong hash) => EnterPartition(Store.PartitionOf(hash));

    /// <summary>Enters a partition by its number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EnterPartition(int index)
    {
        _currentIndex = index;
        _current = Store.PartitionAt(index);
        _lockedCurrent = ((HeldPartitions >> index) & 1) == 0;
        if (_lockedCurrent)
        {
            PartitionLock.Acquire(&_current->Lock);
        }
    }

    /// <summary>Leaves the partition entered last and frees, outside its lock, the large values that died in it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Leave()
    {
        Partition* partition = _current;
        _current = null;
        if (!_lockedCurrent)
        {
            return;
        }

        _lockedCurrent = false;
        LargeValue* dead = partition->Dead;
        partition->Dead = null;
        PartitionLock.Release(&partition->Lock);
        if (dead != null)
        {
            FreeAll(dead);
        }
    }

    /// <summary>Takes the locks of all these hashes' partitions, in ascending order. Nothing may be held or entered.</summary>
    public void EnterMany(ReadOnlySpan<ulong> hashes)
    {
        ulong mask = 0;
        foreach (ulong hash in hashes)
        {
            mask |= 1UL << Store.PartitionOf(hash);
        }

        EnterMask(mask);
    }

    /// <summary>Takes the locks of a set of partitions, in ascending order. Nothing may be held or entered.</summary>
    public void EnterMask(ulong mask)
    {
        for (int index = 0; index < Store.PartitionCount; index++)
        {
            if (((mask >> index) & 1) != 0)
            {
                PartitionLock.Acquire(&Store.PartitionAt(index)->Lock);
            }
        }

        HeldPartitions = mask;
    }

    /// <summary>Gives back what <see cref="EnterMany"/> or <see cref="EnterMask"/> took.</summary>
    public void LeaveMany()
    {
        ulong mask = HeldPartitions;
        HeldPartitions = 0;
        LargeValue* dead = null;
        for (int index = 0; index < Store.PartitionCount; index++)
        {
            if (((mask >> index) & 1) != 0)
            {
                Partition* partition = Store.PartitionAt(index);
                dead = Join(partition->Dead, dead);
                partition->Dead = null;
                PartitionLock.Release(&partition->Lock);
            }
        }

        if (dead != null)
        {
            FreeAll(dead);
        }
    }

    /// <summary>Asks the processor for the cache line of a key's bucket, some time before it is looked up. No lock needed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(ulong hash) => Store.PartitionAt(Store.PartitionOf(hash))->Prefetch(hash);

    /// <summary>Asks the processor for a key's record, some time after <see cref="Prefetch"/> and before it is looked up. No lock needed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchRecords(ulong hash) => Store.PartitionAt(Store.PartitionOf(hash))->PrefetchRecords(hash);

    private static LargeValue* Join(LargeValue* first, LargeValue* second)
    {
        if (first == null)
        {
            return second;
        }

        LargeValue* last = first;
        while (last->Next != null)
        {
            last = last->Next;
        }

        last->Next = second;
        return first;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FreeAll(LargeValue* dead)
    {
        while (dead != null)
        {
            LargeValue* next = dead->Next;
            dead->Owner->Free(dead);
            dead = next;
        }
    }
}

using System;
using System.Runtime.CompilerServices;

namespace Epollsrv.Store;

/// <summary>
/// One thread's way into a store: the locks it holds and the time it goes by. Each worker has its own; no two threads
/// may use one at the same time. Lock a partition, work with its keys, unlock it.
/// Entry pointers are valid until the next write through this access and until the partition is unlocked.
/// </summary>
public sealed unsafe class StoreAccess
{
    /// <summary>For the expiry argument of writes: the key does not expire.</summary>
    public const long NoExpiry = 0;

    /// <summary>For the expiry argument of writes: the time stays as it is.</summary>
    public const long KeepExpiry = -1;

    private readonly DatabaseExchange _exchange;
    private readonly long _stride;
    private byte* _tables;

    /// <summary>The position of the log that the present request has to wait
    /// for, while <see cref="KeyValueStore.Positions"/> are kept.</summary>
    internal ObservedPosition Observed;

    /// <summary>State of the access's pseudo-random numbers.</summary>
    internal ulong RandomState;

    /// <summary>Makes an access for one thread.</summary>
    public StoreAccess(KeyValueStore store)
    {
        Store = store;
        _stride = store.Databases.Stride;
        _tables = store.Databases.Base(0);
        _exchange = new DatabaseExchange(this);
        RandomState = store.NextSeed();
        Group = new ChangeGroup(this);
        Keys = new KeyLookup(this);
        Effects = new EffectCommitter(this);
        Memory = new StoreMemory(this);
        Writer = new StoreWriter(this);
        Editor = new ValueEditor(this);
    }

    /// <summary>The store.</summary>
    public KeyValueStore Store { get; }

    /// <summary>Looks keys up.</summary>
    public KeyLookup Keys { get; }

    /// <summary>Writes whole values and expiry times, and deletes.</summary>
    public StoreWriter Writer { get; }

    /// <summary>Changes parts of values.</summary>
    public ValueEditor Editor { get; }

    /// <summary>Changes of several keys that are one.</summary>
    public ChangeGroup Group { get; }

    /// <summary>Tells observers of changes.</summary>
    public EffectCommitter Effects { get; }

    /// <summary>Memory for values.</summary>
    public StoreMemory Memory { get; }

    /// <summary>The number of the database that the access works with.</summary>
    public int Database { get; private set; }

    /// <summary>The partitions, of every database, whose locks <see cref="LockAll"/> or <see cref="LockPartitions"/> took.</summary>
    public ulong LockedPartitions { get; private set; }

    /// <summary>For callers: whether an EXEC is running. The store does not read it.</summary>
    public bool InTransaction { get; set; }

    /// <summary>Whose access it is: the first argument of the observers' calls.</summary>
    public object? Owner { get; set; }

    /// <summary>What the log keeps for this access; the store does not read it.</summary>
    public object? Journal { get; set; }

    /// <summary>Whether look-ups for reading that found nothing are told as notifications
    /// (<see cref="ChangeName.Miss"/>). Any thread may change it.</summary>
    public bool ReportsMisses { get; set; }

    /// <summary>The mode of this access, if not <see cref="KeyValueStore.ClientMode"/>. Set while nothing is locked.</summary>
    public AccessMode OwnMode { get; set; }

    /// <summary>What the access does about keys whose time has passed.</summary>
    public AccessMode Mode => OwnMode != AccessMode.Normal ? OwnMode : Store.ClientMode;

    /// <summary>Whether looking up leaves access clocks as they are (CLIENT NO-TOUCH).</summary>
    public bool KeepsClocks { get; set; }

    /// <summary>The present partition, locked, or null. <see cref="KeyWatches"/>
    /// goes on to the same partition of other databases.</summary>
    internal Partition* Current { get; set; }

    /// <summary>The stripe of the present partition.</summary>
    internal Stripe* Stripe { get; private set; }

    /// <summary>Whether <see cref="Lock"/> took the lock: false while <see cref="LockedPartitions"/> has it.</summary>
    internal bool LockedCurrent { get; private set; }

    /// <summary>Unix milliseconds that expiry and access clocks go by: set once per batch.</summary>
    public long Now { get; set; }

    /// <summary>
    /// Whether a key that is given this expiry time is to go at once. Not when what is to go is told (<see cref="AccessMode.Told"/>): the
    /// time has passed since the change was made, and later changes may have kept the key.
    /// </summary>
    public bool IsPast(long expireAt) => expireAt <= Now && OwnMode != AccessMode.Told;

    /// <summary>
    /// Goes on with another database. There is no present partition; some may be locked, since their locks are those of all databases.
    /// </summary>
    /// <param name="database">From 0, below <see cref="KeyValueStore.DatabaseCount"/>.</param>
    /// <returns>False: it is used for the first time, and the kernel gives no memory for its tables.</returns>
    public bool TrySelect(int database)
    {
        if (!Store.Databases.TryMake(database))
        {
            return false;
        }

        _tables = Store.Databases.Base(database);
        Database = database;
        return true;
    }

    /// <summary>Goes on with database 0.</summary>
    public void SelectFirst()
    {
        _tables = Store.Databases.Base(0);
        Database = 0;
    }

    /// <summary>Empties databases, at one point in time. All partitions are locked, or none.</summary>
    /// <param name="database">The one, or −1: all of them.</param>
    /// <param name="note">What to tell of it.</param>
    /// <returns>False: the kernel gives no memory for empty tables, and nothing was changed.</returns>
    public bool TryFlush(int database, ChangeNote note) =>
        database < 0 ? _exchange.TryFlush(0, Store.DatabaseCount - 1, note) : _exchange.TryFlush(database, database, note);

    /// <summary>Gives two databases each other's keys, at one point in time. All partitions are locked, or none.</summary>
    /// <returns>False: the kernel gives no memory for a database that is used for the first time, and nothing was changed.</returns>
    public bool TrySwap(int first, int second, ChangeNote note) => _exchange.TrySwap(first, second, note);

    /// <summary>The hash of a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash(byte* key, int keyLength) => Store.HashKey(key, keyLength);

    /// <summary>Goes to the partition of a hash and takes its lock, unless <see cref="LockedPartitions"/> has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Lock(ulong hash) => LockPartition(Store.PartitionOf(hash));

    /// <summary>Goes to a partition by its number, as <see cref="Lock"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LockPartition(int index)
    {
        Current = PartitionAt(index);
        Stripe = Current->Stripe;
        LockedCurrent = ((LockedPartitions >> index) & 1) == 0;
        if (LockedCurrent)
        {
            PartitionLock.Acquire(&Stripe->Lock);
        }
    }

    /// <summary>Unlocks the present partition, unless it is in <see cref="LockedPartitions"/>,
    /// and frees, outside the lock, the large values that died in it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Unlock()
    {
        Stripe* stripe = Stripe;
        Current = null;
        if (!LockedCurrent)
        {
            return;
        }

        LockedCurrent = false;
        EffectCommitter.CheckCommitted(stripe);
        LargeValue* dead = stripe->TakeDead();
        PartitionLock.Release(&stripe->Lock);
        if (dead != null)
        {
            LargeValue.FreeAll(dead);
        }
    }

    /// <summary>Unlocks everything and closes all groups: the request that locked it was given up.</summary>
    public void Abort()
    {
        Group.EndAll();
        if (Current != null)
        {
            // Memory ran out in the middle of a change.
            EffectCommitter.MarkCommitted(Stripe);
            Unlock();
        }

        UnlockAll();
        SelectFirst();
        InTransaction = false;
        KeepsClocks = false;
    }

    /// <summary>Takes the locks of all these hashes' partitions, in ascending order. Nothing may be locked.</summary>
    public void LockAll(ReadOnlySpan<ulong> hashes)
    {
        ulong mask = 0;
        foreach (ulong hash in hashes)
        {
            mask |= 1UL << Store.PartitionOf(hash);
        }

        LockPartitions(mask);
    }

    /// <summary>Takes the locks of a set of partitions, in ascending order. Nothing may be locked.</summary>
    public void LockPartitions(ulong mask)
    {
        for (int index = 0; index < Store.PartitionCount; index++)
        {
            if (((mask >> index) & 1) != 0)
            {
                PartitionLock.Acquire(&Store.StripeAt(index)->Lock);
            }
        }

        LockedPartitions = mask;
    }

    /// <summary>Gives back what <see cref="LockAll"/> or <see cref="LockPartitions"/> took.</summary>
    public void UnlockAll()
    {
        ulong mask = LockedPartitions;
        LockedPartitions = 0;
        LargeValue* dead = null;
        for (int index = 0; index < Store.PartitionCount; index++)
        {
            if (((mask >> index) & 1) != 0)
            {
                Stripe* stripe = Store.StripeAt(index);
                EffectCommitter.CheckCommitted(stripe);
                dead = LargeValue.Join(stripe->TakeDead(), dead);
                PartitionLock.Release(&stripe->Lock);
            }
        }

        if (dead != null)
        {
            LargeValue.FreeAll(dead);
        }

        if (_exchange.HasFlushed)
        {
            _exchange.FreeFlushed();
        }
    }

    /// <summary>To be called by whoever has seen all keys, or their number: the present request waits for the log's end.</summary>
    public void ObserveAll()
    {
        PositionTable? positions = Store.Positions;
        if (positions != null)
        {
            Observed.LookUpAll(positions);
        }
    }

    /// <summary>The position of the log that the request has to wait for, because of what it has seen or written; 0: none.</summary>
    /// <param name="forget">Whether the request is over.</param>
    public long ObservedPosition(bool forget) => forget ? Observed.Take() : Observed.Value;

    /// <summary>To be called by whoever has seen a key, or that there is none, before its partition is unlocked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Observe(ulong hash)
    {
        PositionTable? positions = Store.Positions;
        if (positions != null)
        {
            Observed.LookUp(positions, hash);
        }
    }

    /// <summary>Asks the processor for the cache line of a key's bucket, some time before it is looked up. No lock needed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(ulong hash) => BucketChain.Prefetch(PartitionAt(Store.PartitionOf(hash)), hash);

    /// <summary>Asks the processor for a key's record, some time after
    /// <see cref="Prefetch"/> and before it is looked up. No lock needed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchRecords(ulong hash) => BucketChain.PrefetchRecords(PartitionAt(Store.PartitionOf(hash)), hash);

    /// <summary>A partition of the database selected.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Partition* PartitionAt(int index) => (Partition*)(_tables + (index * _stride));
}

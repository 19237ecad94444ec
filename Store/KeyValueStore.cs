using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Store;

/// <summary>
/// All keys and values of a node, in native memory: databases, each in up to 64 independently locked partitions. Everything about keys is
/// done through a <see cref="StoreAccess"/>, of which every thread has its own; this class holds what they share.
/// (Not named Store, because inside Epollsrv that name is the namespace.)
/// </summary>
public sealed unsafe class KeyValueStore : IDisposable
{
    private const int CacheLinePair = 128;
    private readonly byte* _memory;
    private readonly long _memoryBytes;
    private readonly StoreObservers* _observers;
    private PositionTable? _positions;
    private readonly Stripe* _stripes;
    private readonly Lock _observersLock = new();
    private ObserverKinds _observed;
    private int _policy;
    private bool _keepsExpired;
    private int _clientMode;
    private bool _hasOwnChanges;
    private long _seeds;

    /// <summary>Makes an empty store.</summary>
    /// <exception cref="InsufficientMemoryException">The kernel gives no memory.</exception>
    public KeyValueStore(StoreOptions options)
    {
        if (!BitOperations.IsPow2(options.Partitions) || options.Partitions is < 1 or > 64)
        {
            throw new ArgumentOutOfRangeException(nameof(options), "partitions must be a power of two from 1 to 64");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(options.Databases, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Databases, StoreOptions.MostDatabases, nameof(options));
        PartitionCount = options.Partitions;
        _policy = (int)options.Policy;
        Hash = new KeyHash(options.SeedLow, options.SeedHigh);

        long tables = CacheLinePair * 4;
        long largeTable = (LargeHeap.TableBytes + CacheLinePair - 1) & -CacheLinePair;
        long stripes = (long)sizeof(Stripe) * PartitionCount;
        long databases = (long)sizeof(byte*) * options.Databases;
        _memoryBytes = (tables + largeTable + stripes + databases + Memory.PageSize - 1) & -Memory.PageSize;
        long mapped = Memory.Map(_memoryBytes);
        if (mapped < 0)
        {
            throw new InsufficientMemoryException("cannot map the store: the kernel gives no memory");
        }

        _memory = (byte*)mapped;
        Budget = (MemoryBudget*)_memory;
        Budget->Maximum = options.MaxMemory;
        Budget->Samples = VictimSearch.EntriesPerSample;
        LargeValues = (LargeHeap*)(_memory + CacheLinePair);
        _observers = (StoreObservers*)(_memory + (2 * CacheLinePair));
        Snapshot = (SnapshotState*)(_memory + (3 * CacheLinePair));
        LargeValues->Initialize(Budget, _memory + tables);
        _stripes = (Stripe*)(_memory + tables + largeTable);
        ulong random = options.SeedLow ^ BitOperations.RotateLeft(options.SeedHigh, 32) ^ 0x9E3779B97F4A7C15;
        Databases = new DatabaseTables(this, _stripes, (byte**)(_memory + tables + largeTable + stripes), options.Databases, random);
        if (!Databases.TryMake(0))
        {
            throw new InsufficientMemoryException("cannot map the store: the kernel gives no memory");
        }
    }

    /// <summary>
    /// Called with <see cref="ExpiryBeganContext"/> when a partition's only expiring key was written: whoever removes expired keys in
    /// the background may have found none and gone to sleep. Under the partition's
    /// lock; must be quick and must not use the store. Set it before the workers start.
    /// </summary>
    public delegate*<object?, void> ExpiryBegan { get; set; }

    /// <summary>The argument of <see cref="ExpiryBegan"/>.</summary>
    public object? ExpiryBeganContext { get; set; }

    /// <summary>What is called when keys change. Filled in before more than one thread uses the store.</summary>
    public StoreObservers* Observers => _observers;

    /// <summary>
    /// The log's positions by key, raised by the observer of the journal; null: nobody has to wait for
    /// the log, and look-ups note nothing. Set before the gate is turned on, and never taken away.
    /// </summary>
    internal PositionTable? Positions
    {
        get => Volatile.Read(ref _positions); // pairs with the set
        set => Volatile.Write(ref _positions, value);
    }

    /// <summary>Where the uniques of memcached's items come from.</summary>
    public UniqueClock Uniques { get; } = new();

    /// <summary>Whether the log is told of changes.</summary>
    public bool ObservesJournal => (_observed & ObserverKinds.Journal) != 0;

    /// <summary>How many databases there are, used or not.</summary>
    public int DatabaseCount => Databases.Count;

    /// <summary>How many partitions each database has.</summary>
    public int PartitionCount { get; }

    /// <summary>The mask with every partition's bit set.</summary>
    public ulong AllPartitions => ulong.MaxValue >> (64 - PartitionCount);

    /// <summary>Bytes the store and what counts with it (<see cref="OutsideMemory"/>) may take; 0: no limit. Any thread;
    /// when lowered, writes and <see cref="StoreMemory.EvictStep"/> evict down to it.</summary>
    public long MaxMemory
    {
        get => Budget->Maximum;
        set => Budget->Maximum = value;
    }

    /// <summary>Bytes of the process outside the store that count against <see cref="MaxMemory"/>, up to half of it. Any thread.</summary>
    public long OutsideMemory
    {
        get => Budget->Outside;
        set => Budget->Outside = value;
    }

    /// <summary>Whether more is in use than <see cref="MaxMemory"/> allows
    /// (after it was lowered) and keys may make room. Any thread.</summary>
    public bool HasToEvict => Policy != EvictionPolicy.NoEviction && Budget->IsExceeded;

    /// <summary>How many entries an eviction looks at, at least, from 1 to 64; 10 at first. Any thread.</summary>
    public int EvictionSamples
    {
        get => Budget->Samples;
        set => Budget->Samples = value;
    }

    /// <summary>Which keys make room. Any thread. A change between recency and frequency makes old clocks meaningless.</summary>
    public EvictionPolicy Policy
    {
        get => (EvictionPolicy)Volatile.Read(ref _policy);
        set => Volatile.Write(ref _policy, (int)value);
    }

    /// <summary>Whether entries' clocks count uses rather than say when the last one was: an LFU policy. Any thread.</summary>
    public bool CountsUses
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Policy >= EvictionPolicy.AllKeysLfu;
    }

    /// <summary>
    /// Whether there is no memory left for a key more, and none can be made: what is in use has reached
    /// <see cref="MaxMemory"/> and the policy finds nothing that may go. Any thread; not a point in time.
    /// </summary>
    public bool IsOutOfMemory
    {
        get
        {
            if (!Budget->IsFull)
            {
                return false;
            }

            StoreCounters counters = Counters;
            return Policy switch
            {
                EvictionPolicy.NoEviction => true,
                EvictionPolicy.AllKeysLru or EvictionPolicy.AllKeysLfu or EvictionPolicy.AllKeysRandom => counters.Keys == 0,
                _ => counters.ExpiringKeys == 0,
            };
        }
    }

    /// <summary>Whether reading leaves an expired key where it is, though it never
    /// returns one: while clients are paused nothing is to change. Any thread.</summary>
    public bool KeepsExpired
    {
        get => Volatile.Read(ref _keepsExpired); // Written by CLIENT PAUSE.
        set => Volatile.Write(ref _keepsExpired, value);
    }

    /// <summary>What accesses of clients do about keys whose time has passed: <see cref="AccessMode.Normal"/>, or
    /// <see cref="AccessMode.ReplicaClient"/> while another node decides what goes. Any thread.</summary>
    public AccessMode ClientMode
    {
        get => (AccessMode)Volatile.Read(ref _clientMode); // Written when the node becomes a replica or a master.
        set => Volatile.Write(ref _clientMode, (int)value);
    }

    /// <summary>Whether an access of a client has changed something while <see cref="ClientMode"/> said that another node decides, and
    /// changes are observed. Any thread.</summary>
    public bool HasOwnChanges
    {
        get => Volatile.Read(ref _hasOwnChanges); // pairs with the set
        set => Volatile.Write(ref _hasOwnChanges, value);
    }

    /// <summary>Whether more is in use than <see cref="MaxMemory"/> allows:
    /// it was lowered, or the rest of the process grew. Any thread.</summary>
    public bool IsOverMaximum => Budget->IsExceeded;

    /// <summary>Bytes taken from the kernel for records, index and large values; 0 without keys. Any thread.</summary>
    public long UsedMemory => Budget->Used;

    /// <summary>Sums of the partitions' counters. Any thread; not a point in time.</summary>
    public StoreCounters Counters => StoreCounters.SumOf(this);

    /// <summary>What a database holds. Any thread; a point in time only while all partitions are locked.</summary>
    public DatabaseCounters CountersOf(int database) => DatabaseCounters.SumOf(this, database);

    internal DatabaseTables Databases { get; }

    internal KeyHash Hash { get; }

    /// <summary>What partitions know of a snapshot in progress.</summary>
    internal SnapshotState* Snapshot { get; }

    internal MemoryBudget* Budget { get; }

    internal LargeHeap* LargeValues { get; }

    /// <summary>The hash of a key, which every call about the key takes. Any thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong HashKey(byte* key, int keyLength) => Hash.Compute(key, keyLength);

    /// <summary>The number of the partition that a hash belongs to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PartitionOf(ulong hash) => (int)((hash >> 58) & (uint)(PartitionCount - 1));

    /// <summary>
    /// Says whether some of <see cref="Observers"/> are called from now on: what is changed
    /// before the call returns may or may not be told. Any thread, whatever it holds.
    /// </summary>
    public void Observe(ObserverKinds kinds, bool observe)
    {
        lock (_observersLock)
        {
            if (observe)
            {
                _observed |= kinds;
            }
            else
            {
                _observed &= ~kinds;
            }

            for (int index = 0; index < PartitionCount; index++)
            {
                StripeAt(index)->Observe(kinds, observe);
            }
        }
    }

    /// <summary>Sets hits, misses, expired and evicted to zero (CONFIG RESETSTAT). A count made at the same moment may be lost.</summary>
    public void ResetCounters()
    {
        for (int index = 0; index < PartitionCount; index++)
        {
            Stripe* stripe = StripeAt(index);
            stripe->Hits = 0;
            stripe->Misses = 0;
            stripe->Expired = 0;
            stripe->Evicted = 0;
        }
    }

    /// <summary>Gives all memory back. No thread may use the store, an access or a pinned value any more.</summary>
    public void Dispose()
    {
        for (int index = 0; index < PartitionCount; index++)
        {
            StripeAt(index)->Watches.Free();
        }

        Databases.Unmap();
        LargeValues->Unmap();
        _ = Memory.Unmap(_memory, _memoryBytes);
    }

    /// <summary>A start, never zero, for the pseudo-random numbers of one access.</summary>
    internal ulong NextSeed()
    {
        // Pairs with itself: every caller gets another number.
        long number = Interlocked.Increment(ref _seeds);
        return Hash.Compute((byte*)&number, sizeof(long)) | 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Stripe* StripeAt(int index) => _stripes + index;
}

using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Store;

/// <summary>
/// The partitions of each database, made when it is first used and there until the end, and spare ones that a flushed database is given
/// in exchange for its own. Memory of tables is never unmapped while the store lives, because who prefetches reads it without a lock.
/// </summary>
internal sealed unsafe class DatabaseTables
{
    private const int CacheLinePair = 128;

    private readonly KeyValueStore _store;
    private readonly long _stride;
    private readonly Stripe* _stripes;
    private readonly byte** _bases;
    private readonly Lock _making = new();
    private readonly List<nint> _spares = [];
    private ulong _random;

    /// <summary>Makes room for the databases; none exists yet.</summary>
    /// <param name="store">Has hash, budget and the snapshot's state.</param>
    /// <param name="stripes">As many as partitions.</param>
    /// <param name="bases">A zeroed place for the address of each database's tables.</param>
    /// <param name="count">How many databases there may be.</param>
    /// <param name="random">A seed.</param>
    internal DatabaseTables(KeyValueStore store, Stripe* stripes, byte** bases, int count, ulong random)
    {
        _store = store;
        _stripes = stripes;
        _bases = bases;
        Count = count;
        _random = random;

        // An odd number of line pairs from one partition to the next: their hot lines then fall into different cache sets.
        _stride = (((Partition.StructureBytes + CacheLinePair - 1) / CacheLinePair) | 1) * CacheLinePair;
    }

    /// <summary>How many databases there may be.</summary>
    internal int Count { get; }

    /// <summary>Bytes from one partition of a database to the next.</summary>
    internal long Stride => _stride;

    private long MappedBytes => ((_stride * _store.PartitionCount) + Memory.PageSize - 1) & -Memory.PageSize;

    /// <summary>The first partition of a database, or null while it does not exist. Any thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte* Base(int database) => (byte*)Volatile.Read(ref *(nint*)(_bases + database)); // pairs with TryMake

    /// <summary>A partition of a database that exists.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Partition* At(int database, int index) => At(Base(database), index);

    /// <summary>A partition of tables.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Partition* At(byte* tables, int index) => (Partition*)(tables + (index * _stride));

    /// <summary>Makes a database's tables, unless they exist.</summary>
    /// <returns>False: the kernel gives no memory.</returns>
    internal bool TryMake(int database)
    {
        if (Base(database) != null)
        {
            return true;
        }

        lock (_making)
        {
            if (Base(database) == null)
            {
                byte* tables = Create();
                if (tables == null)
                {
                    return false;
                }

                SetDatabase(tables, database);
                Volatile.Write(ref *(nint*)(_bases + database), (nint)tables); // pairs with Base
            }
        }

        return true;
    }

    /// <summary>Takes empty tables that belong to no database.</summary>
    /// <returns>Null: the kernel gives no memory.</returns>
    internal byte* TakeSpare()
    {
        lock (_making)
        {
            if (_spares.Count == 0)
            {
                return Create();
            }

            byte* tables = (byte*)_spares[^1];
            _spares.RemoveAt(_spares.Count - 1);
            return tables;
        }
    }

    /// <summary>Sees to it that so many spare tables are there.</summary>
    /// <returns>False: the kernel gives no memory.</returns>
    internal bool TryReserveSpares(int count)
    {
        lock (_making)
        {
            while (_spares.Count < count)
            {
                byte* tables = Create();
                if (tables == null)
                {
                    return false;
                }

                _spares.Add((nint)tables);
            }
        }

        return true;
    }

    /// <summary>Gives tables back, empty.</summary>
    internal void ReturnSpare(byte* tables)
    {
        lock (_making)
        {
            _spares.Add((nint)tables);
        }
    }

    /// <summary>Frees all that tables hold which no database has any more.</summary>
    internal void Clear(byte* tables)
    {
        for (int index = 0; index < _store.PartitionCount; index++)
        {
            At(tables, index)->Clear();
        }
    }

    /// <summary>Exchanges the contents of two tables. All stripes' locks are held.</summary>
    internal void Exchange(byte* first, byte* second)
    {
        for (int index = 0; index < _store.PartitionCount; index++)
        {
            Partition.Exchange(At(first, index), At(second, index));
        }
    }

    /// <summary>Gives a database empty tables for its own. All stripes' locks are held.</summary>
    internal void ExchangeForEmpty(byte* tables, byte* spare)
    {
        for (int index = 0; index < _store.PartitionCount; index++)
        {
            // The spare ones may have been made before the present parity was.
            _store.Snapshot->Forget(At(tables, index));
            At(spare, index)->MarkSaved();
        }

        Exchange(tables, spare);
    }

    /// <summary>Makes every chain an unsaved one. All stripes' locks are held; tables that
    /// are made at this moment are seen by the caller afterwards, or get the new parity.</summary>
    internal void FlipSnapshotParity()
    {
        lock (_making)
        {
            _store.Snapshot->Parity = !_store.Snapshot->Parity;
        }
    }

    /// <summary>Gives all memory back. No thread may use the store any more.</summary>
    internal void Unmap()
    {
        for (int database = 0; database < Count; database++)
        {
            Unmap(Base(database));
        }

        foreach (nint tables in _spares)
        {
            Unmap((byte*)tables);
        }
    }

    private void SetDatabase(byte* tables, int database)
    {
        for (int index = 0; index < _store.PartitionCount; index++)
        {
            At(tables, index)->Database = database;

            // Fresh memory has parity false. When that is the present one, the page of the first bucket need not be touched.
            if (_store.Snapshot->Parity)
            {
                At(tables, index)->MarkSaved();
            }
        }
    }

    private byte* Create()
    {
        long mapped = Memory.Map(MappedBytes);
        if (mapped < 0)
        {
            return null;
        }

        byte* tables = (byte*)mapped;
        for (int index = 0; index < _store.PartitionCount; index++)
        {
            if (!At(tables, index)->Initialize(
                _store.Hash, _store.Budget, _store.Snapshot, _stripes + index, index, AccessClock.Next(ref _random)))
            {
                Unmap(tables);
                return null;
            }
        }

        return tables;
    }

    private void Unmap(byte* tables)
    {
        if (tables == null)
        {
            return;
        }

        for (int index = 0; index < _store.PartitionCount; index++)
        {
            At(tables, index)->Unmap();
        }

        _ = Memory.Unmap(tables, MappedBytes);
    }
}

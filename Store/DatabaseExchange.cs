namespace Epollsrv.Store;

/// <summary>
/// Empties and swaps whole databases for one access. All stripes are locked for as long as it takes to
/// exchange the tables' contents, which is some microseconds a database however many keys there are:
/// that is one point in time. What was in a flushed database is freed afterwards, without any lock.
/// </summary>
internal sealed unsafe class DatabaseExchange(StoreAccess access)
{
    private readonly KeyValueStore _store = access.Store;
    private int[] _existing = [];
    private nint[] _flushed = [];
    private int _flushedCount;

    /// <summary>Whether there is something left to be freed (<see cref="FreeFlushed"/>).</summary>
    internal bool HasFlushed => _flushedCount != 0;

    /// <summary>Empties the databases from one to another.</summary>
    /// <returns>False: the kernel gives no memory for empty tables, and nothing was changed.</returns>
    internal bool TryFlush(int first, int last, ChangeNote note)
    {
        // What an earlier flush of the same transaction left.
        FreeFlushed();
        if (!_store.Databases.TryReserveSpares(ListExisting(first, last)))
        {
            return false;
        }

        bool locks = LockAll();

        // Listed again: a database that is made after this has no key before the locks are given back.
        int count = ListExisting(first, last);
        bool taken = TryTakeSpares(count);
        if (taken)
        {
            for (int index = 0; index < count; index++)
            {
                byte* tables = _store.Databases.Base(_existing[index]);
                MarkWatches(_existing[index], tables, null);
                _store.Databases.ExchangeForEmpty(tables, (byte*)_flushed[index]);
            }

            access.Effects.CommitDatabases(EffectKind.Flush, first, last, note);
        }

        if (locks)
        {
            access.UnlockAll();
        }

        return taken;
    }

    /// <summary>Gives two databases each other's keys.</summary>
    /// <returns>False: the kernel gives no memory for the tables of one that is used for the first time, and nothing was changed.</returns>
    internal bool TrySwap(int first, int second, ChangeNote note)
    {
        if (!_store.Databases.TryMake(first) || !_store.Databases.TryMake(second))
        {
            return false;
        }

        bool locks = LockAll();

        byte* one = _store.Databases.Base(first);
        byte* other = _store.Databases.Base(second);
        MarkWatches(first, one, other);
        MarkWatches(second, other, one);
        _store.Databases.Exchange(one, other);
        access.Effects.CommitDatabases(EffectKind.Swap, first, second, note);
        if (locks)
        {
            access.UnlockAll();
        }

        return true;
    }

    /// <summary>Frees what was in the flushed databases. No lock is held.</summary>
    internal void FreeFlushed()
    {
        while (_flushedCount != 0)
        {
            byte* tables = (byte*)_flushed[--_flushedCount];
            _store.Databases.Clear(tables);
            _store.Databases.ReturnSpare(tables);
        }
    }

    // False: the transaction that this runs in holds them all.
    private bool LockAll()
    {
        if (access.LockedPartitions != 0)
        {
            return false;
        }

        access.LockPartitions(_store.AllPartitions);
        return true;
    }

    private int ListExisting(int first, int last)
    {
        int count = 0;
        if (_existing.Length == 0)
        {
            _existing = new int[_store.DatabaseCount];
        }

        for (int database = first; database <= last; database++)
        {
            if (_store.Databases.Base(database) != null)
            {
                _existing[count++] = database;
            }
        }

        return count;
    }

    private bool TryTakeSpares(int count)
    {
        if (_flushed.Length < count)
        {
            _flushed = new nint[count];
        }

        while (_flushedCount < count)
        {
            byte* spare = _store.Databases.TakeSpare();
            if (spare == null)
            {
                FreeFlushed();
                return false;
            }

            _flushed[_flushedCount++] = (nint)spare;
        }

        return true;
    }

    private void MarkWatches(int database, byte* tables, byte* others)
    {
        for (int index = 0; index < _store.PartitionCount; index++)
        {
            Stripe* stripe = _store.StripeAt(index);
            if ((stripe->Observers & ObserverKinds.Watches) != 0)
            {
                stripe->Watches.MarkExchanged(
                    database, _store.Databases.At(tables, index), others == null ? null : _store.Databases.At(others, index));
            }
        }
    }
}

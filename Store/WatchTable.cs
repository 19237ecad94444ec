using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Epollsrv.Store;

/// <summary>
/// WATCH: the watched keys of a stripe, by key and by who watches. While it is empty a write pays nothing for it beside its look at
/// <see cref="Stripe.Observers"/>. Under the stripe's lock only.
/// </summary>
internal unsafe struct WatchTable
{
    private WatchedKey** _watches;
    private int _count;
    private int _capacity;

    /// <summary>How many watches there are.</summary>
    internal readonly int Count => _count;

    /// <summary>Adds a watch of a key of a database. The flag must stay valid until <see cref="Remove"/>.</summary>
    internal void Add(int database, byte* key, int keyLength, ulong hash, int* dirty)
    {
        for (WatchedKey* watched = _count == 0 ? null : *ChainOf(hash); watched != null; watched = watched->Next)
        {
            if (watched->Dirty == dirty && IsKey(watched, database, key, keyLength, hash))
            {
                return;
            }
        }

        if (_count == _capacity)
        {
            Grow();
        }

        WatchedKey* added = (WatchedKey*)NativeMemory.Alloc((nuint)(sizeof(WatchedKey) + keyLength));
        added->Hash = hash;
        added->Database = database;
        added->Dirty = dirty;
        added->KeyLength = keyLength;
        Buffer.MemoryCopy(key, WatchedKey.Key(added), keyLength, keyLength);
        Link(added);
        _count++;
    }

    /// <summary>Removes all watches that raise this flag.</summary>
    internal void Remove(int* dirty)
    {
        if (_count == 0)
        {
            return;
        }

        WatchedKey** link = ChainOf(dirty);
        while (*link != null)
        {
            WatchedKey* watched = *link;
            if (watched->Dirty != dirty)
            {
                link = &watched->NextOfOwner;
                continue;
            }

            *link = watched->NextOfOwner;
            WatchedKey** before = ChainOf(watched->Hash);
            while (*before != watched)
            {
                before = &(*before)->Next;
            }

            *before = watched->Next;
            NativeMemory.Free(watched);
            _count--;
        }

        if (_count == 0)
        {
            Free();
        }
    }

    /// <summary>The first watch with this flag (<paramref name="after"/> null) or the next one; null at the end.</summary>
    internal readonly WatchedKey* Next(int* dirty, WatchedKey* after)
    {
        WatchedKey* watched = after != null ? after->NextOfOwner : _count == 0 ? null : *ChainOf(dirty);
        while (watched != null && watched->Dirty != dirty)
        {
            watched = watched->NextOfOwner;
        }

        return watched;
    }

    private static bool IsKey(WatchedKey* watched, int database, byte* key, int keyLength, ulong hash) =>
        watched->Hash == hash && watched->Database == database && watched->KeyLength == keyLength
            && new ReadOnlySpan<byte>(WatchedKey.Key(watched), keyLength).SequenceEqual(new ReadOnlySpan<byte>(key, keyLength));

    /// <summary>Raises the flags of those who watch a key that has changed. Only while there are watches.</summary>
    internal readonly void Mark(int database, byte* key, int keyLength, ulong hash)
    {
        for (WatchedKey* watched = *ChainOf(hash); watched != null; watched = watched->Next)
        {
            if (IsKey(watched, database, key, keyLength, hash))
            {
                // Read by the watching connection's worker inside EXEC, under this stripe's lock.
                Volatile.Write(ref *watched->Dirty, 1);
            }
        }
    }

    /// <summary>
    /// The tables of a database are about to be exchanged for others: raises the flags of those who watch a key that is in either of them.
    /// </summary>
    /// <param name="database">The database.</param>
    /// <param name="tables">Its tables as they are.</param>
    /// <param name="others">Those it gets; null: empty ones.</param>
    internal readonly void MarkExchanged(int database, Partition* tables, Partition* others)
    {
        for (int index = 0; index < _capacity; index++)
        {
            for (WatchedKey* watched = _watches[index]; watched != null; watched = watched->Next)
            {
                if (watched->Database == database && (IsIn(tables, watched) || (others != null && IsIn(others, watched))))
                {
                    Volatile.Write(ref *watched->Dirty, 1); // as in Mark
                }
            }
        }
    }

    private static bool IsIn(Partition* tables, WatchedKey* watched) =>
        tables->Lookup(WatchedKey.Key(watched), watched->KeyLength, watched->Hash) != null;

    // The first half of the table is for keys, the second for flags. Not while there are no watches.
    private readonly WatchedKey** ChainOf(ulong hash) => _watches + (hash & (ulong)(_capacity - 1));

    private readonly WatchedKey** ChainOf(int* dirty) => _watches + _capacity
        + ((((ulong)dirty * 0x9E3779B97F4A7C15) >> 32) & (ulong)(_capacity - 1));

    private void Link(WatchedKey* watched)
    {
        WatchedKey** chain = ChainOf(watched->Hash);
        watched->Next = *chain;
        *chain = watched;
        chain = ChainOf(watched->Dirty);
        watched->NextOfOwner = *chain;
        *chain = watched;
    }

    private void Grow()
    {
        WatchedKey** old = _watches;
        int oldCapacity = _capacity;
        int capacity = Math.Max(8, 2 * oldCapacity);
        _watches = (WatchedKey**)NativeMemory.AllocZeroed(2 * (nuint)capacity, (nuint)sizeof(WatchedKey*));
        _capacity = capacity;
        for (int index = 0; index < oldCapacity; index++)
        {
            for (WatchedKey* watched = old[index]; watched != null;)
            {
                WatchedKey* next = watched->Next;
                Link(watched);
                watched = next;
            }
        }

        NativeMemory.Free(old);
    }

    /// <summary>Frees the table and all watches.</summary>
    internal void Free()
    {
        for (int index = 0; index < _capacity; index++)
        {
            for (WatchedKey* watched = _watches[index]; watched != null;)
            {
                WatchedKey* next = watched->Next;
                NativeMemory.Free(watched);
                watched = next;
            }
        }

        NativeMemory.Free(_watches);
        _watches = null;
        _count = 0;
        _capacity = 0;
    }
}

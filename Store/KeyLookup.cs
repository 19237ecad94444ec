using System.Runtime.CompilerServices;

namespace Epollsrv.Store;

/// <summary>
/// Looks keys up in the present partition of an access, with the rules of
/// Redis's lookupKey functions. None of these returns an expired key, unless
/// <see cref="StoreAccess.Mode"/> says so.
/// </summary>
public sealed unsafe class KeyLookup
{
    private readonly StoreAccess _access;
    private readonly KeyValueStore _store;

    internal KeyLookup(StoreAccess access)
    {
        _access = access;
        _store = access.Store;
    }

    /// <summary>Finds a key for reading: counts a hit or a miss and notes the use.</summary>
    /// <returns>The entry, or null when there is none.</returns>
    public Entry* LookupRead(byte* key, int keyLength, ulong hash)
    {
        Entry* entry = LookupReadNoTouch(key, keyLength, hash);
        if (entry != null)
        {
            Touch(entry);
        }

        return entry;
    }

    /// <summary>Finds a key for reading: counts a hit or a miss, but does not note the use (EXISTS, TTL).</summary>
    /// <returns>The entry, or null when there is none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Entry* LookupReadNoTouch(byte* key, int keyLength, ulong hash)
    {
        _access.Observe(hash);
        Entry* entry = _access.Current->Lookup(key, keyLength, hash);
        if (entry != null && entry->IsExpired(_access.Now))
        {
            entry = ResolveExpired(entry, hash);
        }

        if (entry == null)
        {
            _access.Stripe->Misses++;
            if (_access.ReportsMisses)
            {
                _access.Effects.Tell(key, keyLength, hash, ChangeName.Miss);
            }

            return null;
        }

        _access.Stripe->Hits++;
        return entry;
    }

    /// <summary>Finds a key for writing: notes the use, counts nothing.</summary>
    /// <returns>The entry, or null when there is none.</returns>
    public Entry* LookupWrite(byte* key, int keyLength, ulong hash)
    {
        Entry* entry = LookupNoEffects(key, keyLength, hash);
        if (entry != null)
        {
            NoteUse(entry, EntryFlags.None);
        }

        return entry;
    }

    /// <summary>Finds a key and leaves no trace, except that an expired one is removed (<see cref="StoreAccess.Mode"/>).</summary>
    /// <returns>The entry, or null when there is none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Entry* LookupNoEffects(byte* key, int keyLength, ulong hash)
    {
        _access.Observe(hash);
        Entry* entry = _access.Current->Lookup(key, keyLength, hash);
        return entry != null && entry->IsExpired(_access.Now) ? ResolveExpired(entry, hash) : entry;
    }

    /// <summary>Notes that somebody reads an entry: for eviction, and for <see cref="Entry.IsRead"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Touch(Entry* entry) => NoteUse(entry, EntryFlags.Read);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NoteUse(Entry* entry, EntryFlags read)
    {
        uint clock = _store.CountsUses
            ? AccessClock.Use(entry->Clock, _access.Now, ref _access.Current->RandomState)
            : AccessClock.Recency(_access.Now);
        if (!_access.KeepsClocks)
        {
            entry->NoteUse(clock, read);
        }
    }

    // The one place where it is decided what becomes of a key whose time has passed: the entry that the access is to see, or null.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Entry* ResolveExpired(Entry* entry, ulong hash)
    {
        if (_access.OwnMode == AccessMode.Told)
        {
            return entry;
        }

        if (_access.Mode == AccessMode.Normal && !_store.KeepsExpired)
        {
            Expire(entry, hash);
        }

        return null;
    }

    /// <summary>Removes a key whose time has passed.</summary>
    internal void Expire(Entry* entry, ulong hash)
    {
        _access.Stripe->Expired++;
        _access.Effects.Remove(_access.Current, entry, hash, EffectCause.Expired, new ChangeNote(ChangeName.Expired));
    }
}

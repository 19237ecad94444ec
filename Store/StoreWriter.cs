using System.Runtime.CompilerServices;

namespace Epollsrv.Store;

/// <summary>
/// The door for writes of one access, to keys of the present partition: each call is one change, committed before it
/// returns. Any of them may move or evict any other entry. Changing a part of a value is <see cref="ValueEditor"/>'s.
/// </summary>
public sealed unsafe class StoreWriter
{
    private readonly StoreAccess _access;
    private readonly KeyValueStore _store;
    private readonly StoreMemory _memory;
    private readonly EffectCommitter _effects;

    internal StoreWriter(StoreAccess access)
    {
        _access = access;
        _store = access.Store;
        _memory = access.Memory;
        _effects = access.Effects;
        Resizer = new EntryResizer(access, this);
        Items = new ItemWriter(access, this);
    }

    /// <summary>Writes for memcached's clients. All other writes of a value leave an entry without <see cref="ItemFields"/>, or set them
    /// to zero.</summary>
    public ItemWriter Items { get; }

    /// <summary>Changes the length and the expiry time of entries.</summary>
    internal EntryResizer Resizer { get; }

    /// <summary>Whether the key that was placed last was not there before.</summary>
    internal bool PlacedIsNew { get; private set; }

    /// <summary>Sets a key to a value, whatever it was before.</summary>
    /// <param name="key">The key's bytes; not inside the store.</param>
    /// <param name="keyLength">Their number.</param>
    /// <param name="hash">Its <see cref="StoreAccess.Hash"/>.</param>
    /// <param name="value">The value's bytes; not inside the store.</param>
    /// <param name="valueLength">Their number.</param>
    /// <param name="note">What to tell of it.</param>
    /// <param name="expireAt">Unix milliseconds, <see cref="StoreAccess.NoExpiry"/> or <see cref="StoreAccess.KeepExpiry"/>.</param>
    /// <param name="flags">The caller's bits of the entry from now on.</param>
    public StoreResult Put(
        byte* key, int keyLength, ulong hash, byte* value, int valueLength, ChangeNote note, long expireAt = StoreAccess.NoExpiry,
            EntryFlags flags = EntryFlags.None)
    {
        Entry* entry = Write(key, keyLength, hash, valueLength, expireAt, flags & EntryFlags.CallerBits);
        if (entry == null)
        {
            return StoreResult.OutOfMemory;
        }

        Unsafe.CopyBlockUnaligned(entry->ValuePointer, value, (uint)valueLength);
        _effects.Commit(EffectKind.Put, entry, hash, note, PlacedIsNew);
        return StoreResult.Ok;
    }

    /// <summary>
    /// Sets a key to a value that was filled outside the lock, or that another key has pinned. Takes over one reference
    /// when it succeeds; otherwise the caller keeps it.
    /// </summary>
    public StoreResult Put(
        byte* key, int keyLength, ulong hash, LargeValue* value, ChangeNote note, long expireAt = StoreAccess.NoExpiry,
            EntryFlags flags = EntryFlags.None)
    {
        Entry* entry = Place(key, keyLength, hash, value, sizeof(LargeValue*), expireAt, flags & EntryFlags.CallerBits);
        if (entry == null)
        {
            return StoreResult.OutOfMemory;
        }

        _effects.Commit(EffectKind.Put, entry, hash, note, PlacedIsNew);
        return StoreResult.Ok;
    }

    /// <summary>Removes an entry.</summary>
    public void Delete(Entry* entry, ulong hash, ChangeNote note) => _effects.Remove(_access.Current, entry, hash, EffectCause.Asked, note);

    /// <summary>Removes a key.</summary>
    /// <returns>Whether there was one that had not expired.</returns>
    public bool Delete(byte* key, int keyLength, ulong hash, ChangeNote note)
    {
        Entry* entry = _access.Keys.LookupNoEffects(key, keyLength, hash);
        if (entry == null)
        {
            return false;
        }

        _effects.Remove(_access.Current, entry, hash, EffectCause.Asked, note);
        return true;
    }

    /// <summary>Sets, changes or removes the expiry time.</summary>
    /// <param name="entry">The key's entry.</param>
    /// <param name="hash">Its <see cref="StoreAccess.Hash"/>.</param>
    /// <param name="expireAt">Unix milliseconds (a past time is met by the next look-up), or <see cref="StoreAccess.NoExpiry"/>.</param>
    /// <param name="note">What to tell of it.</param>
    /// <returns>False: memory is out and nothing was changed. The entry may have moved otherwise.</returns>
    public bool SetExpiry(Entry* entry, ulong hash, long expireAt, ChangeNote note)
    {
        // A time before 1970 is long past too, and zero is the mark for "never".
        expireAt = expireAt < 0 ? 1 : expireAt;
        if (entry->HasExpiry && expireAt != StoreAccess.NoExpiry)
        {
            _access.Current->BeginChange(hash);
            entry->Expiry = expireAt;
        }
        else if (entry->HasExpiry != (expireAt != StoreAccess.NoExpiry))
        {
            entry = Resizer.Rebuild(entry, hash, expireAt, EntryResizer.InlineLengthOf(entry));
            if (entry == null)
            {
                return false;
            }
        }
        else
        {
            return true;
        }

        _effects.Commit(EffectKind.Expiry, entry, hash, note, isNew: false);
        return true;
    }

    /// <summary>An entry with room for the value, whose bytes are left to the caller.</summary>
    /// <returns>Null: memory is out, and nothing was changed.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Entry* Write(
        byte* key, int keyLength, ulong hash, long valueLength, long expireAt, EntryFlags flags)
    {
        if (!Entry.IsLargeValue(keyLength, valueLength))
        {
            return Place(key, keyLength, hash, null, (int)valueLength, expireAt, flags);
        }

        LargeValue* block = _memory.AllocateLarge(valueLength);
        if (block == null)
        {
            return null;
        }

        Entry* entry = Place(key, keyLength, hash, block, sizeof(LargeValue*), expireAt, flags);
        if (entry == null)
        {
            LargeValue.Release(block);
        }

        return entry;
    }

    /// <summary>Wakes whoever removes expired keys in the background, who may
    /// sleep while there are none. The count is already what it is now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void ReportFirstExpiry(long expireAt)
    {
        if (expireAt != StoreAccess.NoExpiry && _access.Current->ExpiringCount == 1 && _store.ExpiryBegan != null)
        {
            _store.ExpiryBegan(_store.ExpiryBeganContext);
        }
    }

    private uint FirstClock => _store.CountsUses
        ? AccessClock.FirstUse(_access.Now)
        : AccessClock.Recency(_access.Now);

    /// <summary>The one place where an entry for a key comes to be or is overwritten. The value's bytes are left to the caller, except
    /// that a block's address is stored, and so are an item's fields, if the flags say that it has some.</summary>
    /// <returns>Null: memory is out, and nothing was changed.</returns>
    internal Entry* Place(
        byte* key, int keyLength, ulong hash, LargeValue* block, int inlineLength, long expireAt, EntryFlags flags)
    {
        Partition* partition = _access.Current;
        if (block != null)
        {
            flags |= EntryFlags.Large;
        }

        Entry* old = partition->Lookup(key, keyLength, hash);
        PlacedIsNew = old == null;
        if (old != null && old->IsExpired(_access.Now))
        {
            old = ResolveExpiredForPut(old, hash);
        }

        if (expireAt == StoreAccess.KeepExpiry)
        {
            expireAt = PlacedIsNew ? StoreAccess.NoExpiry : old->Expiry;
        }

        flags = Entry.FlagsFor(flags, keyLength, expireAt != StoreAccess.NoExpiry);
        long size = Entry.SizeFor(flags, keyLength, inlineLength);
        if (old != null && SizeClasses.AreSame(size, old->RecordSize))
        {
            Overwrite(partition, old, key, keyLength, hash, block, inlineLength, expireAt, flags);
            ReportFirstExpiry(expireAt);
            return old;
        }

        partition->Tracked = old;
        Entry* entry = _memory.TakeRecord(SizeClasses.Of(size), size);
        old = partition->Tracked;
        partition->Tracked = null;
        if (entry == null)
        {
            return null;
        }

        uint clock = old == null ? FirstClock : UsedClock(old);
        entry->Initialize(flags, clock, keyLength, inlineLength, expireAt);
        Unsafe.CopyBlockUnaligned(entry->KeyPointer, key, (uint)keyLength);
        if (block != null)
        {
            entry->LargeBlock = block;
        }

        if (old == null)
        {
            partition->Insert(entry, hash);
        }
        else
        {
            // Dropped only then: a snapshot may still take a reference to it.
            LargeValue* dropped = old->IsLarge ? old->LargeBlock : null;
            partition->Supersede(old, entry, hash);
            if (dropped != null)
            {
                _access.Stripe->DeferFree(dropped);
            }
        }

        ReportFirstExpiry(expireAt);
        return entry;
    }

    // A key whose time has passed is to get a new value: the entry to replace, if it was not removed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Entry* ResolveExpiredForPut(Entry* entry, ulong hash)
    {
        PlacedIsNew = _access.OwnMode != AccessMode.Told;
        if (_access.Mode != AccessMode.Normal)
        {
            return entry;
        }

        _access.Keys.Expire(entry, hash);
        return null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Overwrite(
        Partition* partition, Entry* entry, byte* key, int keyLength, ulong hash, LargeValue* block, int inlineLength, long expireAt,
            EntryFlags flags)
    {
        partition->BeginChange(hash);
        if (entry->IsLarge)
        {
            partition->Stripe->DeferFree(entry->LargeBlock);
        }

        EntryFlags changed = (entry->Flags ^ flags) & EntryFlags.Extensions;
        entry->Initialize(flags, UsedClock(entry), keyLength, inlineLength, expireAt);
        if (changed != EntryFlags.None)
        {
            Unsafe.CopyBlockUnaligned(entry->KeyPointer, key, (uint)keyLength);
            if ((changed & EntryFlags.HasExpiry) != 0)
            {
                bool expires = expireAt != StoreAccess.NoExpiry;
                partition->ExpiringCount += expires ? 1 : -1;
                if (expires)
                {
                    partition->NoteExpiring(hash);
                }
            }
        }

        if (block != null)
        {
            entry->LargeBlock = block;
        }
    }

    private uint UsedClock(Entry* entry) => _store.CountsUses
        ? AccessClock.Use(entry->Clock, _access.Now, ref _access.Current->RandomState)
        : AccessClock.Recency(_access.Now);
}

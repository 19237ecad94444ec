using System.Runtime.CompilerServices;

namespace Epollsrv.Store;

// Writing keys in the partition entered. Any of these may move or evict any other entry.
public sealed unsafe partial class StoreAccess
{
    // Whether the key that was placed last was not there before.
    private bool _placedIsNew;

    /// <summary>Sets a key to a value, whatever it was before.</summary>
    /// <param name="key">The key's bytes; not inside the store.</param>
    /// <param name="keyLength">Their number.</param>
    /// <param name="hash">Its <see cref="Hash"/>.</param>
    /// <param name="value">The value's bytes; not inside the store.</param>
    /// <param name="valueLength">Their number.</param>
    /// <param name="note">What to tell of it.</param>
    /// <param name="expireAt">Unix milliseconds, <see cref="NoExpiry"/> or <see cref="KeepExpiry"/>.</param>
    /// <param name="flags">The caller's bits of the entry from now on.</param>
    public StoreResult Put(
        byte* key, int keyLength, ulong hash, byte* value, int valueLength, ChangeNote note, long expireAt = NoExpiry, EntryFlags flags = EntryFlags.None)
    {
        Entry* entry = Write(key, keyLength, hash, valueLength, expireAt, flags);
        if (entry == null)
        {
            return StoreResult.OutOfMemory;
        }

        Unsafe.CopyBlockUnaligned(entry->ValuePointer, value, (uint)valueLength);
        Commit(EffectKind.Put, entry, hash, note);
        return StoreResult.Ok;
    }

    /// <summary>
    /// Sets a key to a value that was filled outside the lock, or that another key has pinned. Takes over one reference
    /// when it succeeds; otherwise the caller keeps it.
    /// </summary>
    public StoreResult Put(
        byte* key, int keyLength, ulong hash, LargeValue* value, ChangeNote note, long expireAt = NoExpiry, EntryFlags flags = EntryFlags.None)
    {
        Entry* entry = Place(key, keyLength, hash, value, sizeof(LargeValue*), expireAt, flags);
        if (entry == null)
        {
            return StoreResult.OutOfMemory;
        }

        Commit(EffectKind.Put, entry, hash, note);
        return StoreResult.Ok;
    }

    /// <summary>
    /// A block for a value, with one reference and undefined contents, to be filled and given to <c>Put</c>
    /// (or to <see cref="LargeValue.Release"/>). Best called before a partition is entered; evicts when memory is short.
    /// </summary>
    /// <returns>The block, or null when memory is out.</returns>
    public LargeValue* AllocateLarge(long length)
    {
        return TakeBudget(LargeHeap.CostOf(length)) ? Store.LargeValues->Allocate(length) : null;
    }

    /// <summary>
    /// A block for a value that is still to arrive: it takes nothing from the memory maximum before <see cref="TryAdopt"/>, and pages of it are resident
    /// only once they are written. To be adopted, or given to <see cref="LargeValue.Abandon"/>.
    /// </summary>
    /// <returns>The block, or null when the kernel has no address space.</returns>
    public LargeValue* ReserveLarge(long length) => Store.LargeValues->Reserve(length);

    /// <summary>Makes a reserved block one for <c>Put</c>; evicts when memory is short. Best called before a partition is entered.</summary>
    /// <param name="block">The block, filled.</param>
    /// <param name="length">Bytes of the value, not more than were reserved.</param>
    /// <returns>False when memory is out; the block is then still a reserved one.</returns>
    public bool TryAdopt(LargeValue* block, long length)
    {
        if (!TakeBudget(block->BlockBytes))
        {
            return false;
        }

        block->SetLength(length);
        return true;
    }

    /// <summary>Whether a value of this length under such a key is kept in a block of its own: whether filling one outside the lock pays.</summary>
    public static bool IsLargeValue(int keyLength, long valueLength) =>
        valueLength > sizeof(LargeValue*) && Entry.SizeFor(keyLength, valueLength, true) > SizeClasses.LargestRecord;

    /// <summary>Removes an entry.</summary>
    public void Delete(Entry* entry, ulong hash, ChangeNote note) => Remove(_current, entry, hash, EffectCause.Asked, note);

    /// <summary>Removes a key.</summary>
    /// <returns>Whether there was one that had not expired.</returns>
    public bool Delete(byte* key, int keyLength, ulong hash, ChangeNote note)
    {
        Entry* entry = Peek(key, keyLength, hash);
        if (entry == null)
        {
            return false;
        }

        Remove(_current, entry, hash, EffectCause.Asked, note);
        return true;
    }

    /// <summary>Replaces the caller's bits of an entry that stays as it is otherwise: that is no change of the key.</summary>
    public static void SetFlags(Entry* entry, EntryFlags flags) => entry->SetCallerBits(flags);

    // An entry with room for the value, whose bytes are left to the caller. Null: out of memory, nothing changed.
    private Entry* Write(
        byte* key, int keyLength, ulong hash, long valueLength, long expireAt, EntryFlags flags)
    {
        // One extra word for an expiry: whether a value is inline must not depend on it.
        if (valueLength <= sizeof(LargeValue*) || Entry.SizeFor(keyLength, valueLength, true) <= SizeClasses.LargestRecord)
        {
            return Place(key, keyLength, hash, null, (int)valueLength, expireAt, flags);
        }

        LargeValue* block = AllocateLarge(valueLength);
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

    // The one place where an entry for a key comes to be or is overwritten. The value's bytes are left to the caller,
    // except that a block's address is stored. Null: out of memory, nothing changed.
    private Entry* Place(
        byte* key, int keyLength, ulong hash, LargeValue* block, int inlineLength, long expireAt, EntryFlags flags)
    {
        Partition* partition = _current;
        flags &= EntryFlags.CallerBits;
        if (block != null)
        {
            flags |= EntryFlags.Large;
        }

        Entry* old = partition->Lookup(key, keyLength, hash);
        _placedIsNew = old == null;
        if (old != null && old->IsExpired(_now))
        {
            old = MeetExpiredToReplace(old, hash);
        }

        if (expireAt == KeepExpiry)
        {
            expireAt = _placedIsNew ? NoExpiry : old->Expiry;
        }

        long size = Entry.SizeFor(keyLength, inlineLength, expireAt != NoExpiry);
        int sizeClass = SizeClasses.Of(size);
        if (old != null && sizeClass != SizeClasses.None && SizeClasses.Of(old->RecordSize) == sizeClass)
        {
            Overwrite(old, key, keyLength, hash, block, inlineLength, expireAt, flags);
            ReportFirstExpiry(expireAt);
            return old;
        }

        partition->Tracked = old;
        Entry* entry = TakeRecord(sizeClass, size);
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
            if (old->IsLarge)
            {
                _stripe->DeferFree(old->LargeBlock);
            }

            partition->Supersede(old, entry, hash);
        }

        ReportFirstExpiry(expireAt);
        return entry;
    }

    // A key whose time has passed is to get a new value: the entry to replace, if it was not removed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Entry* MeetExpiredToReplace(Entry* entry, ulong hash)
    {
        _placedIsNew = Mode != AccessMode.Told;
        if (Mode != AccessMode.Normal)
        {
            return entry;
        }

        Expire(entry, hash);
        return null;
    }

    // Whoever removes expired keys in the background may sleep while there are none. The count is already what it is now.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ReportFirstExpiry(long expireAt)
    {
        if (expireAt != NoExpiry && _current->ExpiringCount == 1 && Store.ExpiryBegan != null)
        {
            Store.ExpiryBegan(Store.ExpiryBeganContext);
        }
    }

    private void Overwrite(
        Entry* entry, byte* key, int keyLength, ulong hash, LargeValue* block, int inlineLength, long expireAt, EntryFlags flags)
    {
        Partition* partition = _current;
        partition->BeginChange(hash);
        if (entry->IsLarge)
        {
            _stripe->DeferFree(entry->LargeBlock);
        }

        bool expired = entry->HasExpiry;
        bool expires = expireAt != NoExpiry;
        entry->Initialize(flags, UsedClock(entry), keyLength, inlineLength, expireAt);
        if (expired != expires)
        {
            Unsafe.CopyBlockUnaligned(entry->KeyPointer, key, (uint)keyLength);
            partition->ExpiringCount += expires ? 1 : -1;
            if (expires)
            {
                partition->NoteExpiring(hash);
            }
        }

        if (block != null)
        {
            entry->LargeBlock = block;
        }
    }

    private uint UsedClock(Entry* entry) => Store.CountsUses
        ? AccessClock.Use(entry->Clock, _now, ref _current->RandomState)
        : AccessClock.Recency(_now);

    // Memory for a record in the partition entered; may evict. Null: out of memory.
    private Entry* TakeRecord(int sizeClass, long size)
    {
        if (sizeClass == SizeClasses.None)
        {
            LargeValue* block = AllocateLarge(size);
            return block == null ? null : (Entry*)block->Data;
        }

        return _current->Records.HasRoom(sizeClass) || MakeRoomFor(sizeClass) ? (Entry*)_current->Records.Allocate(sizeClass) : null;
    }
}

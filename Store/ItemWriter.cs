using System.Runtime.CompilerServices;

namespace Epollsrv.Store;

/// <summary>
/// Writes of one access for memcached's clients, whose items have <see cref="ItemFields"/>, to keys of the present partition. A part of
/// <see cref="StoreWriter"/>: any of these calls may move or evict any other entry. What changes the fields alone is no change of
/// the key: neither watches nor keyspace notifications are told, only the log.
/// </summary>
public sealed unsafe class ItemWriter
{
    private readonly StoreAccess _access;
    private readonly StoreWriter _writer;

    internal ItemWriter(StoreAccess access, StoreWriter writer)
    {
        _access = access;
        _writer = writer;
    }

    /// <summary>Sets a key to a value, whatever it was before, and to fields, whatever they were.</summary>
    /// <param name="key">The key's bytes; not inside the store.</param>
    /// <param name="keyLength">Their number.</param>
    /// <param name="hash">Its <see cref="StoreAccess.Hash"/>.</param>
    /// <param name="value">The value's bytes; not inside the store.</param>
    /// <param name="valueLength">Their number.</param>
    /// <param name="item">The fields. With a unique of 0 the next <see cref="AssignUnique"/> gives a new one; whoever wants to know it
    /// now takes it from <see cref="KeyValueStore.Uniques"/>.</param>
    /// <param name="note">What to tell of it.</param>
    /// <param name="expireAt">Unix milliseconds, <see cref="StoreAccess.NoExpiry"/> or <see cref="StoreAccess.KeepExpiry"/>.</param>
    /// <param name="flags">The caller's bits of the entry from now on.</param>
    public StoreResult Put(
        byte* key, int keyLength, ulong hash, byte* value, int valueLength, ItemFields item, ChangeNote note,
        long expireAt = StoreAccess.NoExpiry, EntryFlags flags = EntryFlags.None)
    {
        Entry* entry = _writer.Write(key, keyLength, hash, valueLength, expireAt, FlagsOf(item, flags));
        if (entry == null)
        {
            return StoreResult.OutOfMemory;
        }

        Fill(entry, item);
        Unsafe.CopyBlockUnaligned(entry->ValuePointer, value, (uint)valueLength);
        _access.Effects.Commit(EffectKind.Put, entry, hash, note, _writer.PlacedIsNew);
        return StoreResult.Ok;
    }

    /// <summary>The same with a value that was filled outside the lock. Takes over one reference when
    /// it succeeds; otherwise the caller keeps it.</summary>
    public StoreResult Put(
        byte* key, int keyLength, ulong hash, LargeValue* value, ItemFields item, ChangeNote note,
        long expireAt = StoreAccess.NoExpiry, EntryFlags flags = EntryFlags.None)
    {
        Entry* entry = _writer.Place(key, keyLength, hash, value, sizeof(LargeValue*), expireAt, FlagsOf(item, flags));
        if (entry == null)
        {
            return StoreResult.OutOfMemory;
        }

        Fill(entry, item);
        _access.Effects.Commit(EffectKind.Put, entry, hash, note, _writer.PlacedIsNew);
        return StoreResult.Ok;
    }

    /// <summary>Gives an entry its unique, if it has none. That counts as no change at all. The entry keeps the 0 on a replica, where
    /// only its master gives uniques, and while CLIENT PAUSE lets nothing change. A reply waits for the log's record of it as for that of
    /// a write; while the log cannot be written it goes out, as that of any reader.</summary>
    /// <param name="entry">The key's entry.</param>
    /// <param name="hash">Its <see cref="StoreAccess.Hash"/>.</param>
    /// <returns>The entry, which may have moved; null: memory is out, and nothing was changed.</returns>
    public Entry* AssignUnique(Entry* entry, ulong hash)
    {
        ItemFields item = entry->Item;
        return item.Unique != 0 || _access.Mode != AccessMode.Normal || _access.Store.KeepsExpired ? entry
            : Change(entry, hash, new ItemFields(item.ClientFlags, _access.Store.Uniques.Next(), item.State), EffectCause.Seen);
    }

    /// <summary>Gives an entry other fields, and leaves value and expiry time as they are.</summary>
    /// <param name="entry">The key's entry.</param>
    /// <param name="hash">Its <see cref="StoreAccess.Hash"/>.</param>
    /// <param name="item">All of its fields from now on.</param>
    /// <returns>The entry, which may have moved; null: memory is out, and nothing was changed.</returns>
    public Entry* Set(Entry* entry, ulong hash, ItemFields item)
    {
        if (entry->Item == item)
        {
            return entry;
        }

        entry = SetUncounted(entry, hash, item);
        if (entry != null)
        {
            _access.Stripe->Changes++;
        }

        return entry;
    }

    /// <summary>As <see cref="Set"/>, for whoever does again what was done elsewhere: no change is counted.</summary>
    internal Entry* SetUncounted(Entry* entry, ulong hash, ItemFields item) => Change(entry, hash, item, EffectCause.Asked);

    private Entry* Change(Entry* entry, ulong hash, ItemFields item, EffectCause cause)
    {
        if (entry->HasItem)
        {
            _access.Current->BeginChange(hash);
        }
        else
        {
            entry = _writer.Resizer.AddItem(entry, hash);
            if (entry == null)
            {
                return null;
            }
        }

        Fill(entry, item);
        _access.Effects.CommitItem(entry, hash, cause);
        return entry;
    }

    private static EntryFlags FlagsOf(ItemFields item, EntryFlags flags) =>
        (flags & EntryFlags.CallerBits) | (item.IsNone ? EntryFlags.None : EntryFlags.HasItem);

    private void Fill(Entry* entry, ItemFields item)
    {
        if (entry->HasItem)
        {
            entry->Item = item;
            _access.Store.Uniques.Raise(item.Unique);
        }
    }
}

using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Store;

/// <summary>
/// Changes a part of a value, for one access: <see cref="TryLock"/> finds the key, <see cref="Begin"/>
/// gives its bytes to write to, <see cref="Commit"/> tells what was written. One edit at a time.
/// </summary>
public sealed unsafe class ValueEditor
{
    // The least bytes of a value that are not copied under the lock.
    private const long LongCopy = 64 * 1024;

    private readonly StoreAccess _access;
    private Entry* _edited;
    private ulong _hash;
    private bool _isNew;

    internal ValueEditor(StoreAccess access) => _access = access;

    /// <summary>
    /// Locks the key's partition and finds the key for <see cref="Begin"/>. A large value that others refer to as well (COPY, a
    /// reader) is copied first, without the lock, so that the edit need not; inside a group, whose locks stay, the edit does it.
    /// </summary>
    /// <param name="key">The key's bytes; not inside the store.</param>
    /// <param name="keyLength">Their number.</param>
    /// <param name="hash">Its <see cref="StoreAccess.Hash"/>.</param>
    /// <param name="mayCopy">Whether the thread may take the time that a long copy needs.</param>
    /// <param name="entry">The entry, or null when there is none.</param>
    /// <returns>False: a copy is needed that the thread may not make; nothing is locked.</returns>
    public bool TryLock(byte* key, int keyLength, ulong hash, bool mayCopy, out Entry* entry)
    {
        while (true)
        {
            _access.Lock(hash);
            entry = _access.Keys.LookupWrite(key, keyLength, hash);
            if (entry == null || !entry->IsLarge || entry->ValueLength <= LongCopy)
            {
                return true;
            }

            // Now rather than in the edit: a snapshot that takes a reference to the value makes the copy necessary.
            _access.Current->SaveBeforeChange(hash);
            if (entry->LargeBlock->IsExclusive || !_access.LockedCurrent)
            {
                return true;
            }

            LargeValue* shared = entry->PinValue();
            _access.Unlock();
            if (!mayCopy)
            {
                LargeValue.Release(shared);
                return false;
            }

            LargeValue* copy = _access.Memory.AllocateLarge(shared->Length);
            if (copy == null)
            {
                // The edit is going to say so.
                LargeValue.Release(shared);
                _access.Lock(hash);
                entry = _access.Keys.LookupWrite(key, keyLength, hash);
                return true;
            }

            Buffer.MemoryCopy(shared->Data, copy->Data, shared->Length, shared->Length);
            _access.Lock(hash);
            entry = _access.Keys.LookupWrite(key, keyLength, hash);
            if (entry != null && entry->IsLarge && entry->LargeBlock == shared)
            {
                // Nobody changes a block that is pinned: the copy is the value. A snapshot that has begun meanwhile gets the original.
                _access.Current->SaveBeforeChange(hash);
                entry->LargeBlock = copy;
                _access.Stripe->DeferFree(shared);
                _access.Stripe->DeferFree(shared);
                return true;
            }

            _access.Unlock();
            LargeValue.Release(shared);
            LargeValue.Release(copy);
        }
    }

    /// <summary>
    /// Begins an edit of the key that <see cref="TryLock"/> found: its value, made when there is none, has a new length and may be
    /// written to. Bytes that it had stay, new ones are zero. Ends with
    /// <see cref="Commit"/>, before anything else is done with this access.
    /// </summary>
    /// <param name="key">The key's bytes; not inside the store.</param>
    /// <param name="keyLength">Their number.</param>
    /// <param name="hash">Its <see cref="StoreAccess.Hash"/>.</param>
    /// <param name="entry">The entry, or null when there is none.</param>
    /// <param name="newLength">Bytes of the value from now on; a large one grows with room to spare.</param>
    /// <param name="keepsClientFlags">Whether an item's flags stay (memcached's append, prepend, incr and decr). The other fields are
    /// zero from now on, so that whoever asks gets a new unique.</param>
    /// <returns>The value's first byte, or null when memory is out and nothing was changed.</returns>
    public byte* Begin(byte* key, int keyLength, ulong hash, Entry* entry, long newLength, bool keepsClientFlags = false)
    {
        if (entry == null)
        {
            entry = _access.Writer.Write(key, keyLength, hash, newLength, StoreAccess.NoExpiry, EntryFlags.Raw);
            _isNew = true;
            if (entry == null)
            {
                return null;
            }

            NativeMemory.Clear(entry->ValuePointer, (nuint)newLength);
        }
        else
        {
            _isNew = false;
            entry = _access.Writer.Resizer.Resize(entry, hash, newLength);
            if (entry == null)
            {
                return null;
            }

            entry->SetCallerBits(EntryFlags.Raw);
            if (entry->HasItem)
            {
                entry->Item = new ItemFields(keepsClientFlags ? entry->Item.ClientFlags : 0);
            }
        }

        _edited = entry;
        _hash = hash;
        return entry->ValuePointer;
    }

    /// <summary>Ends an edit.</summary>
    /// <param name="offset">The first byte that was written.</param>
    /// <param name="length">How many were.</param>
    /// <param name="note">What to tell of it.</param>
    public void Commit(long offset, long length, ChangeNote note)
    {
        Entry* entry = _edited;
        _edited = null;
        _access.Effects.Commit(_isNew ? EffectKind.Put : EffectKind.Edit, entry, _hash, note, _isNew, offset, length);
    }
}

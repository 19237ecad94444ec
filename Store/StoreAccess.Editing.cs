using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Store;

// Changing a part of a value, and expiry times.
public sealed unsafe partial class StoreAccess
{
    // The least bytes of a value that are not copied under the lock.
    private const long LongCopy = 64 * 1024;

    private Entry* _edited;
    private ulong _editedHash;
    private bool _editedIsNew;

    /// <summary>
    /// Enters the key's partition and finds the key for <see cref="Edit"/>. A large value that others refer to as well (COPY, a reader) is copied
    /// first, without the lock, so that the edit need not; inside a group, whose locks stay, the edit does it.
    /// </summary>
    /// <param name="key">The key's bytes; not inside the store.</param>
    /// <param name="keyLength">Their number.</param>
    /// <param name="hash">Its <see cref="Hash"/>.</param>
    /// <param name="mayCopy">Whether the thread may take the time that a long copy needs.</param>
    /// <param name="entry">The entry, or null when there is none.</param>
    /// <returns>False: a copy is needed that the thread may not make; nothing is entered.</returns>
    public bool TryEnterForEdit(byte* key, int keyLength, ulong hash, bool mayCopy, out Entry* entry)
    {
        while (true)
        {
            Enter(hash);
            entry = FindForWrite(key, keyLength, hash);
            if (entry == null || !entry->IsLarge || entry->ValueLength <= LongCopy || entry->LargeBlock->IsExclusive || !_lockedCurrent)
            {
                return true;
            }

            LargeValue* shared = Pin(entry);
            Leave();
            if (!mayCopy)
            {
                LargeValue.Release(shared);
                return false;
            }

            LargeValue* copy = AllocateLarge(shared->Length);
            if (copy == null)
            {
                // The edit is going to say so.
                LargeValue.Release(shared);
                Enter(hash);
                entry = FindForWrite(key, keyLength, hash);
                return true;
            }

            Buffer.MemoryCopy(shared->Data, copy->Data, shared->Length, shared->Length);
            Enter(hash);
            entry = FindForWrite(key, keyLength, hash);
            if (entry != null && entry->IsLarge && entry->LargeBlock == shared)
            {
                // Nobody changes a block that is pinned: the copy is the value.
                entry->LargeBlock = copy;
                _stripe->DeferFree(shared);
                _stripe->DeferFree(shared);
                return true;
            }

            Leave();
            LargeValue.Release(shared);
            LargeValue.Release(copy);
        }
    }

    /// <summary>
    /// Begins an edit of the key that <see cref="TryEnterForEdit"/> found: its value, made when there is none, has a new length and may be
    /// written to. Bytes that it had stay, new ones are zero. Ends with <see cref="CommitEdit"/>, before anything else is done with this access.
    /// </summary>
    /// <param name="key">The key's bytes; not inside the store.</param>
    /// <param name="keyLength">Their number.</param>
    /// <param name="hash">Its <see cref="Hash"/>.</param>
    /// <param name="entry">The entry, or null when there is none.</param>
    /// <param name="newLength">Bytes of the value from now on; a large one grows with room to spare.</param>
    /// <returns>The value's first byte, or null when memory is out and nothing was changed.</returns>
    public byte* Edit(byte* key, int keyLength, ulong hash, Entry* entry, long newLength)
    {
        if (entry == null)
        {
            entry = Write(key, keyLength, hash, newLength, NoExpiry, EntryFlags.Raw);
            _editedIsNew = true;
            if (entry == null)
            {
                return null;
            }

            NativeMemory.Clear(entry->ValuePointer, (nuint)newLength);
        }
        else
        {
            _editedIsNew = false;
            entry = Resize(entry, hash, newLength);
            if (entry == null)
            {
                return null;
            }

            entry->SetCallerBits(EntryFlags.Raw);
        }

        _edited = entry;
        _editedHash = hash;
        return entry->ValuePointer;
    }

    /// <summary>Ends an edit.</summary>
    /// <param name="offset">The first byte that was written.</param>
    /// <param name="length">How many were.</param>
    /// <param name="note">What to tell of it.</param>
    public void CommitEdit(long offset, long length, ChangeNote note)
    {
        Entry* entry = _edited;
        _edited = null;
        if (_stripe->Observers != ObserverKinds.None)
        {
            CommitObserved(_current, _editedIsNew ? EffectKind.Put : EffectKind.Edit, EffectCause.Asked, entry, _editedHash, note, _editedIsNew, offset, length);
        }

        MarkCommitted(_stripe);
    }

    /// <summary>Sets, changes or removes the expiry time.</summary>
    /// <param name="entry">The key's entry.</param>
    /// <param name="hash">Its <see cref="Hash"/>.</param>
    /// <param name="expireAt">Unix milliseconds (a past time is met by the next look-up), or <see cref="NoExpiry"/>.</param>
    /// <param name="note">What to tell of it.</param>
    /// <returns>False: memory is out and nothing was changed. The entry may have moved otherwise.</returns>
    public bool SetExpiry(Entry* entry, ulong hash, long expireAt, ChangeNote note)
    {
        // A time before 1970 is long past too, and zero is the mark for "never".
        expireAt = expireAt < 0 ? 1 : expireAt;
        if (entry->HasExpiry && expireAt != NoExpiry)
        {
            _current->BeginChange(hash);
            entry->Expiry = expireAt;
        }
        else if (entry->HasExpiry != (expireAt != NoExpiry))
        {
            entry = Rebuild(entry, hash, expireAt, InlineLengthOf(entry));
            if (entry == null)
            {
                return false;
            }
        }
        else
        {
            return true;
        }

        Commit(EffectKind.Expiry, entry, hash, note);
        return true;
    }
}

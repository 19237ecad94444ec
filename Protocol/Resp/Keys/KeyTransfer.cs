using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// A key's value, expiry time and flags (memcached's too) put under another name, or into another database. The partitions of both keys
/// are held, and are one group. A large value is shared, not copied: it is never changed while it has two owners.
/// </summary>
internal readonly unsafe ref struct KeyTransfer(CommandContext call, Argument* from, Argument* to, int database)
{
    private readonly int _source = call.Access.Database;
    private readonly ulong _fromHash = call.Hashes[0];
    private readonly ulong _toHash = from == to ? call.Hashes[0] : call.Hashes[1];

    /// <summary>Does it, whole or not at all.</summary>
    public TransferOutcome Run(TransferKind kind, bool onlyIfNone)
    {
        StoreAccess access = call.Access;
        if (!TryMakeRoom())
        {
            return TransferOutcome.Refused;
        }

        access.Lock(_fromHash);

        // COPY reads its source: it counts as a hit or a miss.
        Entry* entry = kind == TransferKind.Copy ? access.Keys.LookupRead(from->Data, from->Length, _fromHash)
            : access.Keys.LookupWrite(from->Data, from->Length, _fromHash);
        if (entry == null)
        {
            access.Unlock();
            return TransferOutcome.NoSource;
        }

        LargeValue* block = entry->IsLarge ? entry->PinValue() : null;
        int length = block != null ? 0 : (int)entry->ValueLength;
        byte* copy = call.Scratch(length);
        Buffer.MemoryCopy(entry->ValuePointer, copy, length, length);
        long expireAt = entry->Expiry;
        EntryFlags flags = entry->Flags;

        // Memcached's flags say what the value is. Its unique is another key's.
        ItemFields item = new(entry->Item.ClientFlags);
        access.Unlock();

        EnterTarget();
        TransferOutcome outcome = TransferOutcome.Occupied;
        if (!onlyIfNone || access.Keys.LookupWrite(to->Data, to->Length, _toHash) == null)
        {
            // In Redis the old key is deleted and a new one added. Of a key that moves the old place is told first.
            ChangeNote note = new(kind == TransferKind.Copy ? ChangeName.CopyTo : ChangeName.None, isNew: true);
            StoreResult result = block != null
                ? access.Writer.Items.Put(to->Data, to->Length, _toHash, block, item, note, expireAt, flags)
                : access.Writer.Items.Put(to->Data, to->Length, _toHash, copy, length, item, note, expireAt, flags);
            outcome = result == StoreResult.Ok ? TransferOutcome.Done : TransferOutcome.Refused;
        }

        LeaveTarget();
        if (outcome != TransferOutcome.Done)
        {
            if (block != null)
            {
                LargeValue.Release(block);
            }

            return outcome;
        }

        if (kind != TransferKind.Copy)
        {
            RemoveSource(kind);
        }

        return TransferOutcome.Done;
    }

    private void RemoveSource(TransferKind kind)
    {
        StoreAccess access = call.Access;
        access.Lock(_fromHash);
        _ = access.Writer.Delete(
            from->Data, from->Length, _fromHash, new ChangeNote(kind == TransferKind.Rename ? ChangeName.RenameFrom : ChangeName.MoveFrom));
        access.Unlock();
        EnterTarget();
        access.Effects.Tell(to->Data, to->Length, _toHash, kind == TransferKind.Rename ? ChangeName.RenameTo : ChangeName.MoveTo);
        LeaveTarget();
    }

    // Before the source is read: it must not be evicted for its own copy.
    // Also makes the target's database, if it is used for the first time.
    private bool TryMakeRoom()
    {
        StoreAccess access = call.Access;
        bool made;
        bool planAgain;
        do
        {
            access.Lock(_fromHash);
            Entry* entry = access.Keys.LookupNoEffects(from->Data, from->Length, _fromHash);
            bool found = entry != null;
            bool expires = found && entry->HasExpiry;
            bool hasItem = found && entry->HasItem;
            long length = found ? entry->ValueLength : 0;
            access.Unlock();
            if (!found)
            {
                return true;
            }

            if (!access.TrySelect(database))
            {
                return false;
            }

            access.Lock(_toHash);
            access.Group.PlanPut(to->Data, to->Length, _toHash, length, expires, hasItem);
            access.Unlock();
            made = access.Group.TryMakeRoom(out planAgain);
            _ = access.TrySelect(_source);
        }
        while (planAgain);
        return made;
    }

    private void EnterTarget()
    {
        _ = call.Access.TrySelect(database);
        call.Access.Lock(_toHash);
    }

    private void LeaveTarget()
    {
        call.Access.Unlock();
        _ = call.Access.TrySelect(_source);
    }
}

using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Store;

/// <summary>Gives entries of the present partition another length or expiry time, or room
/// for an item's fields, and keeps the rest. Commits nothing: the caller does.</summary>
internal sealed unsafe class EntryResizer(StoreAccess access, StoreWriter writer)
{
    /// <summary>The entry with another length of its value, which nobody else refers to afterwards. New bytes are zero.</summary>
    /// <returns>Null: memory is out, and nothing was changed.</returns>
    internal Entry* Resize(Entry* entry, ulong hash, long newLength)
    {
        if (entry->IsLarge)
        {
            return ResizeLarge(entry, hash, newLength);
        }

        if (Entry.IsLargeValue(entry->KeyLength, newLength))
        {
            return InlineToLarge(entry, hash, newLength);
        }

        int oldLength = (int)entry->ValueLength;
        entry = Rebuild(entry, hash, entry->Expiry, (int)newLength);
        if (entry != null && newLength > oldLength)
        {
            NativeMemory.Clear(entry->ValuePointer + oldLength, (nuint)(newLength - oldLength));
        }

        return entry;
    }

    /// <summary>Bytes of the value that lie in the record.</summary>
    internal static int InlineLengthOf(Entry* entry) => entry->IsLarge ? sizeof(LargeValue*) : (int)entry->ValueLength;

    /// <summary>The same key with another expiry or inline length; keeps clock,
    /// caller's bits, an item's fields, and as much of the inline value as fits.</summary>
    /// <returns>Null: memory is out, and nothing was changed.</returns>
    internal Entry* Rebuild(Entry* entry, ulong hash, long expireAt, int inlineLength) =>
        Rebuild(entry, hash, expireAt, inlineLength, entry->Flags);

    /// <summary>The same entry with room for an item's fields, which the caller fills in.</summary>
    /// <returns>Null: memory is out, and nothing was changed.</returns>
    internal Entry* AddItem(Entry* entry, ulong hash) =>
        Rebuild(entry, hash, entry->Expiry, InlineLengthOf(entry), entry->Flags | EntryFlags.HasItem);

    private Entry* Rebuild(Entry* entry, ulong hash, long expireAt, int inlineLength, EntryFlags flags)
    {
        Partition* partition = access.Current;
        int keyLength = entry->KeyLength;
        int kept = Math.Min(InlineLengthOf(entry), inlineLength);
        flags = Entry.FlagsFor(flags, keyLength, expireAt != StoreAccess.NoExpiry);
        long size = Entry.SizeFor(flags, keyLength, inlineLength);
        if (SizeClasses.AreSame(size, entry->RecordSize))
        {
            EntryFlags changed = (entry->Flags ^ flags) & EntryFlags.Extensions;
            partition->BeginChange(hash);
            if (changed != EntryFlags.None)
            {
                // Key and value move together, by what comes in front of them or goes; before that is written over them.
                byte* from = entry->KeyPointer;
                Buffer.MemoryCopy(from, (byte*)entry + Entry.OffsetFor(flags), keyLength + kept, keyLength + kept);
            }

            if ((changed & EntryFlags.HasExpiry) != 0)
            {
                bool expires = expireAt != StoreAccess.NoExpiry;
                partition->ExpiringCount += expires ? 1 : -1;
                if (expires)
                {
                    partition->NoteExpiring(hash);
                }
            }

            entry->Initialize(flags, entry->Clock, keyLength, inlineLength, expireAt);
            writer.ReportFirstExpiry(expireAt);
            return entry;
        }

        partition->Tracked = entry;
        Entry* rebuilt = access.Memory.TakeRecord(SizeClasses.Of(size), size);
        entry = partition->Tracked;
        partition->Tracked = null;
        if (rebuilt == null)
        {
            return null;
        }

        rebuilt->Initialize(flags, entry->Clock, keyLength, inlineLength, expireAt);
        Buffer.MemoryCopy(entry->KeyPointer, rebuilt->KeyPointer, keyLength + kept, keyLength + kept);
        if (entry->HasItem)
        {
            rebuilt->Item = entry->Item;
        }

        partition->Supersede(entry, rebuilt, hash);
        writer.ReportFirstExpiry(expireAt);
        return rebuilt;
    }

    private Entry* InlineToLarge(Entry* entry, ulong hash, long newLength)
    {
        Partition* partition = access.Current;
        partition->Tracked = entry;
        LargeValue* block = access.Memory.AllocateLarge(WithSpare(newLength));
        entry = partition->Tracked;
        partition->Tracked = null;
        if (block == null)
        {
            return null;
        }

        long oldLength = entry->ValueLength;
        Buffer.MemoryCopy(entry->ValuePointer, block->Data, oldLength, oldLength);
        ClearGrowth(block, oldLength, oldLength, newLength);
        block->SetLength(newLength);
        Entry* rebuilt = Rebuild(entry, hash, entry->Expiry, sizeof(LargeValue*));
        if (rebuilt == null)
        {
            LargeValue.Release(block);
            return null;
        }

        rebuilt->MarkLarge();
        rebuilt->LargeBlock = block;
        return rebuilt;
    }

    private Entry* ResizeLarge(Entry* entry, ulong hash, long newLength)
    {
        // Before it is known whether the block is shared: a snapshot may take a reference to it.
        access.Current->SaveBeforeChange(hash);
        LargeValue* block = entry->LargeBlock;
        long oldLength = block->Length;
        long used = block->Capacity;
        if (!block->IsExclusive || newLength > block->Capacity)
        {
            access.Current->Tracked = entry;
            bool inPlace = block->IsExclusive && LargeHeap.HasOwnMapping(block);
            LargeValue* grown = inPlace ? Regrow(block, newLength) : CopyOf(block, newLength);
            used = inPlace ? used : oldLength;
            entry = access.Current->Tracked;
            access.Current->Tracked = null;
            if (grown == null)
            {
                return null;
            }

            block = grown;
            entry->LargeBlock = block;
        }

        access.Current->BeginChange(hash);
        block->SetLength(newLength);
        ClearGrowth(block, oldLength, used, newLength);
        return entry;
    }

    // Room for appending, so that the copies it costs are few. Beyond the size classes there are no copies.
    private static long WithSpare(long length) => length < LargeHeap.LargestClassBytes / 2 ? length + (length / 2) : length;

    // Zeros from the old length on. Pages that a mapping of its own gained beyond what was used are zero already, and
    // touching half a gigabyte of them under the lock would stop others.
    private static void ClearGrowth(LargeValue* block, long oldLength, long used, long newLength)
    {
        long end = LargeHeap.HasOwnMapping(block) ? Math.Min(used, newLength) : newLength;
        if (end > oldLength)
        {
            NativeMemory.Clear(block->Data + oldLength, (nuint)(end - oldLength));
        }
    }

    private LargeValue* Regrow(LargeValue* block, long newLength)
    {
        // Pages move without a copy, so an eighth to spare keeps the cost of appending constant on average.
        long capacity = newLength + (newLength >> 3);
        long cost = LargeHeap.CostOf(capacity) - block->BlockBytes;
        if (!access.Memory.TryTake(cost))
        {
            return null;
        }

        LargeValue* grown = access.Store.LargeValues->Regrow(block, capacity);
        if (grown == null)
        {
            access.Store.Budget->Return(cost);
        }

        return grown;
    }

    private LargeValue* CopyOf(LargeValue* block, long newLength)
    {
        long capacity = newLength > block->Length ? WithSpare(newLength) : newLength;
        LargeValue* copy = access.Memory.AllocateLarge(capacity);
        if (copy == null)
        {
            return null;
        }

        long kept = Math.Min(block->Length, newLength);
        Buffer.MemoryCopy(block->Data, copy->Data, kept, kept);
        access.Stripe->DeferFree(block);
        return copy;
    }
}

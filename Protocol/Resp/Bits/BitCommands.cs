using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>SETBIT and GETBIT. Bit 0 is the highest of the first byte.</summary>
internal static unsafe class BitCommands
{
    /// <summary>SETBIT key offset value.</summary>
    public static void SetBit(CommandContext call)
    {
        Argument* key = call.Arguments + 1;
        if (!BitArguments.TryReadOffset(call, call.Arguments + 2, 0, out long offset)
            || !BitArguments.TryReadBit(
                call, call.Arguments + 3, "ERR bit is not an integer or out of range"u8, "ERR bit is not an integer or out of range"u8,
                out int bit))
        {
            return;
        }

        if ((offset >> 3) > CommandContext.LongValue && call.DeferLong())
        {
            return;
        }

        if (!call.TryLockForEdit(key, out Entry* entry))
        {
            return;
        }

        StoreAccess access = call.Access;
        long before = entry == null ? 0 : entry->ValueLength;
        if ((offset >> 3) < before && ((entry->ValuePointer[offset >> 3] >> (7 - (int)(offset & 7))) & 1) == bit)
        {
            // Nobody who watches the key is told, but its encoding is another.
            entry->SetCallerBits(EntryFlags.Raw);
            access.Unlock();
            call.Reply.Integer(bit);
            return;
        }

        byte* data = access.Editor.Begin(key->Data, key->Length, call.Hash, entry, Math.Max(before, (offset >> 3) + 1));
        if (data == null)
        {
            access.Unlock();
            call.ReplyOutOfMemory();
            return;
        }

        byte* at = data + (offset >> 3);
        int shift = 7 - (int)(offset & 7);
        int old = (*at >> shift) & 1;
        *at = (byte)((*at & ~(1 << shift)) | (bit << shift));
        access.Editor.Commit(offset >> 3, 1, new ChangeNote(ChangeName.SetBit, isVerbatim: true));
        access.Unlock();
        call.TellSelf();
        call.Reply.Integer(old);
    }

    /// <summary>GETBIT key offset.</summary>
    public static void GetBit(CommandContext call)
    {
        Argument* key = call.Arguments + 1;
        if (!BitArguments.TryReadOffset(call, call.Arguments + 2, 0, out long offset))
        {
            return;
        }

        call.Access.Lock(call.Hash);
        Entry* entry = call.Access.Keys.LookupRead(key->Data, key->Length, call.Hash);
        int bit = entry == null || (offset >> 3) >= entry->ValueLength
            ? 0
            : (entry->ValuePointer[offset >> 3] >> (7 - (int)(offset & 7))) & 1;
        call.Access.Unlock();
        call.Reply.Integer(bit);
    }
}

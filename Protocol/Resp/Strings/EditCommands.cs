using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>APPEND and SETRANGE: values edited where they are.</summary>
internal static unsafe class EditCommands
{
    /// <summary>APPEND key value.</summary>
    public static void Append(CommandContext call)
    {
        Argument* key = call.Arguments + 1;
        Argument* value = call.Arguments + 2;
        if (value->Length > CommandContext.LongValue && call.DeferLong())
        {
            return;
        }

        if (!call.TryLockForEdit(key, out Entry* entry))
        {
            return;
        }

        StoreAccess access = call.Access;
        ChangeNote note = new(ChangeName.Append, isVerbatim: true);
        long length = value->Length;
        bool done;
        if (entry == null)
        {
            done = access.Writer.Put(key->Data, key->Length, call.Hash, value->Data, value->Length, note) == StoreResult.Ok;
        }
        else
        {
            long before = entry->ValueLength;
            length += before;
            if (length > call.LongestValue())
            {
                access.Unlock();
                ReplyTooLong(call);
                return;
            }

            byte* data = access.Editor.Begin(key->Data, key->Length, call.Hash, entry, length);
            done = data != null;
            if (done)
            {
                Buffer.MemoryCopy(value->Data, data + before, value->Length, value->Length);
                access.Editor.Commit(before, value->Length, note);
            }
        }

        access.Unlock();
        call.ReplyChange(done, length);
    }

    /// <summary>SETRANGE key offset value: bytes between the old end and the offset become zero.</summary>
    public static void SetRange(CommandContext call)
    {
        Argument* key = call.Arguments + 1;
        Argument* value = call.Arguments + 3;
        if (!call.TryReadInteger(2, out long offset))
        {
            return;
        }

        if (offset < 0)
        {
            call.ReplyError("ERR offset is out of range"u8);
            return;
        }

        if ((value->Length > CommandContext.LongValue || offset > CommandContext.LongValue) && call.DeferLong())
        {
            return;
        }

        if (!call.TryLockForEdit(key, out Entry* entry))
        {
            return;
        }

        StoreAccess access = call.Access;
        long before = entry == null ? 0 : entry->ValueLength;
        if (value->Length == 0)
        {
            access.Unlock();
            call.Reply.Integer(before);
            return;
        }

        if (offset > call.LongestValue() - value->Length)
        {
            access.Unlock();
            ReplyTooLong(call);
            return;
        }

        long length = Math.Max(before, offset + value->Length);
        byte* data = access.Editor.Begin(key->Data, key->Length, call.Hash, entry, length);
        if (data != null)
        {
            Buffer.MemoryCopy(value->Data, data + offset, value->Length, value->Length);
            access.Editor.Commit(offset, value->Length, new ChangeNote(ChangeName.SetRange, isVerbatim: true));
        }

        access.Unlock();
        call.ReplyChange(data != null, length);
    }

    /// <summary>The error of a value that would pass --max-value.</summary>
    private static void ReplyTooLong(CommandContext call) =>
        call.ReplyError("ERR string exceeds maximum allowed size (proto-max-bulk-len)"u8);
}

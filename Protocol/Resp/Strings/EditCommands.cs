using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>APPEND and SETRANGE: values edited where they are.</summary>
internal static unsafe class EditCommands
{
    /// <summary>APPEND key value.</summary>
    public static void Append(RespCall call)
    {
        Argument* key = call.Arguments + 1;
        Argument* value = call.Arguments + 2;
        if (value->Length > RespCall.LongValue && call.DeferLong())
        {
            return;
        }

        StoreAccess access = call.Access;
        access.Enter(call.Hash);
        Entry* entry = access.FindForWrite(key->Data, key->Length, call.Hash);
        long length = value->Length;
        bool done;
        if (entry == null)
        {
            done = access.Set(key->Data, key->Length, call.Hash, value->Data, value->Length) == StoreResult.Ok;
        }
        else
        {
            long before = entry->ValueLength;
            length += before;
            if (length > call.Services.MaxValue)
            {
                access.Leave();
                ReplyTooLong(call);
                return;
            }

            entry = access.Resize(entry, call.Hash, length);
            done = entry != null;
            if (done)
            {
                Buffer.MemoryCopy(value->Data, entry->ValuePointer + before, value->Length, value->Length);
                StoreAccess.SetFlags(entry, EntryFlags.Raw);
            }
        }

        access.Leave();
        if (!done)
        {
            call.ReplyOutOfMemory();
            return;
        }

        call.Notify(KeyEvents.String, "append"u8, key);
        call.ReplyInteger(length);
    }

    /// <summary>SETRANGE key offset value: bytes between the old end and the offset become zero.</summary>
    public static void SetRange(RespCall call)
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

        if ((value->Length > RespCall.LongValue || offset > RespCall.LongValue) && call.DeferLong())
        {
            return;
        }

        StoreAccess access = call.Access;
        access.Enter(call.Hash);
        Entry* entry = access.FindForWrite(key->Data, key->Length, call.Hash);
        long before = entry == null ? 0 : entry->ValueLength;
        if (value->Length == 0)
        {
            access.Leave();
            call.ReplyInteger(before);
            return;
        }

        if (offset > call.Services.MaxValue - value->Length)
        {
            access.Leave();
            ReplyTooLong(call);
            return;
        }

        long length = Math.Max(before, offset + value->Length);
        entry = Grown(call, key, entry, length);
        if (entry != null)
        {
            Buffer.MemoryCopy(value->Data, entry->ValuePointer + offset, value->Length, value->Length);
        }

        access.Leave();
        if (entry == null)
        {
            call.ReplyOutOfMemory();
            return;
        }

        call.Notify(KeyEvents.String, "setrange"u8, key);
        call.ReplyInteger(length);
    }

    /// <summary>
    /// The entry of the first key, whose partition is entered, with a value of this length that may be written to: made when it is null.
    /// New bytes are zero. Null: memory is out.
    /// </summary>
    public static Entry* Grown(RespCall call, Argument* key, Entry* entry, long length)
    {
        if (entry == null)
        {
            entry = call.Access.Write(key->Data, key->Length, call.Hash, length, StoreAccess.NoExpiry, EntryFlags.Raw);
            if (entry != null)
            {
                System.Runtime.InteropServices.NativeMemory.Clear(entry->ValuePointer, (nuint)length);
            }

            return entry;
        }

        entry = call.Access.Resize(entry, call.Hash, length);
        if (entry != null)
        {
            StoreAccess.SetFlags(entry, EntryFlags.Raw);
        }

        return entry;
    }

    /// <summary>The error of a value that would pass --max-value.</summary>
    public static void ReplyTooLong(RespCall call) => call.ReplyError("ERR string exceeds maximum allowed size (proto-max-bulk-len)"u8);
}

using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>RESTORE: a value from DUMP's format.</summary>
internal static unsafe class RestoreCommand
{
    /// <summary>RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ counter].</summary>
    public static void Restore(RespCall call)
    {
        Argument* key = call.Arguments + 1;
        Argument* payload = call.Arguments + 3;
        if (payload->Length > RespCall.LongValue && call.DeferLong())
        {
            return;
        }

        if (!RestoreOptions.TryRead(call, out RestoreOptions options))
        {
            return;
        }

        if (!options.Replace && IsThere(call, key))
        {
            call.ReplyError("BUSYKEY Target key name already exists."u8);
            return;
        }

        if (!call.TryReadInteger(2, out long expireAt))
        {
            return;
        }

        if (expireAt < 0)
        {
            call.ReplyError("ERR Invalid TTL value, must be >= 0"u8);
            return;
        }

        if (!DumpReader.IsIntact(payload))
        {
            call.ReplyError("ERR DUMP payload version or checksum are wrong"u8);
            return;
        }

        DumpReader reader = new(payload);
        if (!reader.TryReadString() || reader.ValueLength > call.Services.MaxValue)
        {
            call.ReplyError("ERR Bad data format"u8);
            return;
        }

        expireAt = expireAt != 0 && !options.Absolute ? unchecked(expireAt + call.Now) : expireAt;
        Put(call, key, ref reader, expireAt, in options);
    }

    private static bool IsThere(RespCall call, Argument* key)
    {
        call.Access.Enter(call.Hash);
        bool found = call.Access.FindForWrite(key->Data, key->Length, call.Hash) != null;
        call.Access.Leave();
        return found;
    }

    private static void Put(RespCall call, Argument* key, ref DumpReader reader, long expireAt, in RestoreOptions options)
    {
        StoreAccess access = call.Access;
        byte* number = stackalloc byte[Numbers.Longest];
        long length = reader.Data == null ? Numbers.Write(number, reader.Number) : reader.ValueLength;
        LargeValue* block = null;
        byte* text = reader.Data == null ? number : reader.Data;
        if (StoreAccess.IsLargeValue(key->Length, length))
        {
            block = access.AllocateLarge(length);
            if (block == null)
            {
                call.ReplyOutOfMemory();
                return;
            }

            if (reader.CompressedLength == 0)
            {
                Buffer.MemoryCopy(text, block->Data, length, length);
            }
        }

        if (reader.CompressedLength != 0)
        {
            text = block != null ? block->Data : call.Scratch((int)length);
            if (!reader.TryDecompress(text))
            {
                Release(block);
                call.ReplyError("ERR Bad data format"u8);
                return;
            }
        }

        bool past = expireAt != 0 && expireAt <= call.Now;
        access.Enter(call.Hash);
        Entry* entry = access.FindForWrite(key->Data, key->Length, call.Hash);
        if (entry != null && !options.Replace)
        {
            // It came meanwhile.
            access.Leave();
            Release(block);
            call.ReplyError("BUSYKEY Target key name already exists."u8);
            return;
        }

        if (past)
        {
            // The old value goes, the new one never comes.
            if (entry != null)
            {
                access.Delete(entry, call.Hash);
            }

            access.Leave();
            Release(block);
            if (entry != null)
            {
                call.Notify(KeyEvents.Generic, "del"u8, key);
            }

            call.ReplyOk();
            return;
        }

        bool replaces = entry != null;
        bool done = (block != null
            ? access.SetLarge(key->Data, key->Length, call.Hash, block, expireAt)
            : access.Set(key->Data, key->Length, call.Hash, text, (int)length, expireAt)) == StoreResult.Ok;
        if (done)
        {
            options.Apply(call, access.Peek(key->Data, key->Length, call.Hash));
        }

        access.Leave();
        if (!done)
        {
            Release(block);
            call.ReplyOutOfMemory();
            return;
        }

        if (replaces)
        {
            // In Redis the old key is deleted and a new one added.
            call.Notify(KeyEvents.New, "new"u8, key);
        }

        call.Notify(KeyEvents.Generic, "restore"u8, key);
        call.ReplyOk();
    }

    private static void Release(LargeValue* block)
    {
        if (block != null)
        {
            LargeValue.Release(block);
        }
    }
}

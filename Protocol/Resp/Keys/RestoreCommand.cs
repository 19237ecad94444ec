using System;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>RESTORE: a value from DUMP's format.</summary>
internal static unsafe class RestoreCommand
{
    /// <summary>The error of a value that is no string, or is damaged although its checksum is right.</summary>
    public static ReadOnlySpan<byte> BadFormat => "ERR Bad data format"u8;

    /// <summary>RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ counter].</summary>
    public static void Restore(CommandContext call)
    {
        Argument* key = call.Arguments + 1;
        Argument* payload = call.Arguments + 3;
        if (payload->Length > CommandContext.LongValue && call.DeferLong())
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
        if (!reader.TryReadString() || reader.ValueLength > call.LongestValue())
        {
            call.ReplyError(BadFormat);
            return;
        }

        // Compressed it may be a hundred times shorter.
        if (reader.ValueLength > CommandContext.LongValue && call.DeferLong())
        {
            return;
        }

        if (reader.CompressedLength != 0 && !reader.TryDecompress(null))
        {
            call.ReplyError(BadFormat);
            return;
        }

        expireAt = expireAt != 0 && !options.Absolute ? unchecked(expireAt + call.Now) : expireAt;
        Put(call, key, ref reader, expireAt, in options);
    }

    private static bool IsThere(CommandContext call, Argument* key)
    {
        call.Access.Lock(call.Hash);
        bool found = call.Access.Keys.LookupWrite(key->Data, key->Length, call.Hash) != null;
        call.Access.Unlock();
        return found;
    }

    private static void Put(CommandContext call, Argument* key, ref DumpReader reader, long expireAt, in RestoreOptions options)
    {
        StoreAccess access = call.Access;
        byte* number = stackalloc byte[Numbers.Longest];
        long length = reader.Data == null ? Numbers.Write(number, reader.Number) : reader.ValueLength;
        LargeValue* block = null;
        byte* text = reader.Data == null ? number : reader.Data;

        // Nobody makes room for a value whose time is over.
        bool past = expireAt != 0 && call.Access.IsPast(expireAt);
        if (!past && Entry.IsLargeValue(key->Length, length))
        {
            block = access.Memory.AllocateLarge(length);
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

        if (!past && reader.CompressedLength != 0)
        {
            text = block != null ? block->Data : call.Scratch((int)length);
            _ = reader.TryDecompress(text);
        }

        access.Lock(call.Hash);
        Entry* entry = access.Keys.LookupWrite(key->Data, key->Length, call.Hash);
        if (entry != null && !options.Replace)
        {
            // It came meanwhile.
            access.Unlock();
            Release(block);
            call.ReplyError("BUSYKEY Target key name already exists."u8);
            return;
        }

        if (past)
        {
            // The old value goes, the new one never comes.
            if (entry != null)
            {
                access.Writer.Delete(entry, call.Hash, new ChangeNote(ChangeName.Delete));
            }

            access.Unlock();
            Release(block);
            call.TellSelf();
            call.Reply.Ok();
            return;
        }

        // In Redis the old key is deleted and a new one added.
        ChangeNote note = new(ChangeName.Restore, isNew: true);
        bool done = (block != null
            ? access.Writer.Put(key->Data, key->Length, call.Hash, block, note, expireAt)
            : access.Writer.Put(key->Data, key->Length, call.Hash, text, (int)length, note, expireAt)) == StoreResult.Ok;
        if (done)
        {
            options.Apply(call, access.Keys.LookupNoEffects(key->Data, key->Length, call.Hash));
        }

        access.Unlock();
        if (!done)
        {
            Release(block);
            call.ReplyOutOfMemory();
            return;
        }

        call.TellSelf();
        call.Reply.Ok();
    }

    private static void Release(LargeValue* block)
    {
        if (block != null)
        {
            LargeValue.Release(block);
        }
    }
}

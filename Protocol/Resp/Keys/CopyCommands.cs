using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>RENAME, RENAMENX, COPY.</summary>
internal static unsafe class CopyCommands
{
    /// <summary>RENAME key newkey.</summary>
    public static void Rename(RespCall call) => Rename(call, onlyIfNone: false);

    /// <summary>RENAMENX key newkey.</summary>
    public static void RenameNx(RespCall call) => Rename(call, onlyIfNone: true);

    /// <summary>COPY source destination [DB 0] [REPLACE].</summary>
    public static void Copy(RespCall call)
    {
        bool replace = false;
        for (int i = 3; i < call.Count; i++)
        {
            if (call.Arguments[i].Is("replace"u8))
            {
                replace = true;
            }
            else if (call.Arguments[i].Is("db"u8) && i + 1 < call.Count)
            {
                if (!call.TryReadInt(++i, out int index))
                {
                    return;
                }

                if (index != 0)
                {
                    call.ReplyError("ERR DB index is out of range"u8);
                    return;
                }
            }
            else
            {
                call.ReplySyntaxError();
                return;
            }
        }

        Argument* from = call.Arguments + 1;
        Argument* to = call.Arguments + 2;
        if (from->Span.SequenceEqual(to->Span))
        {
            call.ReplyError("ERR source and destination objects are the same"u8);
            return;
        }

        call.EnterPair();
        Outcome outcome = Transfer(call, from, to, onlyIfNone: !replace, move: false);
        call.LeaveKeys();
        if (outcome == Outcome.Refused)
        {
            call.ReplyOutOfMemory();
            return;
        }

        if (outcome == Outcome.Done)
        {
            call.Notify(KeyEvents.Generic, "copy_to"u8, to);
        }

        call.ReplyInteger(outcome == Outcome.Done ? 1 : 0);
    }

    private enum Outcome
    {
        Done,
        NoSource,
        Occupied,
        Refused,
    }

    private static void Rename(RespCall call, bool onlyIfNone)
    {
        Argument* from = call.Arguments + 1;
        Argument* to = call.Arguments + 2;
        bool same = from->Span.SequenceEqual(to->Span);
        call.EnterPair();
        Outcome outcome = same ? Look(call, from) : Transfer(call, from, to, onlyIfNone, move: true);
        call.LeaveKeys();
        if (outcome == Outcome.NoSource)
        {
            call.ReplyError("ERR no such key"u8);
            return;
        }

        if (outcome == Outcome.Refused)
        {
            call.ReplyOutOfMemory();
            return;
        }

        if (outcome == Outcome.Done && !same)
        {
            call.Notify(KeyEvents.Generic, "rename_from"u8, from);
            call.Notify(KeyEvents.Generic, "rename_to"u8, to);
        }

        if (onlyIfNone)
        {
            call.ReplyInteger(outcome == Outcome.Done && !same ? 1 : 0);
        }
        else
        {
            call.ReplyOk();
        }
    }

    private static Outcome Look(RespCall call, Argument* key)
    {
        call.Access.Enter(call.Hashes[0]);
        bool found = call.Access.FindForWrite(key->Data, key->Length, call.Hashes[0]) != null;
        call.Access.Leave();
        return found ? Outcome.Done : Outcome.NoSource;
    }

    // Both keys' partitions are held. A large value is shared, not copied: it is never changed while it has two owners.
    private static Outcome Transfer(RespCall call, Argument* from, Argument* to, bool onlyIfNone, bool move)
    {
        StoreAccess access = call.Access;
        access.Enter(call.Hashes[0]);
        Entry* entry = access.FindForWrite(from->Data, from->Length, call.Hashes[0]);
        if (entry == null)
        {
            access.Leave();
            return Outcome.NoSource;
        }

        LargeValue* block = entry->IsLarge ? StoreAccess.Pin(entry) : null;
        int length = block != null ? 0 : (int)entry->ValueLength;
        byte* copy = call.Scratch(length);
        Buffer.MemoryCopy(entry->ValuePointer, copy, length, length);
        long expireAt = entry->Expiry;
        EntryFlags flags = entry->Flags & EntryFlags.CallerBits & ~EntryFlags.CsMark;
        access.Leave();

        access.Enter(call.Hashes[1]);
        Outcome outcome = Outcome.Occupied;
        if (!onlyIfNone || access.FindForWrite(to->Data, to->Length, call.Hashes[1]) == null)
        {
            bool replaces = access.ReportsNew && access.Peek(to->Data, to->Length, call.Hashes[1]) != null;
            StoreResult result = block != null
                ? access.SetLarge(to->Data, to->Length, call.Hashes[1], block, expireAt, flags)
                : access.Set(to->Data, to->Length, call.Hashes[1], copy, length, expireAt, flags);
            outcome = result == StoreResult.Ok ? Outcome.Done : Outcome.Refused;
            if (replaces && outcome == Outcome.Done)
            {
                // In Redis the old key is deleted and a new one added.
                call.Notify(KeyEvents.New, "new"u8, to);
            }
        }

        access.Leave();
        if (outcome != Outcome.Done)
        {
            if (block != null)
            {
                LargeValue.Release(block);
            }

            return outcome;
        }

        if (move)
        {
            access.Enter(call.Hashes[0]);
            _ = access.Delete(from->Data, from->Length, call.Hashes[0]);
            access.Leave();
        }

        return Outcome.Done;
    }
}

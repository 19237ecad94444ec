using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>GET and what else reads strings.</summary>
internal static unsafe class GetCommands
{
    /// <summary>GET key.</summary>
    public static void Get(CommandContext call) => call.Reply.ValueOf(call.Access, call.Arguments + 1, call.Hash);

    /// <summary>STRLEN key.</summary>
    public static void StrLen(CommandContext call)
    {
        Argument* key = call.Arguments + 1;
        call.Access.Lock(call.Hash);
        Entry* entry = call.Access.Keys.LookupRead(key->Data, key->Length, call.Hash);
        long length = entry == null ? 0 : entry->ValueLength;
        call.Access.Unlock();
        call.Reply.Integer(length);
    }

    /// <summary>MGET key [key …].</summary>
    public static void MGet(CommandContext call)
    {
        if (call.Count == 2)
        {
            call.Reply.Array(1);
            call.Reply.ValueOf(call.Access, call.Arguments + 1, call.Hash);
            return;
        }

        if (call.Count > CommandContext.ManyKeys && call.DeferLong())
        {
            return;
        }

        call.LockKeys(1, 1);
        call.Reply.Array(call.Count - 1);
        for (int i = 1; i < call.Count; i++)
        {
            call.Reply.ValueOf(call.Access, call.Arguments + i, call.Hashes[i - 1]);
        }

        call.UnlockKeys();
    }

    /// <summary>GETDEL key.</summary>
    public static void GetDel(CommandContext call)
    {
        Argument* key = call.Arguments + 1;
        call.HoldOutput(true);
        call.Access.Lock(call.Hash);
        Entry* entry = call.Access.Keys.LookupRead(key->Data, key->Length, call.Hash);
        bool found = entry != null;
        if (found)
        {
            call.Reply.Value(entry);
            call.Access.Writer.Delete(entry, call.Hash, new ChangeNote(ChangeName.Delete));
        }

        call.Access.Unlock();
        call.HoldOutput(false);
        if (found)
        {
            call.TellSelf();
        }
        else
        {
            call.Reply.Null();
        }
    }

    /// <summary>GETRANGE key start end, and SUBSTR.</summary>
    public static void GetRange(CommandContext call)
    {
        Argument* key = call.Arguments + 1;
        if (!call.TryReadInteger(2, out long start) || !call.TryReadInteger(3, out long end))
        {
            return;
        }

        call.HoldOutput(true);
        call.Access.Lock(call.Hash);
        Entry* entry = call.Access.Keys.LookupRead(key->Data, key->Length, call.Hash);
        long length = entry == null ? 0 : entry->ValueLength;
        bool empty = length == 0 || (start < 0 && end < 0 && start > end);
        start = Math.Max(start < 0 ? start + length : start, 0);
        end = Math.Min(Math.Max(end < 0 ? end + length : end, 0), length - 1);
        if (empty || start > end)
        {
            call.Reply.Bulk(default);
        }
        else
        {
            call.Reply.PartOf(entry, start, end - start + 1);
        }

        call.Access.Unlock();
        call.HoldOutput(false);
    }
}

using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>GET and what else reads strings.</summary>
internal static unsafe class GetCommands
{
    /// <summary>GET key.</summary>
    public static void Get(RespCall call) => call.ReplyValueOf(call.Arguments + 1, call.Hash);

    /// <summary>STRLEN key.</summary>
    public static void StrLen(RespCall call)
    {
        Argument* key = call.Arguments + 1;
        call.Access.Enter(call.Hash);
        Entry* entry = call.Access.Find(key->Data, key->Length, call.Hash);
        long length = entry == null ? 0 : entry->ValueLength;
        call.Access.Leave();
        call.ReplyInteger(length);
    }

    /// <summary>MGET key [key …].</summary>
    public static void MGet(RespCall call)
    {
        if (call.Count == 2)
        {
            call.ReplyArray(1);
            call.ReplyValueOf(call.Arguments + 1, call.Hash);
            return;
        }

        if (call.Count > RespCall.ManyKeys && call.DeferLong())
        {
            return;
        }

        call.EnterKeys(1, 1);
        call.ReplyArray(call.Count - 1);
        for (int i = 1; i < call.Count; i++)
        {
            call.ReplyValueOf(call.Arguments + i, call.Hashes[i - 1]);
        }

        call.LeaveKeys();
    }

    /// <summary>GETSET key value.</summary>
    public static void GetSet(RespCall call)
    {
        Argument* key = call.Arguments + 1;
        Argument* value = call.Arguments + 2;
        if (call.IsLongToStore(value) && call.DeferLong())
        {
            return;
        }

        if (!call.TryPrepare(key->Length, value, out LargeValue* block))
        {
            call.ReplyOutOfMemory();
            return;
        }

        SetCommands.ReplyOldAndStore(call, key, value, block, StoreAccess.NoExpiry);
    }

    /// <summary>GETDEL key.</summary>
    public static void GetDel(RespCall call)
    {
        Argument* key = call.Arguments + 1;
        call.HoldOutput(true);
        call.Access.Enter(call.Hash);
        Entry* entry = call.Access.Find(key->Data, key->Length, call.Hash);
        bool found = entry != null;
        if (found)
        {
            call.ReplyValue(entry);
            call.Access.Delete(entry, call.Hash);
        }

        call.Access.Leave();
        call.HoldOutput(false);
        if (found)
        {
            call.Notify(KeyEvents.Generic, "del"u8, key);
        }
        else
        {
            call.ReplyNull();
        }
    }

    /// <summary>GETRANGE key start end, and SUBSTR.</summary>
    public static void GetRange(RespCall call)
    {
        Argument* key = call.Arguments + 1;
        if (!call.TryReadInteger(2, out long start) || !call.TryReadInteger(3, out long end))
        {
            return;
        }

        call.HoldOutput(true);
        call.Access.Enter(call.Hash);
        Entry* entry = call.Access.Find(key->Data, key->Length, call.Hash);
        long length = entry == null ? 0 : entry->ValueLength;
        bool empty = length == 0 || (start < 0 && end < 0 && start > end);
        start = Math.Max(start < 0 ? start + length : start, 0);
        end = Math.Min(Math.Max(end < 0 ? end + length : end, 0), length - 1);
        if (empty || start > end)
        {
            call.ReplyBulk(default);
        }
        else
        {
            call.ReplyPartOf(entry, start, end - start + 1);
        }

        call.Access.Leave();
        call.HoldOutput(false);
    }
}

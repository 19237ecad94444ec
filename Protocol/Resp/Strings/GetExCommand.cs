using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>GETEX.</summary>
internal static unsafe class GetExCommand
{
    private const SetOptions Refused = SetOptions.IfAbsent | SetOptions.IfPresent | SetOptions.Get | SetOptions.KeepExpiry;

    /// <summary>GETEX key [EX|PX|EXAT|PXAT time | PERSIST].</summary>
    public static void GetEx(CommandContext call)
    {
        Argument* key = call.Arguments + 1;
        if (!SetCommands.TryReadOptions(call, 2, Refused, out SetOptions options, out int time))
        {
            return;
        }

        StoreAccess access = call.Access;
        call.HoldOutput(true);
        access.Lock(call.Hash);
        Entry* entry = access.Keys.LookupRead(key->Data, key->Length, call.Hash);
        long expireAt = StoreAccess.NoExpiry;
        if (entry == null)
        {
            call.Reply.Null();
        }
        else if (time == 0 || SetCommands.TryReadTime(call, time, options, out expireAt))
        {
            call.Reply.Value(entry);
            Change(call, entry, options, expireAt);
        }

        access.Unlock();
        call.HoldOutput(false);
        call.TellSelf();
    }

    private static void Change(CommandContext call, Entry* entry, SetOptions options, long expireAt)
    {
        if ((options & SetOptions.Persist) != 0)
        {
            _ = entry->HasExpiry && ExpireCommands.Persist(call, entry);
        }
        else if ((options & SetOptions.AnyTime) != 0 && call.Access.IsPast(expireAt))
        {
            call.Access.Writer.Delete(entry, call.Hash, new ChangeNote(ChangeName.Delete));
        }
        else if ((options & SetOptions.AnyTime) != 0)
        {
            _ = ExpireCommands.Expire(call, entry, expireAt);
        }
    }
}

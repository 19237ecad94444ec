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
        access.Enter(call.Hash);
        Entry* entry = access.Find(key->Data, key->Length, call.Hash);
        long expireAt = StoreAccess.NoExpiry;
        KeyChange change = KeyChange.None;
        if (entry == null)
        {
            call.Reply.Null();
        }
        else if (time == 0 || SetCommands.TryReadTime(call, time, options, out expireAt))
        {
            call.Reply.Value(entry);
            change = Change(call, entry, options, expireAt);
        }

        access.Leave();
        call.HoldOutput(false);
        call.TellSelf();
    }

    private static KeyChange Change(CommandContext call, Entry* entry, SetOptions options, long expireAt)
    {
        if ((options & SetOptions.Persist) != 0)
        {
            return entry->HasExpiry && ExpireCommands.Persist(call, entry) ? KeyChange.Persists : KeyChange.None;
        }

        if ((options & SetOptions.AnyTime) == 0)
        {
            return KeyChange.None;
        }

        if (call.Access.IsPast(expireAt))
        {
            call.Access.Delete(entry, call.Hash, new ChangeNote(ChangeName.Delete));
            return KeyChange.Deleted;
        }

        return ExpireCommands.Expire(call, entry, expireAt) ? KeyChange.Expires : KeyChange.None;
    }
}

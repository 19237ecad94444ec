using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, PERSIST.</summary>
internal static unsafe class ExpireCommands
{
    /// <summary>EXPIRE key seconds [NX|XX|GT|LT].</summary>
    public static void Expire(RespCall call) => Set(call, call.Now, seconds: true);

    /// <summary>PEXPIRE key milliseconds [NX|XX|GT|LT].</summary>
    public static void PExpire(RespCall call) => Set(call, call.Now, seconds: false);

    /// <summary>EXPIREAT key unix-seconds [NX|XX|GT|LT].</summary>
    public static void ExpireAt(RespCall call) => Set(call, 0, seconds: true);

    /// <summary>PEXPIREAT key unix-milliseconds [NX|XX|GT|LT].</summary>
    public static void PExpireAt(RespCall call) => Set(call, 0, seconds: false);

    /// <summary>PERSIST key.</summary>
    public static void Persist(RespCall call)
    {
        Argument* key = call.Arguments + 1;
        call.Access.Enter(call.Hash);
        Entry* entry = call.Access.FindForWrite(key->Data, key->Length, call.Hash);
        bool wanted = entry != null && entry->HasExpiry;
        bool done = wanted && Persist(call, entry);
        call.Access.Leave();
        if (wanted && !done)
        {
            call.ReplyOutOfMemory();
            return;
        }

        if (done)
        {
            call.Notify(KeyEvents.Generic, "persist"u8, key);
        }

        call.ReplyInteger(done ? 1 : 0);
    }

    /// <summary>Takes the time of the first key's entry away. False: memory is out.</summary>
    public static bool Persist(RespCall call, Entry* entry) => Written(call.Access.ClearExpiry(entry, call.Hash));

    /// <summary>Gives the first key's entry a time. False: memory is out.</summary>
    public static bool Expire(RespCall call, Entry* entry, long expireAt)
        => Written(call.Access.SetExpiry(entry, call.Hash, expireAt));

    // A write over RESP takes the mark of CS away.
    private static bool Written(Entry* entry)
    {
        if (entry != null && (entry->Flags & EntryFlags.CsMark) != 0)
        {
            StoreAccess.SetFlags(entry, entry->Flags & ~EntryFlags.CsMark);
        }

        return entry != null;
    }

    private static void Set(RespCall call, long start, bool seconds)
    {
        Argument* key = call.Arguments + 1;
        ExpireOptions options = ExpireOptions.None;
        if (call.Count > 3 && !TryReadOptions(call, out options))
        {
            return;
        }

        if (!call.TryReadInteger(2, out long expireAt))
        {
            return;
        }

        if ((seconds && expireAt is > long.MaxValue / 1000 or < long.MinValue / 1000) || (expireAt *= seconds ? 1000 : 1) > long.MaxValue - start)
        {
            call.ReplyErrorAbout("ERR invalid expire time in '"u8, call.Command->Name, "' command"u8);
            return;
        }

        expireAt += start;
        call.Access.Enter(call.Hash);
        Entry* entry = call.Access.FindForWrite(key->Data, key->Length, call.Hash);
        KeyChange change = KeyChange.None;
        if (entry != null && IsWanted(entry, options, expireAt))
        {
            if (expireAt <= call.Now)
            {
                call.Access.Delete(entry, call.Hash);
                change = KeyChange.Deleted;
            }
            else
            {
                change = Expire(call, entry, expireAt) ? KeyChange.Expires : KeyChange.Refused;
            }
        }

        call.Access.Leave();
        if (change == KeyChange.Refused)
        {
            call.ReplyOutOfMemory();
            return;
        }

        if (change != KeyChange.None)
        {
            call.Notify(KeyEvents.Generic, change == KeyChange.Deleted ? "del"u8 : "expire"u8, key);
        }

        call.ReplyInteger(change == KeyChange.None ? 0 : 1);
    }

    private static bool IsWanted(Entry* entry, ExpireOptions options, long expireAt)
    {
        if (options == ExpireOptions.None)
        {
            return true;
        }

        long present = entry->Expiry;
        bool any = present != 0;
        return !((options & ExpireOptions.IfNone) != 0 && any)
            && !((options & ExpireOptions.IfAny) != 0 && !any)
            && !((options & ExpireOptions.IfLater) != 0 && (!any || expireAt <= present))
            && !((options & ExpireOptions.IfEarlier) != 0 && any && expireAt >= present);
    }

    private static bool TryReadOptions(RespCall call, out ExpireOptions options)
    {
        options = ExpireOptions.None;
        for (int i = 3; i < call.Count; i++)
        {
            Argument* word = call.Arguments + i;
            ExpireOptions option = word->Is("nx"u8) ? ExpireOptions.IfNone
                : word->Is("xx"u8) ? ExpireOptions.IfAny
                : word->Is("gt"u8) ? ExpireOptions.IfLater
                : word->Is("lt"u8) ? ExpireOptions.IfEarlier : ExpireOptions.None;
            if (option == ExpireOptions.None)
            {
                call.ReplyErrorAbout("ERR Unsupported option "u8, word->Span, default);
                return false;
            }

            options |= option;
        }

        if ((options & ExpireOptions.IfNone) != 0 && options != ExpireOptions.IfNone)
        {
            call.ReplyError("ERR NX and XX, GT or LT options at the same time are not compatible"u8);
            return false;
        }

        if ((options & (ExpireOptions.IfLater | ExpireOptions.IfEarlier)) == (ExpireOptions.IfLater | ExpireOptions.IfEarlier))
        {
            call.ReplyError("ERR GT and LT options at the same time are not compatible"u8);
            return false;
        }

        return true;
    }
}

using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, PERSIST.</summary>
internal static unsafe class ExpireCommands
{
    /// <summary>EXPIRE key seconds [NX|XX|GT|LT].</summary>
    public static void Expire(CommandContext call) => Set(call, call.Now, seconds: true);

    /// <summary>PEXPIRE key milliseconds [NX|XX|GT|LT].</summary>
    public static void PExpire(CommandContext call) => Set(call, call.Now, seconds: false);

    /// <summary>EXPIREAT key unix-seconds [NX|XX|GT|LT].</summary>
    public static void ExpireAt(CommandContext call) => Set(call, 0, seconds: true);

    /// <summary>PEXPIREAT key unix-milliseconds [NX|XX|GT|LT].</summary>
    public static void PExpireAt(CommandContext call) => Set(call, 0, seconds: false);

    /// <summary>PERSIST key.</summary>
    public static void Persist(CommandContext call)
    {
        Argument* key = call.Arguments + 1;
        call.Access.Lock(call.Hash);
        Entry* entry = call.Access.Keys.LookupWrite(key->Data, key->Length, call.Hash);
        bool wanted = entry != null && entry->HasExpiry;
        bool done = wanted && Persist(call, entry);
        call.Access.Unlock();
        if (wanted && !done)
        {
            call.ReplyOutOfMemory();
            return;
        }

        call.TellSelf();
        call.Reply.Integer(done ? 1 : 0);
    }

    /// <summary>Takes the time of the first key's entry away. False: memory is out.</summary>
    public static bool Persist(CommandContext call, Entry* entry) =>
        call.Access.Writer.SetExpiry(entry, call.Hash, StoreAccess.NoExpiry, new ChangeNote(ChangeName.Persist));

    /// <summary>Gives the first key's entry a time. False: memory is out.</summary>
    public static bool Expire(CommandContext call, Entry* entry, long expireAt)
        => call.Access.Writer.SetExpiry(entry, call.Hash, Math.Max(1, expireAt), new ChangeNote(ChangeName.Expire));

    private static void Set(CommandContext call, long start, bool seconds)
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

        if ((seconds && expireAt is > long.MaxValue / 1000 or < long.MinValue / 1000)
            || (expireAt *= seconds ? 1000 : 1) > long.MaxValue - start)
        {
            call.ReplyErrorAbout("ERR invalid expire time in '"u8, call.Command->Name, "' command"u8);
            return;
        }

        expireAt += start;
        call.Access.Lock(call.Hash);
        Entry* entry = call.Access.Keys.LookupWrite(key->Data, key->Length, call.Hash);
        bool wanted = entry != null && IsWanted(entry, options, expireAt);
        bool past = wanted && call.Access.IsPast(expireAt);
        bool done = true;
        if (past)
        {
            call.Access.Writer.Delete(entry, call.Hash, new ChangeNote(ChangeName.Delete));
        }
        else if (wanted)
        {
            done = Expire(call, entry, expireAt);
        }

        call.Access.Unlock();
        if (!done)
        {
            call.ReplyOutOfMemory();
            return;
        }

        // In Redis's order, which a client sees that subscribed to its own events.
        if (past)
        {
            call.TellSelf();
        }

        call.Reply.Integer(wanted ? 1 : 0);
        call.TellSelf();
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

    private static bool TryReadOptions(CommandContext call, out ExpireOptions options)
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

using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>SET, SETNX, SETEX, PSETEX, GETSET.</summary>
internal static unsafe class SetCommands
{
    /// <summary>SET key value [NX|XX] [GET] [EX|PX|EXAT|PXAT time|KEEPTTL].</summary>
    public static void Set(CommandContext call)
    {
        SetOptions options = SetOptions.None;
        long expireAt = StoreAccess.NoExpiry;
        if (call.Count != 3)
        {
            if (!TryReadOptions(call, 3, SetOptions.Persist, out options, out int time))
            {
                return;
            }

            if ((options & SetOptions.KeepExpiry) != 0)
            {
                expireAt = StoreAccess.KeepExpiry;
            }
            else if (time != 0 && !TryReadTime(call, time, options, out expireAt))
            {
                return;
            }
        }

        SetGeneric(call, call.Arguments + 2, options, expireAt);
    }

    /// <summary>SETNX key value.</summary>
    public static void SetNx(CommandContext call) =>
        SetGeneric(call, call.Arguments + 2, SetOptions.IfAbsent, StoreAccess.NoExpiry, numeric: true);

    /// <summary>SETEX key seconds value.</summary>
    public static void SetEx(CommandContext call)
    {
        if (TryReadTime(call, 2, SetOptions.Seconds, out long expireAt))
        {
            SetGeneric(call, call.Arguments + 3, SetOptions.Seconds, expireAt);
        }
    }

    /// <summary>PSETEX key milliseconds value.</summary>
    public static void PSetEx(CommandContext call)
    {
        if (TryReadTime(call, 2, SetOptions.Milliseconds, out long expireAt))
        {
            SetGeneric(call, call.Arguments + 3, SetOptions.Milliseconds, expireAt);
        }
    }

    /// <summary>GETSET key value.</summary>
    public static void GetSet(CommandContext call) => SetGeneric(call, call.Arguments + 2, SetOptions.Get, StoreAccess.NoExpiry);

    /// <summary>Reads the options from an argument on, and which argument holds the time (0: none); false: the error is written.</summary>
    public static bool TryReadOptions(CommandContext call, int first, SetOptions refused, out SetOptions options, out int time)
    {
        options = SetOptions.None;
        time = 0;
        for (int i = first; i < call.Count; i++)
        {
            Argument* word = call.Arguments + i;
            SetOptions option = Read(word);
            bool fits = option != SetOptions.None && (option & refused) == 0 && (options & Excluded(option)) == 0;
            if (fits && (option & SetOptions.AnyTime) != 0)
            {
                time = ++i;
                fits = i < call.Count;
            }

            if (!fits)
            {
                call.ReplySyntaxError();
                return false;
            }

            options |= option;
        }

        return true;
    }

    /// <summary>Reads a time as Unix milliseconds; false: the error is written.</summary>
    public static bool TryReadTime(CommandContext call, int argument, SetOptions options, out long expireAt)
    {
        if (!call.TryReadInteger(argument, out expireAt))
        {
            return false;
        }

        bool seconds = (options & (SetOptions.Seconds | SetOptions.AtSeconds)) != 0;
        long start = (options & (SetOptions.Seconds | SetOptions.Milliseconds)) != 0 ? call.Now : 0;
        if (expireAt <= 0 || (seconds && expireAt > long.MaxValue / 1000) || (expireAt *= seconds ? 1000 : 1) > long.MaxValue - start)
        {
            call.ReplyErrorAbout("ERR invalid expire time in '"u8, call.Command->Name, "' command"u8);
            return false;
        }

        expireAt += start;
        return true;
    }

    // Replies the old value or null, then sets the key to a prepared value (GETSET, SET … GET).
    private static void ReplyOldAndStore(
        CommandContext call, Argument* key, Argument* value, LargeValue* block, long expireAt, SetOptions options)
    {
        // The reply comes last: nothing is replied when memory is out, so the old value is kept aside until then.
        StoreAccess access = call.Access;
        call.HoldOutput(true);
        access.Lock(call.Hash);
        Entry* entry = access.Keys.LookupRead(key->Data, key->Length, call.Hash);
        bool found = entry != null;
        bool wanted = found ? (options & SetOptions.IfAbsent) == 0 : (options & SetOptions.IfPresent) == 0;
        ValueSnapshot old = default;
        old.Take(call, entry);
        bool done = wanted && call.Store(key, call.Hash, value, block, expireAt, NoteOfSet(expireAt));
        access.Unlock();
        if (wanted && !done)
        {
            call.ReplyOutOfMemory();
        }
        else
        {
            old.Reply(call);
        }

        old.Free(call.Thread);
        if (!wanted && block != null)
        {
            LargeValue.Release(block);
        }

        call.HoldOutput(false);
        if (done)
        {
            call.TellSelf();
        }
    }

    private static ChangeNote NoteOfSet(long expireAt) => new(ChangeName.Set, expireAt > 0 ? ChangeName.Expire : ChangeName.None);

    private static void SetGeneric(CommandContext call, Argument* value, SetOptions options, long expireAt, bool numeric = false)
    {
        Argument* key = call.Arguments + 1;
        if (call.IsLongToStore(value) && call.DeferLong())
        {
            return;
        }

        if (!call.TryPrepare(key->Length, value, out LargeValue* block))
        {
            call.ReplyOutOfMemory();
            return;
        }

        if ((options & SetOptions.Get) != 0)
        {
            ReplyOldAndStore(call, key, value, block, expireAt, options);
            return;
        }

        StoreAccess access = call.Access;
        access.Lock(call.Hash);
        if ((options & (SetOptions.IfAbsent | SetOptions.IfPresent)) != 0)
        {
            bool found = access.Keys.LookupWrite(key->Data, key->Length, call.Hash) != null;
            if (found != ((options & SetOptions.IfPresent) != 0))
            {
                access.Unlock();
                if (block != null)
                {
                    LargeValue.Release(block);
                }

                if (numeric)
                {
                    call.Reply.Integer(0);
                }
                else
                {
                    call.Reply.Null();
                }

                return;
            }
        }

        bool done = call.Store(key, call.Hash, value, block, expireAt, NoteOfSet(expireAt));
        access.Unlock();
        if (!done)
        {
            call.ReplyOutOfMemory();
            return;
        }

        call.TellSelf();
        if (numeric)
        {
            call.Reply.Integer(1);
        }
        else
        {
            call.Reply.Ok();
        }
    }

    private static SetOptions Read(Argument* word)
        => word->Is("ex"u8) ? SetOptions.Seconds
            : word->Is("px"u8) ? SetOptions.Milliseconds
            : word->Is("nx"u8) ? SetOptions.IfAbsent
            : word->Is("xx"u8) ? SetOptions.IfPresent
            : word->Is("get"u8) ? SetOptions.Get
            : word->Is("exat"u8) ? SetOptions.AtSeconds
            : word->Is("pxat"u8) ? SetOptions.AtMilliseconds
            : word->Is("keepttl"u8) ? SetOptions.KeepExpiry
            : word->Is("persist"u8) ? SetOptions.Persist
            : SetOptions.None;

    // What may not stand before an option. The same option twice is no error.
    private static SetOptions Excluded(SetOptions option) => option switch
    {
        SetOptions.IfAbsent => SetOptions.IfPresent,
        SetOptions.IfPresent => SetOptions.IfAbsent,
        SetOptions.Get => SetOptions.None,
        _ => (SetOptions.AnyTime | SetOptions.KeepExpiry | SetOptions.Persist) & ~option,
    };
}

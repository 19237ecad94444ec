using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>DEL, UNLINK, EXISTS, TOUCH, TYPE.</summary>
internal static unsafe class KeyCommands
{
    /// <summary>DEL key [key …], and UNLINK: memory is freed outside the lock in any case.</summary>
    public static void Del(CommandContext call)
    {
        if (call.Count == 2)
        {
            call.Access.Lock(call.Hash);
            bool deleted = call.Access.Writer.Delete(
                call.Arguments[1].Data, call.Arguments[1].Length, call.Hash, new ChangeNote(ChangeName.Delete));
            call.Access.Unlock();
            call.TellSelf();
            call.Reply.Integer(deleted ? 1 : 0);
            return;
        }

        if (call.Count > CommandContext.ManyKeys && call.DeferLong())
        {
            return;
        }

        long count = 0;
        call.LockKeys(1, 1);
        for (int i = 1; i < call.Count; i++)
        {
            Argument* key = call.Arguments + i;
            call.Access.Lock(call.Hashes[i - 1]);
            bool deleted = call.Access.Writer.Delete(key->Data, key->Length, call.Hashes[i - 1], new ChangeNote(ChangeName.Delete));
            call.Access.Unlock();
            count += deleted ? 1 : 0;
        }

        call.UnlockKeys();
        call.TellSelf();
        call.Reply.Integer(count);
    }

    /// <summary>EXISTS key [key …]: a key named twice counts twice.</summary>
    public static void Exists(CommandContext call) => Count(call, touch: false);

    /// <summary>TOUCH key [key …].</summary>
    public static void Touch(CommandContext call) => Count(call, touch: true);

    /// <summary>TYPE key.</summary>
    public static void Type(CommandContext call)
    {
        Argument* key = call.Arguments + 1;
        call.Access.Lock(call.Hash);
        bool found = call.Access.Keys.LookupReadNoTouch(key->Data, key->Length, call.Hash) != null;
        call.Access.Unlock();
        call.Reply.Simple(found ? "string"u8 : "none"u8);
    }

    private static void Count(CommandContext call, bool touch)
    {
        if (call.Count > CommandContext.ManyKeys && call.DeferLong())
        {
            return;
        }

        long count = 0;
        StoreAccess access = call.Access;
        call.LockKeys(1, 1);
        for (int i = 1; i < call.Count; i++)
        {
            Argument* key = call.Arguments + i;
            ulong hash = call.Hashes[i - 1];
            access.Lock(hash);
            Entry* entry = touch ? access.Keys.LookupRead(key->Data, key->Length, hash)
                : access.Keys.LookupReadNoTouch(key->Data, key->Length, hash);
            count += entry == null ? 0 : 1;
            access.Unlock();
        }

        call.UnlockKeys();
        call.Reply.Integer(count);
    }
}

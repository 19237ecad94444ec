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
            call.Access.Enter(call.Hash);
            bool deleted = call.Access.Delete(call.Arguments[1].Data, call.Arguments[1].Length, call.Hash, new ChangeNote(ChangeName.Delete));
            call.Access.Leave();
            call.TellSelf();
            call.Reply.Integer(deleted ? 1 : 0);
            return;
        }

        if (call.Count > CommandContext.ManyKeys && call.DeferLong())
        {
            return;
        }

        long count = 0;
        call.EnterKeys(1, 1);
        for (int i = 1; i < call.Count; i++)
        {
            Argument* key = call.Arguments + i;
            call.Access.Enter(call.Hashes[i - 1]);
            bool deleted = call.Access.Delete(key->Data, key->Length, call.Hashes[i - 1], new ChangeNote(ChangeName.Delete));
            call.Access.Leave();
            count += deleted ? 1 : 0;
        }

        call.LeaveKeys();
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
        call.Access.Enter(call.Hash);
        bool found = call.Access.Look(key->Data, key->Length, call.Hash) != null;
        call.Access.Leave();
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
        call.EnterKeys(1, 1);
        for (int i = 1; i < call.Count; i++)
        {
            Argument* key = call.Arguments + i;
            ulong hash = call.Hashes[i - 1];
            access.Enter(hash);
            Entry* entry = touch ? access.Find(key->Data, key->Length, hash) : access.Look(key->Data, key->Length, hash);
            count += entry == null ? 0 : 1;
            access.Leave();
        }

        call.LeaveKeys();
        call.Reply.Integer(count);
    }
}

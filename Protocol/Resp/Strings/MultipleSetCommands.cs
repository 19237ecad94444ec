using System.Runtime.InteropServices;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>MSET and MSETNX: all keys at once.</summary>
internal static unsafe class MultipleSetCommands
{
    /// <summary>MSET key value [key value …].</summary>
    public static void MSet(CommandContext call) => Set(call, onlyIfNone: false);

    /// <summary>MSETNX key value [key value …]: all or, when one of the keys is there, none.</summary>
    public static void MSetNx(CommandContext call) => Set(call, onlyIfNone: true);

    private static void Set(CommandContext call, bool onlyIfNone)
    {
        if ((call.Count & 1) == 0)
        {
            call.ReplyWrongArity();
            return;
        }

        long bytes = 0;
        bool large = false;
        for (int i = 1; i < call.Count; i += 2)
        {
            bytes += call.Arguments[i + 1].Length;
            large |= Entry.IsLargeValue(call.Arguments[i].Length, call.Arguments[i + 1].Length);
        }

        if ((bytes > CommandContext.LongValue || call.Count > CommandContext.ManyKeys) && call.DeferLong())
        {
            return;
        }

        LargeValue** blocks = null;
        if (large && !TryPrepare(call, out blocks))
        {
            call.ReplyOutOfMemory();
            return;
        }

        bool wanted;
        bool done;
        try
        {
            call.LockKeys(1, 2);
            wanted = !onlyIfNone || !AnyIsThere(call);
            done = !wanted || TryMakeRoom(call);
            for (int i = 1; wanted && done && i < call.Count; i += 2)
            {
                Argument* key = call.Arguments + i;
                ulong hash = call.Hashes[i / 2];
                LargeValue* block = blocks == null ? null : blocks[i / 2];
                if (block != null)
                {
                    blocks[i / 2] = null;
                }

                call.Access.Lock(hash);
                done = call.Store(key, hash, key + 1, block, StoreAccess.NoExpiry, new ChangeNote(ChangeName.Set));
                call.Access.Unlock();
            }

            call.UnlockKeys();
            call.TellSelf();
        }
        finally
        {
            Release(blocks, call.Count / 2);
        }

        if (!done)
        {
            call.ReplyOutOfMemory();
        }
        else if (onlyIfNone)
        {
            call.Reply.Integer(wanted ? 1 : 0);
        }
        else
        {
            call.Reply.Ok();
        }
    }

    private static bool AnyIsThere(CommandContext call)
    {
        for (int i = 1; i < call.Count; i += 2)
        {
            call.Access.Lock(call.Hashes[i / 2]);
            bool found = call.Access.Keys.LookupWrite(call.Arguments[i].Data, call.Arguments[i].Length, call.Hashes[i / 2]) != null;
            call.Access.Unlock();
            if (found)
            {
                return true;
            }
        }

        return false;
    }

    // For all keys, so that either all are set or none.
    private static bool TryMakeRoom(CommandContext call)
    {
        bool made;
        bool planAgain;
        do
        {
            for (int i = 1; i < call.Count; i += 2)
            {
                Argument* key = call.Arguments + i;
                call.Access.Lock(call.Hashes[i / 2]);
                call.Access.Group.PlanPut(key->Data, key->Length, call.Hashes[i / 2], key[1].Length, expires: false);
                call.Access.Unlock();
            }

            made = call.Access.Group.TryMakeRoom(out planAgain);
        }
        while (planAgain);
        return made;
    }

    // Copies the large values outside the locks.
    private static bool TryPrepare(CommandContext call, out LargeValue** blocks)
    {
        int pairs = call.Count / 2;
        blocks = (LargeValue**)NativeMemory.AllocZeroed((nuint)pairs, (nuint)sizeof(LargeValue*));
        for (int i = 0; i < pairs; i++)
        {
            Argument* key = call.Arguments + (2 * i) + 1;
            if (!call.TryPrepare(key->Length, key + 1, out LargeValue* block))
            {
                Release(blocks, pairs);
                return false;
            }

            blocks[i] = block;
        }

        return true;
    }

    private static void Release(LargeValue** blocks, int count)
    {
        if (blocks == null)
        {
            return;
        }

        for (int i = 0; i < count; i++)
        {
            if (blocks[i] != null)
            {
                LargeValue.Release(blocks[i]);
            }
        }

        NativeMemory.Free(blocks);
    }
}

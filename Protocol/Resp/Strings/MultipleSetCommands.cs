using System.Runtime.InteropServices;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>MSET and MSETNX: all keys at once.</summary>
internal static unsafe class MultipleSetCommands
{
    /// <summary>MSET key value [key value …].</summary>
    public static void MSet(RespCall call) => Set(call, onlyIfNone: false);

    /// <summary>MSETNX key value [key value …]: all or, when one of the keys is there, none.</summary>
    public static void MSetNx(RespCall call) => Set(call, onlyIfNone: true);

    private static void Set(RespCall call, bool onlyIfNone)
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
            large |= StoreAccess.IsLargeValue(call.Arguments[i].Length, call.Arguments[i + 1].Length);
        }

        if ((bytes > RespCall.LongValue || call.Count > RespCall.ManyKeys) && call.DeferLong())
        {
            return;
        }

        LargeValue** blocks = null;
        if (large && !TryPrepare(call, out blocks))
        {
            call.ReplyOutOfMemory();
            return;
        }

        bool wanted = true;
        bool done = true;
        call.EnterKeys(1, 2);
        if (onlyIfNone)
        {
            wanted = !AnyIsThere(call);
        }

        for (int i = 1; wanted && done && i < call.Count; i += 2)
        {
            Argument* key = call.Arguments + i;
            ulong hash = call.Hashes[i / 2];
            LargeValue* block = blocks == null ? null : blocks[i / 2];
            if (block != null)
            {
                blocks[i / 2] = null;
            }

            call.Access.Enter(hash);
            done = call.Store(key, hash, key + 1, block, StoreAccess.NoExpiry);
            call.Access.Leave();
            if (done)
            {
                call.Notify(KeyEvents.String, "set"u8, key);
            }
        }

        call.LeaveKeys();
        Release(blocks, call.Count / 2);
        if (!done)
        {
            call.ReplyOutOfMemory();
            return;
        }

        if (onlyIfNone)
        {
            call.ReplyInteger(wanted ? 1 : 0);
        }
        else
        {
            call.ReplyOk();
        }
    }

    private static bool AnyIsThere(RespCall call)
    {
        for (int i = 1; i < call.Count; i += 2)
        {
            call.Access.Enter(call.Hashes[i / 2]);
            bool found = call.Access.FindForWrite(call.Arguments[i].Data, call.Arguments[i].Length, call.Hashes[i / 2]) != null;
            call.Access.Leave();
            if (found)
            {
                return true;
            }
        }

        return false;
    }

    // Copies the large values outside the locks.
    private static bool TryPrepare(RespCall call, out LargeValue** blocks)
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

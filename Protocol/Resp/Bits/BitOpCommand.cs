using System;
using System.Runtime.InteropServices;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>BITOP.</summary>
internal static unsafe class BitOpCommand
{
    private const int FirstSource = 3;
    private const int Attempts = 3;

    /// <summary>BITOP AND|OR|XOR|NOT destination key [key …].</summary>
    public static void BitOp(RespCall call)
    {
        Argument* name = call.Arguments + 1;
        BitOperation operation;
        if (name->Is("and"u8))
        {
            operation = BitOperation.And;
        }
        else if (name->Is("or"u8))
        {
            operation = BitOperation.Or;
        }
        else if (name->Is("xor"u8))
        {
            operation = BitOperation.Xor;
        }
        else if (name->Is("not"u8))
        {
            operation = BitOperation.Not;
        }
        else
        {
            call.ReplySyntaxError();
            return;
        }

        if (operation == BitOperation.Not && call.Count != FirstSource + 1)
        {
            call.ReplyError("ERR BITOP NOT must be called with a single source key."u8);
            return;
        }

        if (call.DeferLong())
        {
            return;
        }

        Run(call, operation);
    }

    // The work is done on pinned values and copies without a lock; then it counts if nothing was changed meanwhile. A key that is
    // written all the time is worked on under the lock at last.
    private static void Run(RespCall call, BitOperation operation)
    {
        int count = call.Count - FirstSource;
        BitSource* sources = (BitSource*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(BitSource));
        for (int attempt = 1; ; attempt++)
        {
            bool stay = attempt == Attempts || call.Access.InTransaction;
            Enter(call);
            long length = Take(call, sources, count);
            if (!stay)
            {
                call.LeaveKeys();
            }

            LargeValue* block = null;
            byte* copy = null;
            bool ready = length == 0 || TryAllocate(call, length, out block, out copy);
            if (ready && length > 0)
            {
                BitCombination.Combine(operation, sources, count, block == null ? copy : block->Data, length);
            }

            if (!stay)
            {
                Enter(call);
            }

            bool unchanged = stay || IsUnchanged(call, sources, count);
            KeyChange change = unchanged && ready ? Put(call, length, ref block, copy) : KeyChange.Refused;
            call.LeaveKeys();
            Free(sources, count, block, copy);
            if (unchanged)
            {
                NativeMemory.Free(sources);
                Reply(call, change, length);
                return;
            }
        }
    }

    private static void Enter(RespCall call) => call.EnterKeys(FirstSource - 1, 1);

    private static void Reply(RespCall call, KeyChange change, long length)
    {
        Argument* destination = call.Arguments + FirstSource - 1;
        switch (change)
        {
            case KeyChange.Refused:
                call.ReplyOutOfMemory();
                return;
            case KeyChange.Deleted:
                call.Notify(KeyEvents.Generic, "del"u8, destination);
                break;
            case KeyChange.Expires:
                call.Notify(KeyEvents.String, "set"u8, destination);
                break;
        }

        call.ReplyInteger(length);
    }

    // Keeps all sources as they are now; the longest one's length.
    private static long Take(RespCall call, BitSource* sources, int count)
    {
        long length = 0;
        for (int i = 0; i < count; i++)
        {
            Argument* key = call.Arguments + FirstSource + i;
            ulong hash = call.Hashes[i + 1];
            call.Access.Enter(hash);
            sources[i].Take(call.Access.Find(key->Data, key->Length, hash));
            call.Access.Leave();
            length = Math.Max(length, sources[i].Length);
        }

        return length;
    }

    private static bool IsUnchanged(RespCall call, BitSource* sources, int count)
    {
        bool same = true;
        for (int i = 0; same && i < count; i++)
        {
            Argument* key = call.Arguments + FirstSource + i;
            ulong hash = call.Hashes[i + 1];
            call.Access.Enter(hash);
            same = sources[i].IsStill(call.Access.Peek(key->Data, key->Length, hash));
            call.Access.Leave();
        }

        return same;
    }

    private static bool TryAllocate(RespCall call, long length, out LargeValue* block, out byte* copy)
    {
        block = null;
        copy = null;
        if (StoreAccess.IsLargeValue(call.Arguments[FirstSource - 1].Length, length))
        {
            block = call.Access.AllocateLarge(length);
            return block != null;
        }

        copy = (byte*)NativeMemory.Alloc((nuint)length);
        return true;
    }

    // Writes the destination, whose partition is held; takes the block over when it is linked.
    private static KeyChange Put(RespCall call, long length, ref LargeValue* block, byte* copy)
    {
        Argument* key = call.Arguments + FirstSource - 1;
        ulong hash = call.Hashes[0];
        KeyChange change;
        call.Access.Enter(hash);
        if (length == 0)
        {
            change = call.Access.Delete(key->Data, key->Length, hash) ? KeyChange.Deleted : KeyChange.None;
        }
        else if (block == null)
        {
            change = call.Access.Set(key->Data, key->Length, hash, copy, (int)length, StoreAccess.NoExpiry, EntryFlags.Raw) == StoreResult.Ok
                ? KeyChange.Expires
                : KeyChange.Refused;
        }
        else
        {
            change = call.Access.SetLarge(key->Data, key->Length, hash, block, StoreAccess.NoExpiry, EntryFlags.Raw) == StoreResult.Ok
                ? KeyChange.Expires
                : KeyChange.Refused;
            if (change == KeyChange.Expires)
            {
                block = null;
            }
        }

        call.Access.Leave();
        return change;
    }

    private static void Free(BitSource* sources, int count, LargeValue* block, byte* copy)
    {
        for (int i = 0; i < count; i++)
        {
            sources[i].Free();
        }

        if (block != null)
        {
            LargeValue.Release(block);
        }

        NativeMemory.Free(copy);
    }
}

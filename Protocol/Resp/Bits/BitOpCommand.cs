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
    public static void BitOp(CommandContext call)
    {
        Argument* name = call.Arguments + 1;
        BitOperation? read = name->Is("and"u8) ? BitOperation.And
            : name->Is("or"u8) ? BitOperation.Or
            : name->Is("xor"u8) ? BitOperation.Xor
            : name->Is("not"u8) ? BitOperation.Not
            : null;
        if (read is not { } operation)
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
    private static void Run(CommandContext call, BitOperation operation)
    {
        int count = call.Count - FirstSource;
        ValueSnapshot* sources = (ValueSnapshot*)Native.Memory.TryAllocate((nuint)count * (nuint)sizeof(ValueSnapshot));
        if (sources == null)
        {
            call.ReplyOutOfMemory();
            return;
        }

        NativeMemory.Clear(sources, (nuint)count * (nuint)sizeof(ValueSnapshot));
        LargeValue* block = null;
        byte* copy = null;
        try
        {
            bool unchanged = false;
            for (int attempt = 1; !unchanged; attempt++)
            {
                bool stay = attempt == Attempts || call.Access.InTransaction;
                Enter(call);
                long length = 0;
                bool taken = (!stay || TryMakeRoom(call, LongestSource(call, count), withBlock: true))
                    && TryTake(call, sources, count, out length);
                if (!stay)
                {
                    call.UnlockKeys();
                }

                bool ready = taken && (length == 0 || TryAllocate(call, length, out block, out copy));
                if (ready && length > 0)
                {
                    BitCombination.Combine(operation, sources, count, block == null ? copy : block->Data, length);
                }

                if (!stay)
                {
                    Enter(call);
                    ready = ready && TryMakeRoom(call, length, withBlock: false);
                }

                unchanged = stay || !taken || IsUnchanged(call, sources, count);
                bool done = unchanged && ready && TryPut(call, length, ref block, copy);
                call.UnlockKeys();
                Free(call, sources, count, ref block, ref copy);
                if (unchanged)
                {
                    call.ReplyChange(done, length);
                }
            }
        }
        finally
        {
            Free(call, sources, count, ref block, ref copy);
            NativeMemory.Free(sources);
        }
    }

    private static void Enter(CommandContext call) => call.LockKeys(FirstSource - 1, 1);

    // For the destination, before the sources are looked at: none must be evicted for it, because the log gets the command.
    private static bool TryMakeRoom(CommandContext call, long length, bool withBlock)
    {
        Argument* key = call.Arguments + FirstSource - 1;
        if (length == 0)
        {
            return true;
        }

        bool made;
        bool planAgain;
        do
        {
            call.Access.Lock(call.Hashes[0]);
            call.Access.Group.PlanPut(key->Data, key->Length, call.Hashes[0], length, expires: false);
            call.Access.Unlock();
            if (withBlock && Entry.IsLargeValue(key->Length, length))
            {
                call.Access.Group.PlanBlock(length);
            }

            made = call.Access.Group.TryMakeRoom(out planAgain);
        }
        while (planAgain);
        return made;
    }

    private static long LongestSource(CommandContext call, int count)
    {
        long longest = 0;
        for (int i = 0; i < count; i++)
        {
            Argument* key = call.Arguments + FirstSource + i;
            call.Access.Lock(call.Hashes[i + 1]);
            Entry* entry = call.Access.Keys.LookupNoEffects(key->Data, key->Length, call.Hashes[i + 1]);
            longest = entry == null ? longest : Math.Max(longest, entry->ValueLength);
            call.Access.Unlock();
        }

        return longest;
    }

    // Keeps all sources as they are now; the longest one's length. False:
    // there is no memory for the copies, or the connection was ended for them.
    private static bool TryTake(CommandContext call, ValueSnapshot* sources, int count, out long length)
    {
        bool taken = true;
        length = 0;
        for (int i = 0; i < count && taken; i++)
        {
            Argument* key = call.Arguments + FirstSource + i;
            ulong hash = call.Hashes[i + 1];
            call.Access.Lock(hash);
            taken = sources[i].TryTake(call.Thread, call.Access.Keys.LookupRead(key->Data, key->Length, hash)) && !call.Thread.Broken;
            call.Access.Unlock();
            length = Math.Max(length, sources[i].Length);
        }

        return taken;
    }

    private static bool IsUnchanged(CommandContext call, ValueSnapshot* sources, int count)
    {
        bool same = true;
        for (int i = 0; same && i < count; i++)
        {
            Argument* key = call.Arguments + FirstSource + i;
            ulong hash = call.Hashes[i + 1];
            call.Access.Lock(hash);
            same = sources[i].IsStill(call.Access.Keys.LookupNoEffects(key->Data, key->Length, hash));
            call.Access.Unlock();
        }

        return same;
    }

    private static bool TryAllocate(CommandContext call, long length, out LargeValue* block, out byte* copy)
    {
        block = null;
        copy = null;
        if (Entry.IsLargeValue(call.Arguments[FirstSource - 1].Length, length))
        {
            block = call.Access.Memory.AllocateLarge(length);
            return block != null;
        }

        copy = (byte*)Native.Memory.TryAllocate((nuint)length);
        return copy != null;
    }

    // Writes the destination, whose partition is held; takes the block over when it is linked.
    private static bool TryPut(CommandContext call, long length, ref LargeValue* block, byte* copy)
    {
        Argument* key = call.Arguments + FirstSource - 1;
        ulong hash = call.Hashes[0];
        bool done = true;
        call.Access.Lock(hash);
        if (length == 0)
        {
            _ = call.Access.Writer.Delete(key->Data, key->Length, hash, new ChangeNote(ChangeName.Delete));
        }
        else
        {
            // What ends in an exception may have linked the block: then it is not to be freed.
            LargeValue* own = block;
            block = null;
            ChangeNote note = new(ChangeName.Set);
            done = (own == null
                ? call.Access.Writer.Put(key->Data, key->Length, hash, copy, (int)length, note, flags: EntryFlags.Raw)
                : call.Access.Writer.Put(key->Data, key->Length, hash, own, note, flags: EntryFlags.Raw)) == StoreResult.Ok;
            block = done ? null : own;
        }

        call.Access.Unlock();
        return done;
    }

    private static void Free(CommandContext call, ValueSnapshot* sources, int count, ref LargeValue* block, ref byte* copy)
    {
        for (int i = 0; i < count; i++)
        {
            sources[i].Free(call.Thread);
        }

        if (block != null)
        {
            LargeValue.Release(block);
            block = null;
        }

        NativeMemory.Free(copy);
        copy = null;
    }
}

using System;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>Values on their way from an argument into the store.</summary>
internal static unsafe class CommandValues
{
    /// <summary>
    /// The longest value that a command may make, bytes: --max-value for clients. What is in a log or in a master's stream was allowed when
    /// it was written, so it has only the limit that --max-value itself has.
    /// </summary>
    public static long LongestValue(this CommandContext call)
        => call.Replay is null ? call.Common.Options.MaxValue : ProtocolOptions.MostMaxValue;

    /// <summary>
    /// Whether storing a value takes long, because it has to be copied or is long enough that even freeing the old one takes its time.
    /// </summary>
    public static bool IsLongToStore(this CommandContext call, Argument* value)
        => value->Length > (value->Data == call.Thread.Body.Data ? Server.LongBodyBytes : CommandContext.LongValue);

    /// <summary>
    /// Makes ready what can be made ready of a value outside the lock: a large one is copied into a block of its own.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="keyLength">Bytes of its key.</param>
    /// <param name="value">The value.</param>
    /// <param name="block">The block, to be given to <see cref="Store"/> or released; null for an inline value.</param>
    /// <returns>False when memory is out.</returns>
    public static bool TryPrepare(this CommandContext call, int keyLength, Argument* value, out LargeValue* block)
    {
        block = null;
        if (!Entry.IsLargeValue(keyLength, value->Length))
        {
            return true;
        }

        if (value->Data == call.Thread.Body.Data)
        {
            return TryAdopt(call, value, out block);
        }

        block = call.Access.Memory.AllocateLarge(value->Length);
        if (block == null)
        {
            return false;
        }

        Buffer.MemoryCopy(value->Data, block->Data, value->Length, value->Length);
        return true;
    }

    /// <summary>Sets a key, whose partition is locked, to a prepared value. False: memory is out, and nothing was changed.</summary>
    public static bool Store(
        this CommandContext call, Argument* key, ulong hash, Argument* value, LargeValue* block, long expireAt, ChangeNote note)
    {
        if (block == null)
        {
            return call.Access.Writer.Put(key->Data, key->Length, hash, value->Data, value->Length, note, expireAt) == StoreResult.Ok;
        }

        if (call.Access.Writer.Put(key->Data, key->Length, hash, block, note, expireAt) == StoreResult.Ok)
        {
            return true;
        }

        LargeValue.Release(block);
        return false;
    }

    /// <summary>
    /// Enters the partition of the first key and finds it for an edit in place. False: a worker has to run the command, and it returns
    /// without a reply.
    /// </summary>
    public static bool TryLockForEdit(this CommandContext call, Argument* key, out Entry* entry)
        => call.Access.Editor.TryLock(key->Data, key->Length, call.Hash, mayCopy: !call.Thread.OnEventLoop, out entry) || !call.DeferLong();

    // Turns the block that a value was received into to one that the store counts. False: memory is out.
    private static bool TryAdopt(CommandContext call, Argument* value, out LargeValue* block)
    {
        block = LargeValue.OfData(value->Data);
        if (!call.Access.Memory.TryAdopt(block, value->Length))
        {
            block = null;
            return false;
        }

        call.Thread.Body.Take(call.Thread.Connection);
        call.KeepAdopted(block);
        return true;
    }
}

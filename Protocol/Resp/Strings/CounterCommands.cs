using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>INCR, DECR, INCRBY, DECRBY.</summary>
internal static unsafe class CounterCommands
{
    /// <summary>INCR key.</summary>
    public static void Incr(CommandContext call) => Add(call, 1);

    /// <summary>DECR key.</summary>
    public static void Decr(CommandContext call) => Add(call, -1);

    /// <summary>INCRBY key increment.</summary>
    public static void IncrBy(CommandContext call)
    {
        if (call.TryReadInteger(2, out long increment))
        {
            Add(call, increment);
        }
    }

    /// <summary>DECRBY key decrement.</summary>
    public static void DecrBy(CommandContext call)
    {
        if (!call.TryReadInteger(2, out long decrement))
        {
            return;
        }

        if (decrement == long.MinValue)
        {
            call.ReplyError("ERR decrement would overflow"u8);
            return;
        }

        Add(call, -decrement);
    }

    private static void Add(CommandContext call, long increment)
    {
        Argument* key = call.Arguments + 1;
        StoreAccess access = call.Access;
        access.Lock(call.Hash);
        Entry* entry = access.Keys.LookupWrite(key->Data, key->Length, call.Hash);
        long value = 0;
        if (entry != null && (
            entry->ValueLength > Numbers.Longest || !Numbers.TryParse(entry->ValuePointer, (int)entry->ValueLength, out value)))
        {
            access.Unlock();
            call.ReplyNotAnInteger();
            return;
        }

        long sum = unchecked(value + increment);
        if (((value ^ sum) & (increment ^ sum)) < 0)
        {
            access.Unlock();
            call.ReplyError("ERR increment or decrement would overflow"u8);
            return;
        }

        byte* text = stackalloc byte[Numbers.Longest];
        int length = Numbers.Write(text, sum);
        bool done = access.Writer.Put(
            key->Data, key->Length, call.Hash, text, length, new ChangeNote(ChangeName.IncrementBy, isVerbatim: true),
                StoreAccess.KeepExpiry) == StoreResult.Ok;
        access.Unlock();
        call.ReplyChange(done, sum);
    }
}

using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>INCRBYFLOAT.</summary>
internal static unsafe class FloatCommands
{
    /// <summary>INCRBYFLOAT key increment.</summary>
    public static void IncrByFloat(RespCall call)
    {
        Argument* key = call.Arguments + 1;
        Argument* increment = call.Arguments + 2;
        byte* text = stackalloc byte[ExtendedFloat.LongestFormatted];
        int length = 0;
        bool done = false;
        call.Access.Enter(call.Hash);
        Entry* entry = call.Access.FindForWrite(key->Data, key->Length, call.Hash);
        ExtendedFloat value = default;
        bool valid = (entry == null || ExtendedFloat.TryParse(entry->ValuePointer, entry->ValueLength, out value))
            & ExtendedFloat.TryParse(increment->Data, increment->Length, out ExtendedFloat addend);
        ExtendedFloat sum = ExtendedFloat.Add(in value, in addend);
        if (valid && !sum.IsInfinite)
        {
            length = sum.Format(text);
            done = call.Access.Set(key->Data, key->Length, call.Hash, text, length, StoreAccess.KeepExpiry, EntryFlags.Text) == StoreResult.Ok;
        }

        call.Access.Leave();
        if (!valid)
        {
            call.ReplyError("ERR value is not a valid float"u8);
        }
        else if (sum.IsInfinite)
        {
            call.ReplyError("ERR increment would produce NaN or Infinity"u8);
        }
        else if (!done)
        {
            call.ReplyOutOfMemory();
        }
        else
        {
            call.Notify(KeyEvents.String, "incrbyfloat"u8, key);
            call.ReplyBulk(text, length);
        }
    }
}

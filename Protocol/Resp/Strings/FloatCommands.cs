using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>INCRBYFLOAT.</summary>
internal static unsafe class FloatCommands
{
    // A number of more digits takes as long as some hundred short commands.
    private const int LongNumber = 256;

    /// <summary>INCRBYFLOAT key increment.</summary>
    public static void IncrByFloat(CommandContext call)
    {
        Argument* key = call.Arguments + 1;
        Argument* increment = call.Arguments + 2;
        if (increment->Length > LongNumber && call.DeferLong())
        {
            return;
        }

        bool valid = ExtendedFloatParser.TryParse(increment->Data, increment->Length, out ExtendedFloat addend);
        byte* text = stackalloc byte[ExtendedFloat.LongestFormatted];
        int length = 0;
        bool done = false;
        call.Access.Lock(call.Hash);
        Entry* entry = call.Access.Keys.LookupWrite(key->Data, key->Length, call.Hash);
        ExtendedFloat value = default;
        valid = valid && (entry == null || ExtendedFloatParser.TryParse(entry->ValuePointer, entry->ValueLength, out value));
        ExtendedFloat sum = ExtendedFloat.Add(in value, in addend);
        if (valid && !sum.IsInfinite)
        {
            length = sum.Format(text);
            done = call.Access.Writer.Put(
                key->Data, key->Length, call.Hash, text, length, new ChangeNote(ChangeName.IncrementByFloat), StoreAccess.KeepExpiry,
                    EntryFlags.Text) == StoreResult.Ok;
        }

        call.Access.Unlock();
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
            call.TellSelf();
            call.Reply.Bulk(text, length);
        }
    }
}

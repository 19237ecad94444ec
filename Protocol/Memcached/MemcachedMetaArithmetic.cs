using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>ma: incr and decr, with a first number when there is none.</summary>
internal static unsafe class MemcachedMetaArithmetic
{
    /// <summary>Runs it.</summary>
    /// <returns>False: it waits for the end of a pause.</returns>
    public static bool Run(MemcachedThread context, MemcachedRequest* request)
    {
        if (!MemcachedMeta.TryRead(context, request, isBrief: true, out MemcachedMetaFlags flags))
        {
            return true;
        }

        bool raises = flags.Mode is 0 or (byte)'I' or (byte)'+';
        if (!raises && flags.Mode is not ((byte)'D' or (byte)'-'))
        {
            MemcachedReply.Error(context, request, "CLIENT_ERROR invalid mode for ma M token\r\n"u8);
            return true;
        }

        if (!MemcachedAvailability.AllowsWrite(context, request, needsMemory: true, out bool consumed))
        {
            return consumed;
        }

        request->HasUnique = flags.HasUnique && flags.Unique != 0;
        StoreAccess access = context.Access;
        access.Lock(request->Hash);
        Entry* entry = access.Keys.LookupWrite(request->Key, request->KeyLength, request->Hash);
        long expiry = entry == null ? StoreAccess.NoExpiry : entry->Expiry;
        bool isNew = entry == null && flags.Vivifies;
        ulong number = flags.Initial;
        MemcachedOutcome outcome = isNew
            ? Make(access, request, flags)
            : MemcachedArithmetic.Add(context, request, entry, raises, flags.Delta, out number);
        ulong unique = 0;
        if (outcome == MemcachedOutcome.Stored)
        {
            outcome = Finish(context, request, flags, isNew, out unique);
        }

        access.Unlock();
        Answer(context, request, flags, outcome, new MemcachedNumberView(number, unique, expiry, isNew));
        if (outcome == MemcachedOutcome.Stored && context.Common.ChecksCommands)
        {
            Show(context, request, flags, raises, isNew);
        }

        return true;
    }

    private static void Show(MemcachedThread context, MemcachedRequest* request, in MemcachedMetaFlags flags, bool raises, bool isNew)
    {
        byte* text = stackalloc byte[MemcachedArithmetic.LongestNumber];
        MemcachedToken number = new() { Data = text, Length = Numbers.WriteUnsigned(text, isNew ? flags.Initial : flags.Delta) };
        if (isNew)
        {
            context.Common.Show(
                context.Thread, WriteVerb.Set, request->Key, request->KeyLength, number.Data, number.Length, flags.VivifyExpiry);
        }
        else
        {
            MemcachedArithmetic.Show(context, request, raises, &number);
        }

        if (flags.SetsExpiry(isNew))
        {
            context.Common.Show(context.Thread, WriteVerb.Expire, request->Key, request->KeyLength, null, 0, flags.Expiry);
        }
    }

    // N: the first number.
    private static MemcachedOutcome Make(StoreAccess access, MemcachedRequest* request, in MemcachedMetaFlags flags)
    {
        byte* text = stackalloc byte[MemcachedArithmetic.LongestNumber];
        int length = Numbers.WriteUnsigned(text, flags.Initial);
        long expiry = flags.VivifyExpiry;
        ChangeNote note = new(ChangeName.Set, expiry > 0 ? ChangeName.Expire : ChangeName.None);
        StoreResult result = access.Writer.Items.Put(
            request->Key, request->KeyLength, request->Hash, text, length, default, note, expiry);
        return result == StoreResult.Ok ? MemcachedOutcome.Stored : MemcachedOutcome.NoMemory;
    }

    // T and c.
    private static MemcachedOutcome Finish(
        MemcachedThread context, MemcachedRequest* request, in MemcachedMetaFlags flags, bool isNew, out ulong unique)
    {
        StoreAccess access = context.Access;
        Entry* entry = access.Keys.LookupNoEffects(request->Key, request->KeyLength, request->Hash);
        unique = 0;
        if (entry == null)
        {
            return MemcachedOutcome.Stored;
        }

        unique = flags.WantsUnique ? MemcachedItem.UniqueOf(context, ref entry, request->Hash) : 0;
        return !flags.SetsExpiry(isNew) || MemcachedItem.SetExpiry(access, entry, request->Hash, flags.Expiry)
            ? MemcachedOutcome.Stored : MemcachedOutcome.NoMemory;
    }

    private static void Answer(
        MemcachedThread context, MemcachedRequest* request, in MemcachedMetaFlags flags, MemcachedOutcome outcome, MemcachedNumberView view)
    {
        switch (outcome)
        {
            case MemcachedOutcome.Stored when flags.IsQuiet && !view.IsNew:
                return;
            case MemcachedOutcome.Stored:
                byte* reply = context.Thread.Output.Reserve(MemcachedReply.MostReserved);
                byte* to = view.Write(reply, request, flags, context.Access.Now);
                context.Thread.Output.Advance((int)(to - reply));
                return;
            case MemcachedOutcome.NotFound:
                MemcachedMeta.Code(context, request, flags, "NF"u8);
                return;
            case MemcachedOutcome.Exists:
                MemcachedMeta.Code(context, request, flags, "EX"u8);
                return;
            case MemcachedOutcome.NotNumeric:
                MemcachedReply.Error(context, request, "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"u8);
                return;
            default:
                context.Counters->NoMemory++;
                MemcachedReply.Refusal(context, request, "out of memory"u8);
                return;
        }
    }
}

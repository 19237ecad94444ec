using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>incr and decr: 64 bits without a sign; what is too large wraps, what is too small is 0.</summary>
internal static unsafe class MemcachedArithmetic
{
    /// <summary>Bytes of the longest number.</summary>
    public const int LongestNumber = 20;

    /// <summary>incr key delta [noreply] and decr key delta [noreply].</summary>
    /// <returns>False: it waits for the end of a pause.</returns>
    public static bool Run(MemcachedThread context, MemcachedRequest* request)
    {
        if (!MemcachedKeys.TryReadWord(context, request, out MemcachedToken word))
        {
            return true;
        }

        if (!MemcachedNumber.TryRead(word, out ulong delta))
        {
            MemcachedReply.Error(context, request, "CLIENT_ERROR invalid numeric delta argument\r\n"u8);
            return true;
        }

        if (!MemcachedAvailability.AllowsWrite(context, request, needsMemory: true, out bool consumed))
        {
            return consumed;
        }

        bool raises = request->Verb == MemcachedVerb.Increment;
        context.Access.Lock(request->Hash);
        Entry* entry = context.Access.Keys.LookupWrite(request->Key, request->KeyLength, request->Hash);
        MemcachedOutcome outcome = Add(context, request, entry, raises, delta, out ulong number);
        context.Access.Unlock();
        switch (outcome)
        {
            case MemcachedOutcome.Stored:
                Show(context, request, raises, &word);
                byte* text = stackalloc byte[LongestNumber + 2];
                int length = Numbers.WriteUnsigned(text, number);
                _ = MemcachedReply.LineEnd(text + length);
                MemcachedReply.Line(context, request, new System.ReadOnlySpan<byte>(text, length + 2));
                return true;
            case MemcachedOutcome.NotFound:
                MemcachedReply.Line(context, request, "NOT_FOUND\r\n"u8);
                return true;
            case MemcachedOutcome.NotNumeric:
                MemcachedReply.Error(context, request, "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"u8);
                return true;
            default:
                MemcachedReply.Refusal(context, request, "out of memory"u8);
                return true;
        }
    }

    /// <summary>Adds to the number of an entry, whose partition is locked, and counts it. The entry may have moved afterwards.</summary>
    /// <param name="context">The thread's part.</param>
    /// <param name="request">Names the key, and what its unique has to be.</param>
    /// <param name="entry">The entry; null: there is none.</param>
    /// <param name="raises">Whether it is added; otherwise it is taken away.</param>
    /// <param name="delta">How much.</param>
    /// <param name="number">Receives the new number.</param>
    public static MemcachedOutcome Add(
        MemcachedThread context, MemcachedRequest* request, Entry* entry, bool raises, ulong delta, out ulong number)
    {
        number = 0;
        if (entry == null)
        {
            _ = raises ? context.Counters->IncrementMisses++ : context.Counters->DecrementMisses++;
            return MemcachedOutcome.NotFound;
        }

        if (entry->IsLarge || entry->InlineLength == 0)
        {
            return MemcachedOutcome.NotNumeric;
        }

        if (request->HasUnique && entry->Item.Unique != request->Unique)
        {
            return MemcachedOutcome.Exists;
        }

        if (!MemcachedNumber.TryRead(entry->InlinePointer, entry->InlineLength, out number))
        {
            return MemcachedOutcome.NotNumeric;
        }

        number = raises ? number + delta : delta > number ? 0 : number - delta;

        // A shorter number keeps the length of the one before, with blanks behind it, as in memcached.
        byte* text = stackalloc byte[LongestNumber];
        int digits = Numbers.WriteUnsigned(text, number);
        int length = System.Math.Max(digits, entry->InlineLength);
        if (length > entry->InlineLength)
        {
            // Memcached stores it as a new item.
            entry->ForgetReads();
        }

        StoreAccess access = context.Access;
        byte* value = access.Editor.Begin(
            request->Key, request->KeyLength, request->Hash, entry, length, keepsClientFlags: true);
        if (value == null)
        {
            return MemcachedOutcome.NoMemory;
        }

        new System.Span<byte>(value + digits, length - digits).Fill((byte)' ');
        System.Buffer.MemoryCopy(text, value, length, digits);
        access.Editor.Commit(0, length, new ChangeNote(ChangeName.IncrementBy));
        _ = raises ? context.Counters->IncrementHits++ : context.Counters->DecrementHits++;
        return MemcachedOutcome.Stored;
    }

    /// <summary>Shows it to monitors.</summary>
    public static void Show(MemcachedThread context, MemcachedRequest* request, bool raises, MemcachedToken* delta)
    {
        if (context.Common.ChecksCommands)
        {
            WriteVerb verb = raises ? WriteVerb.Increment : WriteVerb.Decrement;
            context.Common.Show(context.Thread, verb, request->Key, request->KeyLength, delta->Data, delta->Length);
        }
    }
}

using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>get, gets, gat, gats.</summary>
internal static unsafe class MemcachedRetrieval
{
    // A line of more bytes has so many keys that it takes long.
    private const int LongLine = 2 * 1024;

    // A longer one may have taken a while.
    private const int ShortLine = 256;

    // Keys that are looked at before the first of them is looked up.
    private const int Ahead = 16;

    /// <summary>get key … and gets key …: values that exist, then END.</summary>
    /// <returns>False: it waits for a worker.</returns>
    public static bool Get(MemcachedThread context, MemcachedRequest* request, bool withUnique)
    {
        if (request->Key == null)
        {
            MemcachedReply.WrongWords(context);
            return true;
        }

        byte* at = request->Key + request->KeyLength;
        if (at == request->LineEnd && request->KeyLength <= MemcachedParser.LongestKey && !context.Common.ChecksCommands)
        {
            Find(context, request->Key, request->KeyLength, request->Hash, withUnique);
            context.Thread.Output.Write("END\r\n"u8);
            return true;
        }

        return GetMany(context, request, withUnique);
    }

    /// <summary>gat exptime key … and gats exptime key …: the same, and their time to live is set.</summary>
    /// <returns>False: it waits for a worker, or for the end of a pause.</returns>
    public static bool GetAndTouch(MemcachedThread context, MemcachedRequest* request, bool withUnique)
    {
        byte* at = request->Arguments;
        byte* time = MemcachedWords.Next(ref at, request->LineEnd, out int length);
        if (length == 0)
        {
            MemcachedReply.WrongWords(context);
            return true;
        }

        if (!MemcachedNumber.TryRead(new MemcachedToken { Data = time, Length = length }, out long exptime))
        {
            MemcachedReply.Error(context, request, "CLIENT_ERROR invalid exptime argument\r\n"u8);
            return true;
        }

        if (request->LineEnd - at > LongLine && context.Thread.DeferLong())
        {
            return false;
        }

        if (!MemcachedAvailability.AllowsWrite(context, request, needsMemory: false, out bool consumed))
        {
            return consumed;
        }

        if (!AreShort(at, request->LineEnd))
        {
            MemcachedReply.WrongFormat(context, request);
            return true;
        }

        long expiry = MemcachedTime.ToExpiry(exptime, context.Access.Now);
        while (true)
        {
            byte* key = MemcachedWords.Next(ref at, request->LineEnd, out int keyLength);
            if (keyLength == 0)
            {
                context.Thread.Output.Write("END\r\n"u8);
                return true;
            }

            if (!FindAndTouch(context, key, keyLength, expiry, withUnique))
            {
                context.Counters->NoMemory++;
                MemcachedReply.Refusal(context, request, MemcachedAvailability.NoMemory);
                return true;
            }
        }
    }

    private static bool GetMany(MemcachedThread context, MemcachedRequest* request, bool withUnique)
    {
        byte* at = request->Key;
        byte* end = request->LineEnd;
        if (end - at > LongLine && context.Thread.DeferLong())
        {
            return false;
        }

        if (!MemcachedAvailability.AllowsRead(context, request))
        {
            return true;
        }

        if (!AreShort(at, end))
        {
            MemcachedReply.WrongFormat(context, request);
            return true;
        }

        ulong* hashes = stackalloc ulong[Ahead];
        StoreAccess access = context.Access;
        int count;
        do
        {
            count = 0;
            while (count < Ahead)
            {
                byte* key = MemcachedWords.Next(ref at, end, out int length);
                if (length == 0)
                {
                    break;
                }

                context.Tokens[count] = new MemcachedToken { Data = key, Length = length };
                hashes[count] = access.Hash(key, length);
                access.Prefetch(hashes[count++]);
            }

            for (int i = 0; i < count; i++)
            {
                access.PrefetchRecords(hashes[i]);
            }

            for (int i = 0; i < count; i++)
            {
                Find(context, context.Tokens[i].Data, context.Tokens[i].Length, hashes[i], withUnique);
            }
        }
        while (count == Ahead);
        context.Thread.Output.Write("END\r\n"u8);
        if (end - request->Key > ShortLine)
        {
            context.Thread.LookAtTime();
        }

        return true;
    }

    // Whether no key of a line is too long: one that is leaves the other keys unanswered.
    private static bool AreShort(byte* at, byte* end)
    {
        if (end - at <= MemcachedParser.LongestKey)
        {
            return true;
        }

        int length;
        do
        {
            _ = MemcachedWords.Next(ref at, end, out length);
        }
        while (length is > 0 and <= MemcachedParser.LongestKey);
        return length == 0;
    }

    // One key: its VALUE, or nothing.
    private static void Find(MemcachedThread context, byte* key, int keyLength, ulong hash, bool withUnique)
    {
        ReplyOutput output = context.Thread.Output;
        StoreAccess access = context.Access;
        byte* reply = output.Reserve(MemcachedReply.MostReserved);
        context.Counters->Gets++;
        access.Lock(hash);
        Entry* entry = access.Keys.LookupRead(key, keyLength, hash);
        if (entry == null)
        {
            access.Unlock();
            context.Counters->GetMisses++;
            context.Node.Prefixes.Count(access, key, keyLength, MemcachedPrefixKind.Miss);
            return;
        }

        ulong unique = withUnique ? MemcachedItem.UniqueOf(context, ref entry, hash) : 0;
        context.Counters->GetHits++;
        context.Node.Prefixes.Count(access, key, keyLength, MemcachedPrefixKind.Hit);
        byte* to = Head(reply, key, keyLength, entry, withUnique, unique);
        if (!entry->IsLarge)
        {
            to = MemcachedReply.Copy(to, entry->InlinePointer, entry->InlineLength);
            access.Unlock();
            output.Advance((int)(MemcachedReply.LineEnd(to) - reply));
            return;
        }

        LargeValue* value = entry->PinValue();
        access.Unlock();
        output.Advance((int)(to - reply));
        MemcachedReply.Pinned(context.Thread, value);
    }

    // The same, and its time to live is set. False: there is no memory for that.
    private static bool FindAndTouch(MemcachedThread context, byte* key, int keyLength, long expiry, bool withUnique)
    {
        ReplyOutput output = context.Thread.Output;
        StoreAccess access = context.Access;
        byte* reply = output.Reserve(MemcachedReply.MostReserved);
        context.Counters->Touches++;
        ulong hash = access.Hash(key, keyLength);
        access.Lock(hash);
        Entry* entry = access.Keys.LookupRead(key, keyLength, hash);
        if (entry == null)
        {
            access.Unlock();
            context.Counters->TouchMisses++;
            context.Node.Prefixes.Count(access, key, keyLength, MemcachedPrefixKind.Miss);
            return true;
        }

        ulong unique = withUnique ? MemcachedItem.UniqueOf(context, ref entry, hash) : 0;
        context.Counters->TouchHits++;
        context.Node.Prefixes.Count(access, key, keyLength, MemcachedPrefixKind.Hit);
        byte* to = Head(reply, key, keyLength, entry, withUnique, unique);
        LargeValue* value = null;
        if (entry->IsLarge)
        {
            value = entry->PinValue();
        }
        else
        {
            to = MemcachedReply.LineEnd(MemcachedReply.Copy(to, entry->InlinePointer, entry->InlineLength));
        }

        bool done = MemcachedItem.SetExpiry(access, entry, hash, expiry);
        access.Unlock();
        if (done && context.Common.ChecksCommands)
        {
            context.Common.Show(context.Thread, WriteVerb.Expire, key, keyLength, null, 0, expiry);
        }

        if (done)
        {
            output.Advance((int)(to - reply));
        }

        if (value != null && done)
        {
            MemcachedReply.Pinned(context.Thread, value);
        }
        else if (value != null)
        {
            LargeValue.Release(value);
        }

        return done;
    }

    // VALUE key flags bytes [unique].
    private static byte* Head(byte* to, byte* key, int keyLength, Entry* entry, bool withUnique, ulong unique)
    {
        to = MemcachedReply.Copy(to, "VALUE "u8);
        to = MemcachedReply.Copy(to, key, keyLength);
        *to++ = (byte)' ';
        to = MemcachedReply.Number(to, entry->Item.ClientFlags);
        *to++ = (byte)' ';
        to = MemcachedReply.Number(to, entry->ValueLength);
        if (withUnique)
        {
            *to++ = (byte)' ';
            to += Native.Numbers.WriteUnsigned(to, unique);
        }

        return MemcachedReply.LineEnd(to);
    }
}

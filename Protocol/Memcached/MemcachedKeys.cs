using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>delete and touch.</summary>
internal static unsafe class MemcachedKeys
{
    /// <summary>delete key [0] [noreply].</summary>
    /// <returns>False: it waits for the end of a pause.</returns>
    public static bool Delete(MemcachedThread context, MemcachedRequest* request)
    {
        MemcachedToken* words = context.Tokens;
        int count = MemcachedWords.Split(request->Arguments, request->LineEnd, words, 4);
        if (count is 0 or > 3)
        {
            MemcachedReply.WrongWords(context);
            return true;
        }

        if (count > 1)
        {
            // Once it was the time for which the key could not be added again.
            bool isZero = words[1].Is("0"u8);
            request->NoReply = words[count - 1].Is("noreply"u8);
            if (count == 2 ? !isZero && !request->NoReply : !isZero || !request->NoReply)
            {
                MemcachedReply.Error(
                    context, request, "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n"u8);
                return true;
            }
        }

        if (request->KeyLength > MemcachedParser.LongestKey)
        {
            MemcachedReply.WrongFormat(context, request);
            return true;
        }

        if (!MemcachedAvailability.AllowsWrite(context, request, needsMemory: false, out bool consumed))
        {
            return consumed;
        }

        StoreAccess access = context.Access;
        context.Node.Prefixes.Count(access, request->Key, request->KeyLength, MemcachedPrefixKind.Delete);
        access.Lock(request->Hash);
        bool found = access.Writer.Delete(request->Key, request->KeyLength, request->Hash, new ChangeNote(ChangeName.Delete));
        access.Unlock();
        if (!found)
        {
            context.Counters->DeleteMisses++;
            MemcachedReply.Line(context, request, "NOT_FOUND\r\n"u8);
            return true;
        }

        context.Counters->DeleteHits++;
        if (context.Common.ChecksCommands)
        {
            context.Common.Show(context.Thread, WriteVerb.Delete, request->Key, request->KeyLength, null, 0);
        }

        MemcachedReply.Line(context, request, "DELETED\r\n"u8);
        return true;
    }

    /// <summary>Reads a line of a key, one word more, and perhaps noreply.</summary>
    /// <returns>False: it is another, which was answered.</returns>
    public static bool TryReadWord(MemcachedThread context, MemcachedRequest* request, out MemcachedToken word)
    {
        MemcachedToken* words = context.Tokens;
        int count = MemcachedWords.Split(request->Arguments, request->LineEnd, words, 3);
        word = default;
        if (count is not (2 or 3))
        {
            MemcachedReply.WrongWords(context);
            return false;
        }

        word = words[1];
        request->NoReply = words[count - 1].Is("noreply"u8);
        if (request->KeyLength <= MemcachedParser.LongestKey)
        {
            return true;
        }

        MemcachedReply.WrongFormat(context, request);
        return false;
    }

    /// <summary>touch key exptime [noreply].</summary>
    /// <returns>False: it waits for the end of a pause.</returns>
    public static bool Touch(MemcachedThread context, MemcachedRequest* request)
    {
        if (!MemcachedKeys.TryReadWord(context, request, out MemcachedToken word))
        {
            return true;
        }

        if (!MemcachedNumber.TryRead(word, out long time))
        {
            MemcachedReply.Error(context, request, "CLIENT_ERROR invalid exptime argument\r\n"u8);
            return true;
        }

        if (!MemcachedAvailability.AllowsWrite(context, request, needsMemory: false, out bool consumed))
        {
            return consumed;
        }

        StoreAccess access = context.Access;
        long expiry = MemcachedTime.ToExpiry(time, access.Now);
        context.Counters->Touches++;
        access.Lock(request->Hash);
        Entry* entry = access.Keys.LookupNoEffects(request->Key, request->KeyLength, request->Hash);
        bool found = entry != null;
        if (found)
        {
            access.Keys.Touch(entry);
        }

        bool done = found && MemcachedItem.SetExpiry(access, entry, request->Hash, expiry);
        access.Unlock();
        if (!found)
        {
            context.Counters->TouchMisses++;
            MemcachedReply.Line(context, request, "NOT_FOUND\r\n"u8);
            return true;
        }

        context.Counters->TouchHits++;
        if (!done)
        {
            context.Counters->NoMemory++;
            MemcachedReply.Refusal(context, request, MemcachedAvailability.NoMemory);
            return true;
        }

        if (context.Common.ChecksCommands)
        {
            context.Common.Show(context.Thread, WriteVerb.Expire, request->Key, request->KeyLength, null, 0, expiry);
        }

        MemcachedReply.Line(context, request, "TOUCHED\r\n"u8);
        return true;
    }
}

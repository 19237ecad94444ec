using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>me: what the store knows of a key.</summary>
internal static unsafe class MemcachedMetaDebug
{
    /// <summary>Runs it.</summary>
    public static bool Run(MemcachedThread context, MemcachedRequest* request)
    {
        if (request->Key == null || request->KeyLength > MemcachedParser.LongestKey)
        {
            MemcachedReply.WrongFormat(context, request);
            return true;
        }

        byte* behind = request->Key + request->KeyLength;
        byte* word = MemcachedWords.Next(ref behind, request->LineEnd, out int length);
        bool isBinary = length == 1 && *word == 'b';
        if (isBinary && !MemcachedBase64.TryDecode(request, context.KeyScratch))
        {
            MemcachedReply.WrongFormat(context, request);
            return true;
        }

        if (!MemcachedAvailability.AllowsRead(context, request))
        {
            return true;
        }

        context.Counters->Meta++;
        StoreAccess access = context.Access;
        ulong hash = access.Hash(request->Key, request->KeyLength);
        byte* reply = context.Thread.Output.Reserve(MemcachedReply.MostReserved);
        access.Lock(hash);
        Entry* entry = access.Keys.LookupNoEffects(request->Key, request->KeyLength, hash);
        if (entry == null)
        {
            access.Unlock();
            context.Thread.Output.Write("EN\r\n"u8);
            return true;
        }

        // The store has no slabs.
        byte* to = MemcachedReply.Copy(reply, "ME "u8);
        to = isBinary ? MemcachedBase64.Encode(to, request->KeySpan) : MemcachedReply.Copy(to, request->Key, request->KeyLength);
        long left = entry->HasExpiry ? MemcachedTime.LeftOf(entry->Expiry, access.Now) : 1;
        to = MemcachedReply.Number(MemcachedReply.Copy(to, " exp="u8), -left);
        long idle = access.Store.CountsUses ? 0 : entry->IdleMilliseconds(access.Now) / 1000;
        to = MemcachedReply.Number(MemcachedReply.Copy(to, " la="u8), idle);
        to = MemcachedReply.Copy(to, " cas="u8);
        to += Numbers.WriteUnsigned(to, entry->Item.Unique);
        to = MemcachedReply.Copy(to, entry->IsRead ? " fetch=yes"u8 : " fetch=no"u8);
        to = MemcachedReply.Number(MemcachedReply.Copy(to, " cls=1 size="u8), entry->MemoryBytes);
        access.Unlock();
        context.Thread.Output.Advance((int)(MemcachedReply.LineEnd(to) - reply));
        return true;
    }
}

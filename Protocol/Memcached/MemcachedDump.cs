using System;
using System.Runtime.CompilerServices;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>lru_crawler metadump and stats cachedump: the keys of database 0 that memcached could have, for people who look.</summary>
internal static unsafe class MemcachedDump
{
    // Of a dump, before it is sent.
    private const int Piece = 64 * 1024;

    // Of cachedump: memcached's limit.
    private const int LongestList = 2 * 1024 * 1024;

    private const int Step = 64;

    // Others come after so many, however few keys were found.
    private const int StepsAtOnce = 256;

    private static ReadOnlySpan<byte> End => "END\r\n"u8;

    /// <summary>lru_crawler metadump all: a line for each key, its name encoded as in a URI. In pieces, between which others have their
    /// turn.</summary>
    /// <returns>False: it waits for a worker, or goes on later.</returns>
    public static bool Crawl(MemcachedThread context, MemcachedRequest* request)
    {
        MemcachedToken* words = context.Tokens;
        int count = MemcachedWords.Split(request->Arguments, request->LineEnd, words, 3);
        if (count != 2 || !words->Is("metadump"u8))
        {
            context.Counters->Errors++;
            context.Thread.Output.Write(count is 1 or 2 ? "CLIENT_ERROR lru crawler disabled\r\n"u8 : "ERROR\r\n"u8);
            return true;
        }

        if (!words[1].Is("all"u8) && !words[1].Is("1"u8))
        {
            MemcachedReply.Error(context, request, "BADCLASS invalid class id\r\n"u8);
            return true;
        }

        if (context.Thread.DeferLong())
        {
            return false;
        }

        MemcachedConnection* connection = (MemcachedConnection*)context.Thread.ProtocolState;
        if (!MemcachedAvailability.AllowsRead(context, request))
        {
            // The next one begins anew.
            connection->Cursor = 0;
            return true;
        }

        ByteBuilder text = context.Builder.Begin(Piece);
        text.State = context.Access;
        int steps = 0;
        do
        {
            connection->Cursor = KeyScan.Next(context.Access, connection->Cursor, Step, &AddMeta, Unsafe.AsPointer(ref text));
        }
        while (connection->Cursor != 0 && text.Length < Piece && ++steps < StepsAtOnce);
        bool isWhole = connection->Cursor == 0;
        if (isWhole)
        {
            text.Add(End);
        }

        text.Send();
        if (!isWhole)
        {
            if (context.Thread.Gate.IsOn)
            {
                // What there is may leave: the whole need not fit into memory.
                context.Thread.Gate.EndRequest();
            }

            context.Thread.RunAgain();
        }

        return isWhole;
    }

    /// <summary>stats cachedump class limit: so many keys, or as many as fit. There is one class, 1.</summary>
    /// <returns>False: it waits for a worker.</returns>
    public static bool List(MemcachedThread context, MemcachedRequest* request, MemcachedToken* words, int count)
    {
        if (count < 3)
        {
            MemcachedReply.Error(context, request, "CLIENT_ERROR bad command line\r\n"u8);
            return true;
        }

        if (!MemcachedNumber.TryRead(words[1], out uint identifier) || !MemcachedNumber.TryRead(words[2], out uint limit))
        {
            MemcachedReply.WrongFormat(context, request);
            return true;
        }

        const uint classes = 64;
        if (identifier >= classes)
        {
            MemcachedReply.Error(context, request, "CLIENT_ERROR Illegal slab id\r\n"u8);
            return true;
        }

        if (context.Thread.DeferLong())
        {
            return false;
        }

        if (!MemcachedAvailability.AllowsRead(context, request))
        {
            return true;
        }

        MemcachedDumpState state = new() { Left = limit == 0 ? long.MaxValue : limit, Text = context.Builder.Begin(Piece) };
        ulong cursor = 0;
        if (identifier == 1)
        {
            do
            {
                cursor = KeyScan.Next(context.Access, cursor, (int)Math.Min(state.Left, Step), &AddItem, Unsafe.AsPointer(ref state));
                context.Thread.LookAtTime();
            }
            while (cursor != 0 && state.Left > 0 && state.Text.Length < LongestList && !context.Thread.ShouldStop);
        }

        state.Text.Add(End);
        state.Text.Send();
        return true;
    }

    // A key that a client of memcached could ask for.
    private static bool IsPossible(Entry* entry)
        => entry->KeyLength is > 0 and <= MemcachedParser.LongestKey && entry->Key.IndexOfAnyInRange((byte)0, (byte)' ') < 0;

    private static void AddMeta(void* state, Entry* entry)
    {
        if (entry->KeyLength is 0 or > MemcachedParser.LongestKey)
        {
            return;
        }

        ref ByteBuilder text = ref Unsafe.AsRef<ByteBuilder>(state);
        StoreAccess access = Unsafe.As<StoreAccess>(text.State!);
        text.Add("key="u8);
        text.AddEncoded(entry->Key);
        text.Add(" exp="u8);
        text.Add(entry->HasExpiry ? entry->Expiry / 1000 : -1);
        text.Add(" la="u8);
        text.Add((access.Now - (access.Store.CountsUses ? 0 : entry->IdleMilliseconds(access.Now))) / 1000);
        text.Add(" cas="u8);
        byte* unique = stackalloc byte[Numbers.Longest];
        text.Add(new ReadOnlySpan<byte>(unique, Numbers.WriteUnsigned(unique, entry->Item.Unique)));
        text.Add(entry->IsRead ? " fetch=yes cls=1 size="u8 : " fetch=no cls=1 size="u8);
        text.Add(entry->MemoryBytes);
        text.Add("\n"u8);
    }

    private static void AddItem(void* state, Entry* entry)
    {
        ref MemcachedDumpState list = ref Unsafe.AsRef<MemcachedDumpState>(state);
        if (list.Left <= 0 || !IsPossible(entry))
        {
            return;
        }

        list.Left--;
        list.Text.Add("ITEM "u8);
        list.Text.Add(entry->Key);
        list.Text.Add(" ["u8);
        list.Text.Add(entry->ValueLength);
        list.Text.Add(" b; "u8);
        list.Text.Add(entry->Expiry / 1000);
        list.Text.Add(" s]\r\n"u8);
    }
}

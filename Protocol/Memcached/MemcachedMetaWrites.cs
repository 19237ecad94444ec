using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>ms and md.</summary>
internal static unsafe class MemcachedMetaWrites
{
    /// <summary>ms key bytes flags: stores.</summary>
    /// <returns>False: it waits for a worker, or for the end of a pause.</returns>
    public static bool Set(MemcachedThread context, MemcachedRequest* request)
    {
        context.Counters->Meta++;
        if (request->Fault is MemcachedFault.Words or MemcachedFault.Format)
        {
            if (request->Fault == MemcachedFault.Words)
            {
                MemcachedReply.WrongWords(context);
            }
            else
            {
                MemcachedReply.WrongFormat(context, request);
            }

            return true;
        }

        MemcachedMetaFlags flags = MemcachedMetaFlags.Read(context, request, request->Arguments, wordsBefore: 3);
        MemcachedVerb mode = ModeOf(ref flags);
        if (!flags.AreRight)
        {
            MemcachedMeta.Complain(context, request, flags);
            return true;
        }

        if (!MemcachedAvailability.AllowsWrite(context, request, needsMemory: true, out bool consumed))
        {
            return consumed;
        }

        request->ClientFlags = flags.ClientFlags;
        bool isTooLarge = request->Fault == MemcachedFault.TooLarge
            || request->ValueLength > MemcachedParser.MostBytes(context, request, flags.ClientFlags);
        if (isTooLarge)
        {
            MemcachedStorage.DeleteStale(context, request);
            context.Counters->TooLarge++;
            MemcachedReply.Error(context, request, "SERVER_ERROR object too large for cache\r\n"u8);
            return true;
        }

        if (request->Fault == MemcachedFault.Chunk)
        {
            context.Counters->Sets++;
            MemcachedReply.Error(context, request, "CLIENT_ERROR bad data chunk\r\n"u8);
            return true;
        }

        request->Expiry = flags.HasExpiry ? flags.Expiry : StoreAccess.NoExpiry;
        request->HasUnique = flags.HasUnique;
        request->Unique = flags.Unique;
        request->WantsUnique = flags.WantsUnique;
        request->MayBeStale = flags.Invalidates;
        if (flags.HasUnique && mode is MemcachedVerb.Set or MemcachedVerb.Replace)
        {
            mode = MemcachedVerb.CompareAndSet;
        }

        MemcachedOutcome outcome = MemcachedItem.Store(context, request, mode);
        if (outcome == MemcachedOutcome.NoMemory)
        {
            MemcachedReply.Refusal(context, request, MemcachedAvailability.NoMemory);
        }
        else if (outcome != MemcachedOutcome.Deferred && !(outcome == MemcachedOutcome.Stored && flags.IsQuiet))
        {
            Answer(context, request, flags, CodeOf(outcome));
        }

        return outcome != MemcachedOutcome.Deferred;
    }

    /// <summary>md key flags: deletes, or marks as stale.</summary>
    /// <returns>False: it waits for the end of a pause.</returns>
    public static bool Delete(MemcachedThread context, MemcachedRequest* request)
    {
        if (!MemcachedMeta.TryRead(context, request, isBrief: true, out MemcachedMetaFlags flags))
        {
            return true;
        }

        if (!MemcachedAvailability.AllowsWrite(context, request, needsMemory: false, out bool consumed))
        {
            return consumed;
        }

        StoreAccess access = context.Access;
        access.Lock(request->Hash);
        Entry* entry = access.Keys.LookupWrite(request->Key, request->KeyLength, request->Hash);
        MemcachedOutcome outcome = entry == null ? MemcachedOutcome.NotFound
            : flags.HasUnique && !MemcachedItem.Matches(request, entry->Item) ? MemcachedOutcome.Exists
            : MemcachedOutcome.Stored;
        if (outcome == MemcachedOutcome.Stored && flags.Invalidates)
        {
            outcome = Invalidate(access, request, flags, entry);
        }
        else if (outcome == MemcachedOutcome.Stored)
        {
            access.Writer.Delete(entry, request->Hash, new ChangeNote(ChangeName.Delete));
        }

        access.Unlock();
        if (outcome == MemcachedOutcome.NoMemory)
        {
            context.Counters->NoMemory++;
            MemcachedReply.Refusal(context, request, MemcachedAvailability.NoMemory);
            return true;
        }

        bool isDone = outcome == MemcachedOutcome.Stored;
        if (isDone && !flags.Invalidates)
        {
            context.Counters->DeleteHits++;
        }
        else if (!isDone)
        {
            context.Counters->DeleteMisses++;
        }

        if (isDone && context.Common.ChecksCommands)
        {
            ShowDeletion(context, request, flags);
        }

        if (!flags.IsQuiet || !isDone)
        {
            MemcachedMeta.Code(context, request, flags, CodeOf(outcome));
        }

        return true;
    }

    private static void ShowDeletion(MemcachedThread context, MemcachedRequest* request, in MemcachedMetaFlags flags)
    {
        WriteVerb verb = flags.Invalidates ? WriteVerb.Invalidate : WriteVerb.Delete;
        context.Common.Show(context.Thread, verb, request->Key, request->KeyLength, null, 0);
        if (flags.Invalidates && flags.HasExpiry)
        {
            context.Common.Show(context.Thread, WriteVerb.Expire, request->Key, request->KeyLength, null, 0, flags.Expiry);
        }
    }

    // Marks an item as stale, with a new unique for whoever asks, and the next to read it wins.
    private static MemcachedOutcome Invalidate(StoreAccess access, MemcachedRequest* request, in MemcachedMetaFlags flags, Entry* entry)
    {
        entry = access.Writer.Items.Set(entry, request->Hash, new ItemFields(entry->Item.ClientFlags, 0, ItemState.Stale));
        bool done = entry != null && (!flags.HasExpiry || MemcachedItem.SetExpiry(access, entry, request->Hash, flags.Expiry));
        return done ? MemcachedOutcome.Stored : MemcachedOutcome.NoMemory;
    }

    private static MemcachedVerb ModeOf(ref MemcachedMetaFlags flags)
    {
        if (!flags.AreRight)
        {
            return MemcachedVerb.Unknown;
        }

        MemcachedVerb mode = flags.Mode switch
        {
            0 or (byte)'S' => MemcachedVerb.Set,
            (byte)'E' => MemcachedVerb.Add,
            (byte)'A' => MemcachedVerb.Append,
            (byte)'P' => MemcachedVerb.Prepend,
            (byte)'R' => MemcachedVerb.Replace,
            _ => MemcachedVerb.Unknown,
        };
        MemcachedMeta.CheckOpaque(ref flags);
        if (mode == MemcachedVerb.Unknown)
        {
            flags.Complain("CLIENT_ERROR invalid mode for ms M token\r\n"u8);
        }

        return mode;
    }

    private static ReadOnlySpan<byte> CodeOf(MemcachedOutcome outcome) => outcome switch
    {
        MemcachedOutcome.Stored => "HD"u8,
        MemcachedOutcome.NotStored => "NS"u8,
        MemcachedOutcome.Exists => "EX"u8,
        _ => "NF"u8,
    };

    // The code, and the answers to O, k and c in the order of the flags.
    private static void Answer(MemcachedThread context, MemcachedRequest* request, in MemcachedMetaFlags flags, ReadOnlySpan<byte> code)
    {
        byte* reply = context.Thread.Output.Reserve(MemcachedReply.MostReserved);
        byte* to = MemcachedReply.Copy(reply, code);
        for (int i = 0; i < flags.Count; i++)
        {
            to = *flags.First[i].Data == 'c' ? MemcachedMeta.Unique(to, request->NewUnique)
                : MemcachedMeta.Echo(to, request, flags, flags.First + i);
        }

        context.Thread.Output.Advance((int)(MemcachedReply.LineEnd(to) - reply));
    }
}

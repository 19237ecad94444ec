using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>mg: a value, what is known of it, and the right to replace it.</summary>
internal static unsafe class MemcachedMetaGet
{
    /// <summary>Runs it.</summary>
    /// <returns>False: it waits for the end of a pause.</returns>
    public static bool Run(MemcachedThread context, MemcachedRequest* request)
    {
        if (!MemcachedMeta.TryRead(context, request, isBrief: false, out MemcachedMetaFlags flags))
        {
            return true;
        }

        if (flags.HasExpiry || flags.Vivifies || flags.Recaches)
        {
            if (!MemcachedAvailability.AllowsWrite(context, request, needsMemory: flags.Vivifies, out bool consumed))
            {
                return consumed;
            }
        }
        else if (!MemcachedAvailability.AllowsRead(context, request))
        {
            return true;
        }

        // Nothing below may make room by sending while the partition is locked.
        _ = context.Thread.Output.Reserve(MemcachedReply.MostReserved);
        StoreAccess access = context.Access;
        access.Lock(request->Hash);
        Entry* entry = access.Keys.LookupReadNoTouch(request->Key, request->KeyLength, request->Hash);
        Count(context.Counters, flags.HasExpiry, entry != null);
        bool isNew = false;
        if (entry == null && flags.Vivifies)
        {
            isNew = TryVivify(context, request, flags);
            entry = isNew ? access.Keys.LookupNoEffects(request->Key, request->KeyLength, request->Hash) : null;
        }

        if (entry == null)
        {
            access.Unlock();
            if (flags.Vivifies && !isNew)
            {
                MemcachedReply.Refusal(context, request, MemcachedAvailability.NoMemory);
            }
            else if (!flags.IsQuiet)
            {
                MemcachedMeta.Code(context, request, flags, "EN"u8);
            }

            return true;
        }

        Answer(context, request, flags, entry, isNew);
        return true;
    }

    // The entry is there; leaves the partition.
    private static void Answer(
        MemcachedThread context, MemcachedRequest* request, in MemcachedMetaFlags flags, Entry* entry, bool isNew)
    {
        StoreAccess access = context.Access;
        MemcachedMetaView view = new()
        {
            Expiry = isNew ? StoreAccess.NoExpiry : entry->Expiry,
            Idle = access.Store.CountsUses ? 0 : entry->IdleMilliseconds(access.Now),
            IsRead = entry->IsRead,
            Fields = entry->Item,
            IsNew = isNew,
        };
        if (!flags.KeepsClock)
        {
            access.Keys.Touch(entry);
        }

        view.Won = Wins(flags, view, access.Now) && MayWin(context, flags);
        bool done = TryApply(context, request, flags, ref view, ref entry);
        if (!done)
        {
            access.Unlock();
            context.Counters->NoMemory++;
            MemcachedReply.Refusal(context, request, MemcachedAvailability.NoMemory);
            return;
        }

        byte* reply = context.Thread.Output.Reserve(MemcachedReply.MostReserved);
        byte* to = view.Write(reply, request, flags, entry, access.Now);
        LargeValue* value = null;
        if (flags.WantsValue && entry->IsLarge)
        {
            value = entry->PinValue();
        }
        else if (flags.WantsValue)
        {
            to = MemcachedReply.LineEnd(MemcachedReply.Copy(to, entry->InlinePointer, entry->InlineLength));
        }

        if (flags.SetsExpiry(isNew) && flags.Expiry != StoreAccess.NoExpiry && access.IsPast(flags.Expiry))
        {
            access.Writer.Delete(entry, request->Hash, new ChangeNote(ChangeName.Delete));
        }

        access.Unlock();
        context.Thread.Output.Advance((int)(to - reply));
        if (value != null)
        {
            MemcachedReply.Pinned(context.Thread, value);
        }

        if (context.Common.ChecksCommands && isNew)
        {
            context.Common.Show(
                context.Thread, WriteVerb.Set, request->Key, request->KeyLength, null, 0, flags.VivifyExpiry);
        }

        if (context.Common.ChecksCommands && flags.SetsExpiry(isNew))
        {
            context.Common.Show(context.Thread, WriteVerb.Expire, request->Key, request->KeyLength, null, 0, flags.Expiry);
        }
    }

    private static void Count(MemcachedCounters* counters, bool touches, bool found)
    {
        if (touches)
        {
            counters->Touches++;
            _ = found ? counters->TouchHits++ : counters->TouchMisses++;
            return;
        }

        counters->Gets++;
        _ = found ? counters->GetHits++ : counters->GetMisses++;
    }

    // N: an empty item, whose maker has the right to fill it.
    private static bool TryVivify(MemcachedThread context, MemcachedRequest* request, in MemcachedMetaFlags flags)
    {
        StoreAccess access = context.Access;
        ItemFields fields = new(0, flags.WantsUnique ? access.Store.Uniques.Next() : 0, ItemState.WinSent);
        ChangeNote note = new(ChangeName.Set, flags.VivifyExpiry > 0 ? ChangeName.Expire : ChangeName.None);
        return access.Writer.Items.Put(
            request->Key, request->KeyLength, request->Hash, null, 0, fields, note, flags.VivifyExpiry) == StoreResult.Ok;
    }

    // Whether the client gets the right to replace the value.
    private static bool Wins(in MemcachedMetaFlags flags, in MemcachedMetaView view, long now)
    {
        if (view.IsNew || (view.Fields.State & ItemState.WinSent) != 0)
        {
            return view.IsNew;
        }

        long expiry = flags.RecachesLast ? flags.Expiry : view.Expiry;
        return (view.Fields.State & ItemState.Stale) != 0
            || (flags.Recaches && expiry != StoreAccess.NoExpiry && MemcachedTime.LeftOf(expiry, now) < flags.RecacheSeconds(now));
    }

    // Who only reads is not refused because the right to replace cannot be noted; nobody gets it then.
    private static bool MayWin(MemcachedThread context, in MemcachedMetaFlags flags)
        => !context.Common.ChecksCommands || flags.Recaches || flags.HasExpiry || flags.Vivifies
            || (!context.Common.Store.KeepsExpired && MemcachedAvailability.WriteRefusal(context, needsMemory: true).IsEmpty);

    // What changes the entry, which may move. False: there is no memory for it.
    private static bool TryApply(
        MemcachedThread context, MemcachedRequest* request, in MemcachedMetaFlags flags, ref MemcachedMetaView view, ref Entry* entry)
    {
        StoreAccess access = context.Access;
        ulong hash = request->Hash;
        if (view.Won && !view.IsNew)
        {
            ItemFields fields = new(view.Fields.ClientFlags, view.Fields.Unique, view.Fields.State | ItemState.WinSent);
            Entry* changed = access.Writer.Items.Set(entry, hash, fields);
            if (changed == null)
            {
                return false;
            }

            entry = changed;
        }

        if (flags.WantsUnique)
        {
            view.Unique = MemcachedItem.UniqueOf(context, ref entry, hash);
        }

        bool isGone = flags.Expiry != StoreAccess.NoExpiry && access.IsPast(flags.Expiry);
        if (flags.SetsExpiry(view.IsNew) && !isGone)
        {
            if (!MemcachedItem.SetExpiry(access, entry, hash, flags.Expiry))
            {
                return false;
            }

            entry = access.Keys.LookupNoEffects(request->Key, request->KeyLength, hash);
        }

        return entry != null;
    }
}

using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>Items of the store, whose partition is locked.</summary>
internal static unsafe class MemcachedItem
{
    /// <summary>An item's unique, given to it now when nobody has asked for it before.</summary>
    /// <param name="context">The thread's part.</param>
    /// <param name="entry">The entry, which may move.</param>
    /// <param name="hash">Its key's hash.</param>
    /// <returns>0: there is no memory for one, or the node is a replica and its master gives it.</returns>
    public static ulong UniqueOf(MemcachedThread context, ref Entry* entry, ulong hash)
    {
        if (entry->Item.Unique == 0)
        {
            Entry* assigned = context.Access.Writer.Items.AssignUnique(entry, hash);
            entry = assigned == null ? entry : assigned;
        }

        return entry->Item.Unique;
    }

    /// <summary>Sets when an item expires; one whose time has passed goes at once. The entry may have moved afterwards.</summary>
    /// <returns>False: there is no memory for it.</returns>
    public static bool SetExpiry(StoreAccess access, Entry* entry, ulong hash, long expiry)
    {
        if (expiry != StoreAccess.NoExpiry && access.IsPast(expiry))
        {
            access.Writer.Delete(entry, hash, new ChangeNote(ChangeName.Delete));
            return true;
        }

        ChangeName name = expiry == StoreAccess.NoExpiry ? ChangeName.Persist : ChangeName.Expire;
        return access.Writer.SetExpiry(entry, hash, expiry, new ChangeNote(name));
    }

    /// <summary>Stores a request's value on the condition that its command has, and counts it. Nothing is locked.</summary>
    /// <param name="context">The thread's part.</param>
    /// <param name="request">Names key, value, flags, expiry time and unique.</param>
    /// <param name="mode">set, add, replace, append, prepend or cas.</param>
    public static MemcachedOutcome Store(MemcachedThread context, MemcachedRequest* request, MemcachedVerb mode)
    {
        bool edits = mode is MemcachedVerb.Append or MemcachedVerb.Prepend;
        if (MemcachedValue.IsLong(context, request) && context.Thread.DeferLong())
        {
            return MemcachedOutcome.Deferred;
        }

        LargeValue* block = null;
        if (!edits && !MemcachedValue.TryPrepare(context, request, out block))
        {
            context.Counters->NoMemory++;
            return MemcachedOutcome.NoMemory;
        }

        // Monitors are shown the value afterwards.
        bool isShown = context.Common.ChecksCommands;
        LargeValue* pinned = isShown ? block : null;
        if (pinned != null)
        {
            LargeValue.Pin(pinned);
        }

        MemcachedOutcome outcome = edits ? Extend(context, request, mode) : Replace(context, request, mode, ref block);
        if (isShown && outcome == MemcachedOutcome.Stored)
        {
            WriteVerb verb = mode switch
            {
                MemcachedVerb.Append => WriteVerb.Append,
                MemcachedVerb.Prepend => WriteVerb.Prepend,
                _ => WriteVerb.Set,
            };
            byte* value = pinned == null ? request->Value : pinned->Data;
            context.Common.Show(
                context.Thread, verb, request->Key, request->KeyLength, value, request->ValueLength, edits ? 0 : request->Expiry);
        }

        if (pinned != null)
        {
            LargeValue.Release(pinned);
        }

        if (block != null)
        {
            LargeValue.Release(block);
        }

        if (outcome != MemcachedOutcome.Deferred)
        {
            Count(context.Counters, mode, outcome);
        }

        return outcome;
    }

    // set, add, replace, cas. The block is null afterwards when it was stored.
    private static MemcachedOutcome Replace(MemcachedThread context, MemcachedRequest* request, MemcachedVerb mode, ref LargeValue* block)
    {
        StoreAccess access = context.Access;
        bool isGone = request->Expiry != StoreAccess.NoExpiry && access.IsPast(request->Expiry);
        ItemState state = ItemState.None;
        long expiry = request->Expiry;
        access.Lock(request->Hash);
        if (mode != MemcachedVerb.Set || isGone)
        {
            Entry* entry = access.Keys.LookupWrite(request->Key, request->KeyLength, request->Hash);
            MemcachedOutcome refusal = RefusalOf(access.Store, request, mode, entry, ref state);
            if (refusal != MemcachedOutcome.Stored)
            {
                access.Unlock();
                return refusal;
            }

            // A stale value lives as long as the one that it replaces.
            isGone &= state == ItemState.None;
            expiry = state == ItemState.None ? expiry : StoreAccess.KeepExpiry;
            if (isGone && entry != null)
            {
                access.Writer.Delete(entry, request->Hash, new ChangeNote(ChangeName.Delete));
            }
        }

        request->NewUnique = request->WantsUnique ? access.Store.Uniques.Next() : 0;
        StoreResult result = isGone ? StoreResult.Ok : Put(access, request, block, state, expiry);
        access.Unlock();
        block = result == StoreResult.Ok && !isGone ? null : block;
        return result == StoreResult.Ok ? MemcachedOutcome.Stored : MemcachedOutcome.NoMemory;
    }

    private static StoreResult Put(StoreAccess access, MemcachedRequest* request, LargeValue* block, ItemState state, long expiry)
    {
        ItemFields fields = new(request->ClientFlags, request->NewUnique, state);
        ChangeNote note = new(ChangeName.Set, expiry > 0 ? ChangeName.Expire : ChangeName.None);
        return block == null
            ? access.Writer.Items.Put(
                request->Key, request->KeyLength, request->Hash, request->Value, request->ValueLength, fields, note, expiry)
            : access.Writer.Items.Put(request->Key, request->KeyLength, request->Hash, block, fields, note, expiry);
    }

    // Why a key is not given the value; Stored: it is. The state is what it has then.
    private static MemcachedOutcome RefusalOf(
        KeyValueStore store, MemcachedRequest* request, MemcachedVerb mode, Entry* entry, ref ItemState state)
    {
        switch (mode)
        {
            case MemcachedVerb.Add:
                return entry == null ? MemcachedOutcome.Stored : MemcachedOutcome.NotStored;
            case MemcachedVerb.Replace:
                return entry == null ? MemcachedOutcome.NotStored : MemcachedOutcome.Stored;
            case MemcachedVerb.CompareAndSet when entry == null:
                return MemcachedOutcome.NotFound;
            case MemcachedVerb.CompareAndSet:
                ItemFields fields = entry->Item;
                if (Matches(request, fields))
                {
                    return MemcachedOutcome.Stored;
                }

                // A value without a unique was stored since anybody asked for one: it is younger than any that was given.
                ulong youngest = fields.Unique != 0 ? fields.Unique : (ulong)store.Uniques.Last + 1;
                if (!request->MayBeStale || request->Unique == 0 || request->Unique >= youngest)
                {
                    return MemcachedOutcome.Exists;
                }

                state = ItemState.Stale | (fields.State & ItemState.WinSent);
                return MemcachedOutcome.Stored;
            default:
                return MemcachedOutcome.Stored;
        }
    }

    /// <summary>Whether an item's unique is the one that a request asks for.</summary>
    public static bool Matches(MemcachedRequest* request, ItemFields fields) => request->Unique != 0 && request->Unique == fields.Unique;

    // append, prepend.
    private static MemcachedOutcome Extend(MemcachedThread context, MemcachedRequest* request, MemcachedVerb mode)
    {
        StoreAccess access = context.Access;
        int added = request->ValueLength;
        if (!access.Editor.TryLock(request->Key, request->KeyLength, request->Hash, mayCopy: !context.Thread.OnEventLoop, out Entry* entry))
        {
            // A worker makes the copy that it needs.
            _ = context.Thread.DeferLong();
            return MemcachedOutcome.Deferred;
        }

        MemcachedOutcome refusal = entry == null ? MemcachedOutcome.NotStored
            : request->HasUnique && request->Unique != 0 && !Matches(request, entry->Item) ? MemcachedOutcome.Exists
            : entry->ValueLength + added > MemcachedParser.MostBytes(context, request, entry->Item.ClientFlags) ? MemcachedOutcome.NotStored
            : entry->ValueLength > Engine.Server.BulkBytes && context.Thread.OnEventLoop ? MemcachedOutcome.Deferred
            : MemcachedOutcome.Stored;
        if (refusal != MemcachedOutcome.Stored)
        {
            access.Unlock();
            if (refusal == MemcachedOutcome.Deferred)
            {
                _ = context.Thread.DeferLong();
            }

            return refusal;
        }

        entry->ForgetReads();
        long before = entry->ValueLength;
        byte* data = access.Editor.Begin(
            request->Key, request->KeyLength, request->Hash, entry, before + added, keepsClientFlags: true);
        if (data == null)
        {
            access.Unlock();
            return MemcachedOutcome.NoMemory;
        }

        bool isAppend = mode == MemcachedVerb.Append;
        if (!isAppend)
        {
            Buffer.MemoryCopy(data, data + added, before, before);
        }

        Buffer.MemoryCopy(request->Value, data + (isAppend ? before : 0), added, added);
        access.Editor.Commit(isAppend ? before : 0, isAppend ? added : before + added, new ChangeNote(ChangeName.Append));
        if (request->WantsUnique)
        {
            entry = access.Keys.LookupNoEffects(request->Key, request->KeyLength, request->Hash);
            request->NewUnique = entry == null ? 0 : UniqueOf(context, ref entry, request->Hash);
        }

        access.Unlock();
        return MemcachedOutcome.Stored;
    }

    private static void Count(MemcachedCounters* counters, MemcachedVerb mode, MemcachedOutcome outcome)
    {
        counters->Sets++;
        if (outcome == MemcachedOutcome.NoMemory)
        {
            counters->NoMemory++;
        }
        else if (mode == MemcachedVerb.CompareAndSet)
        {
            _ = outcome switch
            {
                MemcachedOutcome.Stored => counters->CompareHits++,
                MemcachedOutcome.NotFound => counters->CompareMisses++,
                _ => counters->CompareBad++,
            };
        }
    }
}

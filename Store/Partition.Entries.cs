namespace Epollsrv.Store;

// Putting whole entries in and out: index, counters and memory together.
internal unsafe partial struct Partition
{
    /// <summary>Enters a record that holds a key the partition does not have yet.</summary>
    internal void Insert(Entry* entry, ulong hash)
    {
        BeginChange(hash);
        Index(entry, hash);
        Count++;
        if (entry->HasExpiry)
        {
            ExpiringCount++;
        }

        GrowIfCrowded();
    }

    /// <summary>Lets a new record take the place of an old one with the same key, whose own memory is freed.</summary>
    internal void Supersede(Entry* old, Entry* entry, ulong hash)
    {
        BeginChange(hash);
        Reindex(old, entry, hash);
        ExpiringCount += (entry->HasExpiry ? 1 : 0) - (old->HasExpiry ? 1 : 0);
        FreeStorage(old);
    }

    /// <summary>Removes an entry and frees what it held. Other entries may move.</summary>
    internal void Remove(Entry* entry, ulong hash)
    {
        BeginChange(hash);
        Unindex(entry, hash);
        Count--;
        if (entry->HasExpiry)
        {
            ExpiringCount--;
        }

        if (entry->IsLarge)
        {
            Stripe->DeferFree(entry->LargeBlock);
        }

        FreeStorage(entry);
        ShrinkIfSparse();
    }

    /// <summary>Marks the chain of a hash as one that may hold an expiring entry.</summary>
    internal void NoteExpiring(ulong hash) => BucketAt(BucketNumber(hash))->MayExpire = true;

    // A record beyond all classes (its key is that long) lives in a large block, right behind the block's header.
    private void FreeStorage(Entry* entry)
    {
        int sizeClass = SizeClasses.Of(entry->RecordSize);
        if (sizeClass == SizeClasses.None)
        {
            Stripe->DeferFree((LargeValue*)((byte*)entry - LargeValue.HeaderSize));
            return;
        }

        FreeRecord((byte*)entry, sizeClass);
    }
}

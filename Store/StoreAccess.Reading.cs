using System.Runtime.CompilerServices;

namespace Epollsrv.Store;

// Looking keys up in the partition entered. None of these returns an expired key.
public sealed unsafe partial class StoreAccess
{
    /// <summary>Finds a key for reading: counts a hit or a miss and notes the use.</summary>
    /// <returns>The entry, or null when there is none.</returns>
    public Entry* Find(byte* key, int keyLength, ulong hash)
    {
        Entry* entry = Look(key, keyLength, hash);
        if (entry != null)
        {
            Touch(entry);
        }

        return entry;
    }

    /// <summary>Finds a key for reading: counts a hit or a miss, but does not note the use (EXISTS, TTL).</summary>
    /// <returns>The entry, or null when there is none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Entry* Look(byte* key, int keyLength, ulong hash)
    {
        Entry* entry = _current->Lookup(key, keyLength, hash);
        if (entry != null && entry->IsExpired(_now))
        {
            entry = MeetExpired(entry, hash);
        }

        if (entry == null)
        {
            _stripe->Misses++;
            if (ReportsMisses)
            {
                Tell(key, keyLength, hash, ChangeName.Miss);
            }

            return null;
        }

        _stripe->Hits++;
        return entry;
    }

    /// <summary>Finds a key for writing: notes the use, counts nothing.</summary>
    /// <returns>The entry, or null when there is none.</returns>
    public Entry* FindForWrite(byte* key, int keyLength, ulong hash)
    {
        Entry* entry = Peek(key, keyLength, hash);
        if (entry != null)
        {
            Touch(entry);
        }

        return entry;
    }

    /// <summary>Finds a key and leaves no trace, except that an expired one is removed (<see cref="Mode"/>).</summary>
    /// <returns>The entry, or null when there is none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Entry* Peek(byte* key, int keyLength, ulong hash)
    {
        Entry* entry = _current->Lookup(key, keyLength, hash);
        return entry != null && entry->IsExpired(_now) ? MeetExpired(entry, hash) : entry;
    }

    /// <summary>Notes a use of an entry for eviction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Touch(Entry* entry)
    {
        uint clock = entry->Clock;
        uint used = Store.CountsUses
            ? AccessClock.Use(clock, _now, ref _current->RandomState)
            : AccessClock.Recency(_now);

        // A cache line that needs no change stays shared between processors.
        if (used != clock && !KeepsClocks)
        {
            entry->Clock = used;
        }
    }

    /// <summary>Milliseconds since the entry was last used, to 128 ms; wraps after 24.8 days. Not under an LFU policy.</summary>
    public long IdleMilliseconds(Entry* entry) => AccessClock.IdleMilliseconds(entry->Clock, _now);

    /// <summary>The logarithmic use counter, 0 to 255, as Redis's OBJECT FREQ. Only under an LFU policy.</summary>
    public int Frequency(Entry* entry) => AccessClock.Frequency(entry->Clock, _now);

    /// <summary>Makes an entry look as if last used so long ago (RESTORE … IDLETIME).</summary>
    public void SetIdle(Entry* entry, long idleMilliseconds) => entry->Clock = AccessClock.WithIdle(idleMilliseconds, _now);

    /// <summary>Gives an entry a use counter of 0 to 255 (RESTORE … FREQ).</summary>
    public void SetFrequency(Entry* entry, int frequency) => entry->Clock = AccessClock.WithFrequency(frequency, _now);

    /// <summary>Bytes an entry takes: record, its share of the index, large block.</summary>
    public static long MemoryOf(Entry* entry)
    {
        const int indexShare = 11;
        long size = entry->RecordSize;
        int sizeClass = SizeClasses.Of(size);
        long record = sizeClass == SizeClasses.None ? LargeHeap.CostOf(size) : SizeClasses.SizeOf(sizeClass);
        return record + indexShare + (entry->IsLarge ? entry->LargeBlock->BlockBytes : 0);
    }

    /// <summary>Takes a reference to the entry's large value, so that it can be read after the partition is left.
    /// Give it back with <see cref="LargeValue.Release"/>. Only when <see cref="Entry.IsLarge"/>.</summary>
    public static LargeValue* Pin(Entry* entry)
    {
        LargeValue* value = entry->LargeBlock;
        LargeValue.Pin(value);
        return value;
    }

    private uint FirstClock => Store.CountsUses
        ? AccessClock.FirstUse(_now)
        : AccessClock.Recency(_now);

    // The one place where it is decided what becomes of a key whose time has passed: the entry that the access is to see, or null.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Entry* MeetExpired(Entry* entry, ulong hash)
    {
        if (Mode == AccessMode.Told)
        {
            return entry;
        }

        if (Mode == AccessMode.Normal && !Store.KeepsExpired)
        {
            Expire(entry, hash);
        }

        return null;
    }

    private void Expire(Entry* entry, ulong hash)
    {
        _stripe->Expired++;
        Remove(_current, entry, hash, EffectCause.Expired, new ChangeNote(ChangeName.Expired));
    }
}

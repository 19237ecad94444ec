using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Epollsrv.Store;

// The end of every change: whoever observes is told, once, with the final bytes and the partition's lock still held.
public sealed unsafe partial class StoreAccess
{
    private int _groupDepth;
    private int _oneRecordDepth;
    private GroupRoom _room;
    private bool _hasRoom;

    /// <summary>Whether a group is open: its effects are seen by nobody else before its end.</summary>
    public bool IsGrouped => _groupDepth != 0;

    /// <summary>Whether the innermost open group is the only one.</summary>
    public bool IsOutermostGroup => _groupDepth == 1;

    /// <summary>Whether the innermost open group is one command that the log gets as it came.</summary>
    public bool IsOneRecord => _oneRecordDepth != 0 && _oneRecordDepth == _groupDepth;

    /// <summary>
    /// Opens a group: changes of several keys that are one for the log and for readers. All its partitions are held
    /// (<see cref="EnterMany"/>), until after <see cref="EndGroup"/>. Groups nest: a command inside EXEC.
    /// </summary>
    /// <param name="oneRecord">Whether the group is one command, and the log gets it as it came (MSET, RENAME …). There is none such inside another.</param>
    public void BeginGroup(bool oneRecord)
    {
        _groupDepth++;
        if (oneRecord)
        {
            Debug.Assert(_oneRecordDepth == 0, "a command inside a command");
            _oneRecordDepth = _groupDepth;
        }
    }

    /// <summary>
    /// Plans a put of the open group: <see cref="TryMakeRoom"/> then makes room for all that are planned, so that none of them fails or evicts: the group
    /// is done whole or not at all, and what it reads stays. The key's partition is entered.
    /// </summary>
    /// <param name="key">The key's bytes.</param>
    /// <param name="keyLength">Their number.</param>
    /// <param name="hash">Its <see cref="Hash"/>.</param>
    /// <param name="valueLength">Bytes of the value; a large one has a block already.</param>
    /// <param name="expires">Whether it is put with an expiry time.</param>
    public void PlanPut(byte* key, int keyLength, ulong hash, long valueLength, bool expires)
    {
        Entry* entry = _current->Lookup(key, keyLength, hash);
        long size = Entry.SizeFor(keyLength, IsLargeValue(keyLength, valueLength) ? sizeof(LargeValue*) : valueLength, expires);
        int sizeClass = SizeClasses.Of(size);
        if (entry == null || sizeClass == SizeClasses.None || SizeClasses.Of(entry->RecordSize) != sizeClass)
        {
            _room.Add(_current->Number, sizeClass, size);
        }
    }

    /// <summary>Plans a block for a large value of the open group.</summary>
    public void PlanBlock(long length) => _room.Add(0, SizeClasses.None, length);

    /// <summary>
    /// Makes room for the planned puts, all of them into the database selected now, evicting as a put does. All partitions of the group are held, none is entered.
    /// </summary>
    /// <param name="planAgain">Whether keys were evicted, perhaps some of those that were to be overwritten: then the puts are to be planned again.</param>
    /// <returns>False: memory is out, and the puts are not to be made.</returns>
    public bool TryMakeRoom(out bool planAgain)
    {
        long bytes = _room.Bytes(Store, Database);
        long evictions = _evictions;
        _room.Clear();
        bool made = TakeBudget(bytes);
        if (made)
        {
            // The puts take it again, whatever others took meanwhile.
            Store.Budget->Return(bytes);
        }

        planAgain = made && _evictions != evictions;
        _hasRoom = made && !planAgain;
        return made;
    }

    /// <summary>Closes the group opened last.</summary>
    public void EndGroup()
    {
        _hasRoom = false;
        if (Store.ObservesJournal)
        {
            Store.Observers->GroupEnded(this);
        }

        if (_oneRecordDepth == _groupDepth)
        {
            _oneRecordDepth = 0;
        }

        _groupDepth--;
    }

    /// <summary>
    /// Tells of a key whose partition is entered without changing it: a second key of a command whose effects are told already
    /// (RENAME tells of the old name first).
    /// </summary>
    public void Tell(byte* key, int keyLength, ulong hash, ChangeName name)
    {
        if ((_stripe->Observers & ObserverKinds.Notifications) != 0)
        {
            Effect effect = new()
            {
                Kind = EffectKind.Told,
                Database = Database,
                Note = new ChangeNote(name),
                Key = key,
                KeyLength = keyLength,
                Hash = hash,
                IsGrouped = IsGrouped,
            };
            Store.Observers->Notifications(Owner, &effect);
        }
    }

    // One test of one word, for whoever observes nothing.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Commit(EffectKind kind, Entry* entry, ulong hash, ChangeNote note)
    {
        if (_stripe->Observers != ObserverKinds.None)
        {
            CommitObserved(_current, kind, EffectCause.Asked, entry, hash, note, kind == EffectKind.Put && _placedIsNew);
        }

        MarkCommitted(_stripe);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CommitObserved(
        Partition* partition, EffectKind kind, EffectCause cause, Entry* entry, ulong hash, ChangeNote note, bool isNew, long offset = 0, long length = 0)
    {
        Effect effect = new()
        {
            Kind = kind,
            Cause = cause,
            IsNew = isNew,
            IsGrouped = IsGrouped,
            Database = partition->Database,
            Note = note,
            Key = entry->KeyPointer,
            KeyLength = entry->KeyLength,
            Hash = hash,
            Entry = kind == EffectKind.Delete ? null : entry,
            Offset = offset,
            Length = length,
        };
        ObserverKinds observers = partition->Stripe->Observers;
        if ((observers & ObserverKinds.Watches) != 0 && !note.KeepsFromWatchers)
        {
            partition->Stripe->Watches.Mark(effect.Database, effect.Key, effect.KeyLength, hash);
        }

        if ((observers & ObserverKinds.Notifications) != 0)
        {
            Store.Observers->Notifications(Owner, &effect);
        }

        if ((observers & ObserverKinds.Journal) != 0)
        {
            Store.Observers->Journal(this, &effect);
        }
    }

    /// <summary>Commits a change of whole databases. All partitions are held.</summary>
    internal void CommitDatabases(EffectKind kind, int database, int other, ChangeNote note)
    {
        if ((Store.StripeAt(0)->Observers & ObserverKinds.Journal) != 0)
        {
            Effect effect = new() { Kind = kind, Database = database, OtherDatabase = other, IsGrouped = IsGrouped, Note = note };
            Store.Observers->Journal(this, &effect);
        }
    }

    // Commits a deletion and removes the entry. The bytes of the key are there until then.
    private void Remove(Partition* partition, Entry* entry, ulong hash, EffectCause cause, ChangeNote note)
    {
        if (partition->Stripe->Observers != ObserverKinds.None)
        {
            CommitObserved(partition, EffectKind.Delete, cause, entry, hash, note, isNew: false);
        }

        partition->Remove(entry, hash);
        MarkCommitted(partition->Stripe);
    }

    [Conditional("DEBUG")]
    private static void MarkCommitted(Stripe* stripe)
    {
#if DEBUG
        stripe->HasUncommittedChange = false;
#endif
    }

    [Conditional("DEBUG")]
    private static void CheckCommitted(Stripe* stripe)
    {
#if DEBUG
        if (stripe->HasUncommittedChange)
        {
            System.Environment.FailFast("a partition was changed, and no effect of it was committed before its lock was given back");
        }
#endif
    }
}

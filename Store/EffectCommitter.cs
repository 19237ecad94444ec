using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Epollsrv.Store;

/// <summary>
/// The end of every change of one access: whoever observes is told, once, with the final bytes and the partition's lock still held.
/// </summary>
public sealed unsafe class EffectCommitter
{
    private readonly StoreAccess _access;
    private readonly StoreObservers* _observers;

    internal EffectCommitter(StoreAccess access)
    {
        _access = access;
        _observers = access.Store.Observers;
    }

    /// <summary>
    /// Tells of a key whose partition is locked without changing it: a second key of a command whose effects are told already
    /// (RENAME tells of the old name first).
    /// </summary>
    public void Tell(byte* key, int keyLength, ulong hash, ChangeName name)
    {
        if ((_access.Stripe->Observers & ObserverKinds.Notifications) != 0)
        {
            Effect effect = new()
            {
                Kind = EffectKind.Told,
                Database = _access.Database,
                Note = new ChangeNote(name),
                Key = key,
                KeyLength = keyLength,
                Hash = hash,
                IsGrouped = _access.Group.IsOpen,
            };
            _observers->Notifications(_access.Owner, &effect);
        }
    }

    /// <summary>Commits a change of an entry, of an edit the bytes that were
    /// written. One test of one word, for whoever observes nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Commit(EffectKind kind, Entry* entry, ulong hash, ChangeNote note, bool isNew, long offset = 0, long length = 0)
    {
        _access.Stripe->Changes++;
        if (_access.Stripe->Observers != ObserverKinds.None)
        {
            CommitObserved(_access.Current, kind, EffectCause.Asked, entry, hash, note, isNew, offset, length);
        }

        MarkCommitted(_access.Stripe);
    }

    /// <summary>Commits a change of an item's fields alone, which only the log is told of.</summary>
    internal void CommitItem(Entry* entry, ulong hash, EffectCause cause)
    {
        if ((_access.Stripe->Observers & ObserverKinds.Journal) != 0)
        {
            Effect effect = Describe(_access.Current, EffectKind.Item, cause, entry, hash);
            _observers->Journal(_access, &effect);
        }

        MarkCommitted(_access.Stripe);
    }

    /// <summary>Commits a change of whole databases. All partitions are held.</summary>
    internal void CommitDatabases(EffectKind kind, int database, int other, ChangeNote note)
    {
        _access.Store.StripeAt(0)->Changes++;
        if ((_access.Store.StripeAt(0)->Observers & ObserverKinds.Journal) != 0)
        {
            Effect effect = new()
            {
                Kind = kind,
                Database = database,
                OtherDatabase = other,
                IsGrouped = _access.Group.IsOpen,
                Note = note
            };
            _observers->Journal(_access, &effect);
        }
    }

    /// <summary>Commits a deletion and removes the entry. The bytes of the key are there until then.</summary>
    internal void Remove(Partition* partition, Entry* entry, ulong hash, EffectCause cause, ChangeNote note)
    {
        if (partition->Stripe->Observers != ObserverKinds.None)
        {
            CommitObserved(partition, EffectKind.Delete, cause, entry, hash, note, isNew: false);
        }

        partition->Stripe->Changes += cause == EffectCause.Asked ? 1 : 0;
        partition->Remove(entry, hash);
        MarkCommitted(partition->Stripe);
    }

    /// <summary>In a debug build: a change was committed, or given up.</summary>
    [Conditional("DEBUG")]
    internal static void MarkCommitted(Stripe* stripe)
    {
#if DEBUG
        stripe->HasUncommittedChange = false;
#endif
    }

    /// <summary>In a debug build: ends the process when a partition was changed without a committed effect.</summary>
    [Conditional("DEBUG")]
    internal static void CheckCommitted(Stripe* stripe)
    {
#if DEBUG
        if (stripe->HasUncommittedChange)
        {
            System.Environment.FailFast("a partition was changed, and no effect of it was committed before its lock was given back");
        }
#endif
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CommitObserved(
        Partition* partition, EffectKind kind, EffectCause cause, Entry* entry, ulong hash, ChangeNote note, bool isNew,
        long offset = 0, long length = 0)
    {
        Effect effect = Describe(partition, kind, cause, entry, hash);
        effect.IsNew = isNew;
        effect.Note = note;
        effect.Offset = offset;
        effect.Length = length;
        ObserverKinds observers = partition->Stripe->Observers;
        if ((observers & ObserverKinds.Watches) != 0 && !note.KeepsFromWatchers)
        {
            partition->Stripe->Watches.Mark(effect.Database, effect.Key, effect.KeyLength, hash);
        }

        // The log first: who is told must not be told of what has no position yet.
        if ((observers & ObserverKinds.Journal) != 0)
        {
            _observers->Journal(_access, &effect);
        }

        if ((observers & ObserverKinds.Notifications) != 0)
        {
            _observers->Notifications(_access.Owner, &effect);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Effect Describe(Partition* partition, EffectKind kind, EffectCause cause, Entry* entry, ulong hash) => new()
    {
        Kind = kind,
        Cause = cause,
        IsGrouped = _access.Group.IsOpen && ((_access.LockedPartitions >> partition->Number) & 1) != 0,
        Database = partition->Database,
        Key = entry->KeyPointer,
        KeyLength = entry->KeyLength,
        Hash = hash,
        Entry = kind == EffectKind.Delete ? null : entry,
    };
}

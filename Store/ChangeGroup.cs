using System.Diagnostics;

namespace Epollsrv.Store;

/// <summary>
/// Changes of several keys by one access that are one for the log and for readers: done whole or not at all. All their partitions are held
/// from before <see cref="Begin"/> until after <see cref="End"/>. Groups nest: a command inside EXEC.
/// </summary>
public sealed unsafe class ChangeGroup
{
    private readonly StoreAccess _access;
    private int _depth;
    private int _oneRecordDepth;
    private GroupRoom _room;

    internal ChangeGroup(StoreAccess access) => _access = access;

    /// <summary>Whether a group is open: its effects are seen by nobody else before its end.</summary>
    public bool IsOpen => _depth != 0;

    /// <summary>Whether the innermost open group is the only one.</summary>
    public bool IsOutermost => _depth == 1;

    /// <summary>Whether the innermost open group is one command that the log gets as it came.</summary>
    public bool IsOneRecord => _oneRecordDepth != 0 && _oneRecordDepth == _depth;

    /// <summary>Whether room for the puts of the open group was made, so that none of them is refused or evicts.</summary>
    internal bool HasRoom { get; private set; }

    /// <summary>Opens a group.</summary>
    /// <param name="oneRecord">Whether the group is one command, and the log gets
    /// it as it came (MSET, RENAME …). There is none such inside another.</param>
    public void Begin(bool oneRecord)
    {
        _depth++;
        if (oneRecord)
        {
            Debug.Assert(_oneRecordDepth == 0, "a command inside a command");
            _oneRecordDepth = _depth;
        }
    }

    /// <summary>
    /// Plans a put of the open group: <see cref="TryMakeRoom"/> then makes room for all that
    /// are planned, so that none of them fails or evicts. The key's partition is locked.
    /// </summary>
    /// <param name="key">The key's bytes.</param>
    /// <param name="keyLength">Their number.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="valueLength">Bytes of the value; a large one has a block already.</param>
    /// <param name="expires">Whether it is put with an expiry time.</param>
    /// <param name="hasItem">Whether it is put with an item's fields that are not all zero.</param>
    public void PlanPut(byte* key, int keyLength, ulong hash, long valueLength, bool expires, bool hasItem = false)
    {
        Partition* partition = _access.Current;
        Entry* entry = partition->Lookup(key, keyLength, hash);
        EntryFlags flags = Entry.FlagsFor(hasItem ? EntryFlags.HasItem : EntryFlags.None, keyLength, expires);
        long size = Entry.SizeFor(flags, keyLength, Entry.IsLargeValue(keyLength, valueLength) ? sizeof(LargeValue*) : valueLength);
        if (entry == null || !SizeClasses.AreSame(size, entry->RecordSize))
        {
            _room.Add(partition->Number, SizeClasses.Of(size), size);
        }
    }

    /// <summary>Plans a block for a large value of the open group.</summary>
    public void PlanBlock(long length) => _room.Add(0, SizeClasses.None, length);

    /// <summary>
    /// Makes room for the planned puts, all of them into the database selected now,
    /// evicting as a put does. All partitions of the group are locked, and none is the present one.
    /// </summary>
    /// <param name="planAgain">Whether keys were evicted, perhaps some of those
    /// that were to be overwritten: then the puts are to be planned again.</param>
    /// <returns>False: memory is out, and the puts are not to be made.</returns>
    public bool TryMakeRoom(out bool planAgain)
    {
        long bytes = _room.Bytes(_access.Store, _access.Database);
        long evictions = _access.Memory.Evictions;
        _room.Clear();
        bool made = _access.Memory.TryTake(bytes);
        if (made)
        {
            // The puts take it again, whatever others took meanwhile.
            _access.Store.Budget->Return(bytes);
        }

        planAgain = made && _access.Memory.Evictions != evictions;
        HasRoom = made && !planAgain;
        return made;
    }

    /// <summary>Closes the group opened last.</summary>
    public void End()
    {
        HasRoom = false;
        if (_access.Store.ObservesJournal)
        {
            _access.Store.Observers->GroupEnded(_access);
        }

        if (_oneRecordDepth == _depth)
        {
            _oneRecordDepth = 0;
        }

        _depth--;
    }

    /// <summary>
    /// Closes all open groups, because the request that opened them was given
    /// up. Their changes so far are told. Their partitions are still locked.
    /// </summary>
    public void EndAll()
    {
        _room.Clear();
        while (IsOpen)
        {
            End();
        }
    }
}

namespace Epollsrv.Store;

/// <summary>
/// Who gets the entries of a snapshot. Called under a partition's lock: by the walker, and by any thread that is about to change a chain of
/// entries. Calls for one partition number come one after the other, calls for different ones at the same time. Both must be
/// quick, must not throw and must not use the store, except for pinning values and <see cref="StoreSnapshot.Abort"/>.
/// </summary>
/// <param name="saveEntry">
/// The context, the number of the partition, that of the database in which the entry was when the snapshot began, and
/// the entry as it was then. Its bytes may be read until the call returns; a large value may be pinned instead
/// (<see cref="Entry.PinValue"/>). An entry whose time has passed and that nobody has removed is one like any other.
/// </param>
/// <param name="endChain">
/// The context, partition and database of the entries since the last call for this partition, all of one chain; and
/// whether the thread is not the walker: a writer that is about to change one of them, and that waits.
/// </param>
public readonly unsafe struct SnapshotConsumer(
    delegate*<object, int, int, Entry*, void> saveEntry, delegate*<object, int, int, bool, void> endChain)
{
    /// <summary>Is given an entry.</summary>
    public readonly delegate*<object, int, int, Entry*, void> SaveEntry = saveEntry;

    /// <summary>Is told that a chain was given whole.</summary>
    public readonly delegate*<object, int, int, bool, void> EndChain = endChain;
}

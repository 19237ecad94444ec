namespace Epollsrv.Store;

/// <summary>
/// What the store calls when keys change. Set before the store is used by more than one thread; which of them are called says
/// <see cref="KeyValueStore.Observe"/>. All run under a partition's lock: they must be quick and must not use the store.
/// </summary>
public unsafe struct StoreObservers
{
    /// <summary>Keyspace notifications: an effect, with the access's <see cref="StoreAccess.Owner"/>.</summary>
    public delegate*<object?, Effect*, void> Notifications;

    /// <summary>The log: an effect, with the access.</summary>
    public delegate*<StoreAccess, Effect*, void> Journal;

    /// <summary>The log: the end of a group, all its partitions still locked.</summary>
    public delegate*<StoreAccess, void> GroupEnded;
}

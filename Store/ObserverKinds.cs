using System;

namespace Epollsrv.Store;

/// <summary>Who wants to know of changes: one word of each stripe of partitions.</summary>
[Flags]
public enum ObserverKinds
{
    /// <summary>Nobody.</summary>
    None = 0,

    /// <summary>Connections that watch keys of it.</summary>
    Watches = 1,

    /// <summary>Keyspace notifications.</summary>
    Notifications = 2,

    /// <summary>The log.</summary>
    Journal = 4,

    /// <summary>A snapshot in progress.</summary>
    Snapshot = 8,
}

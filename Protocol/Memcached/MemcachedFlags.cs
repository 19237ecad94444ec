using System;

namespace Epollsrv.Protocol.Memcached;

/// <summary>What a connection is in the middle of.</summary>
[Flags]
internal enum MemcachedFlags
{
    /// <summary>Nothing; in a new connection it is not known yet.</summary>
    None = 0,

    /// <summary>It is known whether it needs the password.</summary>
    Known = 1,

    /// <summary>It has to give the password first.</summary>
    NeedsPassword = 2,

    /// <summary>A wrong password was given and waits for its answer.</summary>
    Delayed = 4,
}

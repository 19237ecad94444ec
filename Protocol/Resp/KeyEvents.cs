using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>The kinds of keyspace notifications that exist here; numbers as in Redis, letters in notify-keyspace-events.</summary>
[Flags]
internal enum KeyEvents
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>K: to __keyspace@0__:KEY.</summary>
    Keyspace = 1 << 0,

    /// <summary>E: to __keyevent@0__:EVENT.</summary>
    Keyevent = 1 << 1,

    /// <summary>g: del, expire, rename …</summary>
    Generic = 1 << 2,

    /// <summary>$: string commands.</summary>
    String = 1 << 3,

    /// <summary>x: a key's time had come.</summary>
    Expired = 1 << 8,

    /// <summary>e: a key made room.</summary>
    Evicted = 1 << 9,

    /// <summary>m: a key that was looked for in vain.</summary>
    Miss = 1 << 11,

    /// <summary>n: a key that was not there before.</summary>
    New = 1 << 14,
}

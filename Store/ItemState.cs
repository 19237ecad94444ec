using System;

namespace Epollsrv.Store;

/// <summary>What memcached's meta commands have noted at an item. Any write of the value clears it.</summary>
[Flags]
public enum ItemState : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The value was invalidated (md with I) and stays until it is replaced.</summary>
    Stale = 1,

    /// <summary>A client was told that it won the right to replace the value (the flag W); others get Z.</summary>
    WinSent = 2,
}

using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>The conditions of EXPIRE and its sisters.</summary>
[Flags]
internal enum ExpireOptions
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>NX: only when there is no time.</summary>
    IfNone = 1,

    /// <summary>XX: only when there is one.</summary>
    IfAny = 2,

    /// <summary>GT: only when the new time is later; no time counts as the latest.</summary>
    IfLater = 4,

    /// <summary>LT: only when the new time is earlier.</summary>
    IfEarlier = 8,
}

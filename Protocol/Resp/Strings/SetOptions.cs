using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>The options of SET and GETEX.</summary>
[Flags]
internal enum SetOptions
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>NX: only when there is none.</summary>
    IfAbsent = 1,

    /// <summary>XX: only when there is one.</summary>
    IfPresent = 2,

    /// <summary>GET: reply what was there.</summary>
    Get = 4,

    /// <summary>KEEPTTL.</summary>
    KeepExpiry = 8,

    /// <summary>PERSIST.</summary>
    Persist = 16,

    /// <summary>EX: seconds from now.</summary>
    Seconds = 32,

    /// <summary>PX: milliseconds from now.</summary>
    Milliseconds = 64,

    /// <summary>EXAT: Unix time in seconds.</summary>
    AtSeconds = 128,

    /// <summary>PXAT: Unix time in milliseconds.</summary>
    AtMilliseconds = 256,

    /// <summary>A time is given.</summary>
    AnyTime = Seconds | Milliseconds | AtSeconds | AtMilliseconds,
}

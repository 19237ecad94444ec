using System;

namespace Epollsrv.Protocol.Http;

/// <summary>What was done for the request that a connection is in the middle of.</summary>
[Flags]
internal enum HttpStateFlags : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>100 Continue was sent.</summary>
    Continued = 1,

    /// <summary>Its wrong password has cost the delay already: answer now.</summary>
    Delayed = 2,
}

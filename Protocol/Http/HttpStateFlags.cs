using System;

namespace Epollsrv.Protocol.Http;

/// <summary>What was done for the request that a connection is in the middle of, and before.</summary>
[Flags]
internal enum HttpStateFlags : byte
{
    None = 0,

    /// <summary>100 Continue was sent.</summary>
    Continued = 1,

    /// <summary>Its wrong password has cost the delay already: answer now.</summary>
    Delayed = 2,

    /// <summary>Its password waits until it is looked at.</summary>
    Held = 4,

    /// <summary>The connection gave the right password before: it is not held because others guess. Kept between requests.</summary>
    Trusted = 8,
}

namespace Epollsrv.Protocol.Http;

/// <summary>Request methods (RFC 9110 §9.3). Those after <see cref="Options"/> are known and refused everywhere.</summary>
internal enum HttpMethod : byte
{
    /// <summary>None that is known: 501.</summary>
    Unknown,

    Get,
    Head,
    Put,
    Delete,
    Post,
    Options,

    /// <summary>TRACE, PATCH: 405.</summary>
    Refused,

    /// <summary>CONNECT, whose target is no path: 501.</summary>
    Connect,
}

namespace Epollsrv.Protocol.Http;

/// <summary>Request methods (RFC 9110 §9.3). Those after <see cref="Options"/> are known and refused everywhere.</summary>
internal enum HttpMethod : byte
{
    /// <summary>None that is known: 501.</summary>
    Unknown,

    /// <summary>GET.</summary>
    Get,

    /// <summary>HEAD.</summary>
    Head,

    /// <summary>PUT.</summary>
    Put,

    /// <summary>DELETE.</summary>
    Delete,

    /// <summary>POST.</summary>
    Post,

    /// <summary>OPTIONS.</summary>
    Options,

    /// <summary>TRACE, PATCH: 405.</summary>
    Refused,

    /// <summary>CONNECT, whose target is no path: 501.</summary>
    Connect,
}

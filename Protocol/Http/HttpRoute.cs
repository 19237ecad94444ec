namespace Epollsrv.Protocol.Http;

/// <summary>What a request asks for, by its path (<see cref="HttpRouter"/>).</summary>
internal enum HttpRoute : byte
{
    /// <summary>Nothing that is here: 404.</summary>
    None,

    /// <summary>"*" of OPTIONS: the server itself.</summary>
    Server,

    Page,
    Status,
    History,
    Metrics,
    Health,
    Ready,
    KeyValue,
    File,
    Pieces,
    Listing,

    /// <summary>"/files": redirected.</summary>
    ListingWithoutSlash,
    Count,
}

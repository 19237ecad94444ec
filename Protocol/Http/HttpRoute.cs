namespace Epollsrv.Protocol.Http;

/// <summary>What a request asks for, by its path.</summary>
internal enum HttpRoute : byte
{
    /// <summary>Nothing that is here: 404.</summary>
    None,

    /// <summary>"*" of OPTIONS: the server itself.</summary>
    Server,

    /// <summary>"/": the page.</summary>
    Page,

    /// <summary>"/status.json": what the page shows.</summary>
    Status,

    /// <summary>"/metrics".</summary>
    Metrics,

    /// <summary>"/healthz".</summary>
    Health,

    /// <summary>"/readyz".</summary>
    Ready,

    /// <summary>"/kv/KEY".</summary>
    KeyValue,

    /// <summary>"/files/NAME".</summary>
    File,

    /// <summary>"/pieces/NAME": the hashes of a file's pieces.</summary>
    Pieces,

    /// <summary>"/files/".</summary>
    Listing,

    /// <summary>"/files": redirected.</summary>
    ListingWithoutSlash,

    Count,
}

namespace Epollsrv.Protocol.Http;

/// <summary>Request fields this server looks at. A field before <see cref="Connection"/> may be sent only once.</summary>
internal enum HttpField
{
    /// <summary>Any other.</summary>
    Other,

    /// <summary>Host.</summary>
    Host,

    /// <summary>Content-Length.</summary>
    ContentLength,

    /// <summary>Transfer-Encoding.</summary>
    TransferEncoding,

    /// <summary>Content-Type; only its repetition is of interest.</summary>
    ContentType,

    /// <summary>Content-Range.</summary>
    ContentRange,

    /// <summary>Expect.</summary>
    Expect,

    /// <summary>Range.</summary>
    Range,

    /// <summary>If-Range.</summary>
    IfRange,

    /// <summary>If-Modified-Since.</summary>
    IfModifiedSince,

    /// <summary>If-Unmodified-Since.</summary>
    IfUnmodifiedSince,

    /// <summary>Authorization.</summary>
    Authorization,

    /// <summary>Origin.</summary>
    Origin,

    /// <summary>Sec-Fetch-Site.</summary>
    FetchSite,

    /// <summary>Connection, a list.</summary>
    Connection,

    /// <summary>If-Match, a list.</summary>
    IfMatch,

    /// <summary>If-None-Match, a list.</summary>
    IfNoneMatch,

    /// <summary>Accept, a list.</summary>
    Accept,

    /// <summary>How many there are.</summary>
    Count,
}

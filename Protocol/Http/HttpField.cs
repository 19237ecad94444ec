namespace Epollsrv.Protocol.Http;

/// <summary>Request fields this server looks at. From <see cref="Connection"/> on they are lists; others may be sent only once.</summary>
internal enum HttpField
{
    Other,
    Host,
    ContentLength,
    TransferEncoding,

    /// <summary>Only its repetition is of interest.</summary>
    ContentType,
    ContentRange,
    Expect,
    Range,
    IfRange,
    IfModifiedSince,
    IfUnmodifiedSince,
    Authorization,
    Origin,
    FetchSite,
    Connection,
    IfMatch,
    IfNoneMatch,
    Accept,
    Count,
}

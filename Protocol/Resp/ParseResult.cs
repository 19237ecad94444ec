namespace Epollsrv.Protocol.Resp;

/// <summary>What came of looking for a request.</summary>
internal enum ParseResult
{
    /// <summary>It is all there.</summary>
    Complete,

    /// <summary>Its end has not arrived.</summary>
    Incomplete,

    /// <summary>It breaks the protocol.</summary>
    Failed,
}

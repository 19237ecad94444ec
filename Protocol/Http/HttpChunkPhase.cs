namespace Epollsrv.Protocol.Http;

/// <summary>What a chunked body goes on with (RFC 9112 §7.1).</summary>
internal enum HttpChunkPhase : byte
{
    /// <summary>The line with a chunk's size.</summary>
    Size,

    /// <summary>A chunk's bytes and the CRLF behind them.</summary>
    Data,

    /// <summary>Trailer fields up to the empty line.</summary>
    Trailer,

    /// <summary>Nothing: the body is whole.</summary>
    Whole,
}

using System.Runtime.InteropServices;

namespace Epollsrv.Protocol.Http;

/// <summary>
/// An HTTP connection's part of <see cref="Engine.ConnectionSlot.ProtocolState"/>: how far the request that has begun was
/// understood. All zero between two requests. Offsets count from the first byte of that request.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Engine.ConnectionSlot.ProtocolBytes)]
internal struct HttpState
{
    /// <summary>Bytes of the head looked at (<see cref="HttpParser.FindEnd"/>).</summary>
    public int Searched;

    /// <summary>Offset of the line that <see cref="Searched"/> is in.</summary>
    public int Line;

    /// <summary>Field lines so far.</summary>
    public int Fields;

    /// <summary>Bytes of the head once it is whole and the request was found good, else 0.</summary>
    public int HeadLength;

    /// <summary>Bytes behind the head that were decoded, in chunks or not.</summary>
    public int Decoded;

    /// <summary>Chunked: offset of the first byte not looked at yet.</summary>
    public int Next;

    /// <summary>Chunked: bytes left of the present chunk.</summary>
    public int ChunkLeft;

    /// <summary>Bytes there were of the request when its timer was set last.</summary>
    public int TimedAt;

    /// <summary>Chunked: bytes spent on extensions and trailers, which are limited.</summary>
    public ushort Extra;

    /// <summary>Chunked: what comes next.</summary>
    public HttpChunkPhase Phase;

    /// <summary>What was done for this request.</summary>
    public HttpStateFlags Flags;
}

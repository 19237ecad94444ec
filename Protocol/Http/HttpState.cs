using System.Runtime.InteropServices;

namespace Epollsrv.Protocol.Http;

/// <summary>
/// An HTTP connection's part of <see cref="Engine.ConnectionSlot.ProtocolState"/>: how far the request that has begun was
/// understood. All zero between two requests, but for one flag. Offsets count from the first byte of that request. What is only needed
/// until the head is whole shares its place with what is only needed afterwards.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Engine.ConnectionSlot.ProtocolBytes)]
internal struct HttpState
{
    /// <summary>Bytes of the head looked at (<see cref="HttpParser.FindEnd"/>).</summary>
    [FieldOffset(0)]
    public int Searched;

    /// <summary>Offset of the line that <see cref="Searched"/> is in.</summary>
    [FieldOffset(4)]
    public int Line;

    /// <summary>Field lines so far.</summary>
    [FieldOffset(8)]
    public int Fields;

    /// <summary>Bytes of the head once it is whole and the request was found good, else 0.</summary>
    [FieldOffset(12)]
    public int HeadLength;

    /// <summary>Bytes behind the head that were decoded, in chunks or not.</summary>
    [FieldOffset(0)]
    public int Decoded;

    /// <summary>Chunked: offset of the first byte not looked at yet.</summary>
    [FieldOffset(4)]
    public int Next;

    /// <summary>Chunked: bytes left of the present chunk.</summary>
    [FieldOffset(8)]
    public int ChunkLeft;

    /// <summary>Bytes there were of the request when its timer was set last.</summary>
    [FieldOffset(16)]
    public int TimedAt;

    /// <summary>Chunked: bytes spent on extensions and trailers, which are limited.</summary>
    [FieldOffset(20)]
    public ushort Extra;

    /// <summary>Chunked: what comes next.</summary>
    [FieldOffset(22)]
    public HttpChunkPhase Phase;

    /// <summary>What was done for this request.</summary>
    [FieldOffset(23)]
    public HttpStateFlags Flags;
}

using System.Runtime.InteropServices;

namespace Epollsrv.Protocol.Memcached;

/// <summary>A connection's part of <see cref="Engine.ConnectionSlot.ProtocolState"/>. Owner only.</summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
internal struct MemcachedConnection
{
    /// <summary>Bytes: what the engine gives.</summary>
    public const int Size = Engine.ConnectionSlot.ProtocolBytes;

    /// <summary>Bytes of a refused value that are still to be thrown away.</summary>
    public long Swallow;

    /// <summary>Where lru_crawler metadump goes on; 0: at its beginning.</summary>
    public ulong Cursor;

    /// <summary>Bytes of the unfinished line that have no line end.</summary>
    public int Searched;

    /// <summary>What it is in the middle of.</summary>
    public MemcachedFlags Flags;
}

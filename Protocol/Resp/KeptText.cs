using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>A text that a connection keeps: its name, its library's. In a
/// pooled buffer, changed by <see cref="RespSessionTable.TrySet"/>.</summary>
internal unsafe struct KeptText
{
    /// <summary>The first byte; null when it is empty.</summary>
    public byte* Data;

    /// <summary>Bytes.</summary>
    public int Length;

    /// <summary>Bytes of the buffer.</summary>
    public int Capacity;

    /// <summary>The text. The connection's owner, others only under the table's lock (<see cref="RespSessionTable.Append"/>).</summary>
    public readonly ReadOnlySpan<byte> Span => new(Data, Length);
}

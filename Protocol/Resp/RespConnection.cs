using System.Runtime.InteropServices;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// A RESP connection's part of <see cref="Engine.ConnectionSlot.ProtocolState"/>: all that a connection without a
/// <see cref="RespSession"/> needs. Owner only; CLIENT LIST reads it in passing.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
internal struct RespConnection
{
    /// <summary>Bytes: what the engine gives.</summary>
    public const int Size = Engine.ConnectionSlot.ProtocolBytes;

    /// <summary>What it is in the middle of.</summary>
    public RespFlags Flags;

    /// <summary>Its place in <see cref="RespSessionTable"/>; 0: it has none.</summary>
    public int Session;

    /// <summary>How far an unfinished long request was looked at, bytes from its start; 0: not at all.</summary>
    public int ResumeOffset;

    /// <summary>Arguments of that request behind <see cref="ResumeOffset"/>.</summary>
    public int ResumeRemaining;

    /// <summary>The CLIENT PAUSE in which it is among those that are woken, see <see cref="ClientPause"/>; 0: none yet.</summary>
    public int HeldIn;

    /// <summary>Number of the last command, see <see cref="CommandTable"/>.</summary>
    public ushort LastCommand;

    /// <summary>The database that SELECT chose.</summary>
    public ushort Database;
}

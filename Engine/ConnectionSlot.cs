using System.Runtime.InteropServices;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// One connection: 128 bytes of native memory, two cache lines, all that an idle connection costs this process.
/// <see cref="State"/> and <see cref="Mailbox"/> are shared and touched only by <see cref="ConnectionState"/> and
/// <see cref="PostedMessage"/>; everything else belongs to the owner (the holder of SCHEDULED). Slots are never freed.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = Size)]
internal unsafe struct ConnectionSlot
{
    /// <summary>Bytes of a slot.</summary>
    public const int Size = 128;

    /// <summary>Bytes that belong to the connection's protocol.</summary>
    public const int ProtocolBytes = 24;

    /// <summary>Generation and bits, see <see cref="ConnectionState"/>.</summary>
    public ulong State;

    /// <summary>Messages of other connections, newest first; a lock-free list. See <see cref="PostedMessage"/>.</summary>
    public PostedMessage* Mailbox;

    /// <summary>The socket, or −1 in a free slot.</summary>
    public int Descriptor;

    /// <summary>Index into the server's protocols; 0 finds out from the first bytes.</summary>
    public byte Protocol;

    /// <summary>The listener that accepted it, or <see cref="Connector.Listener"/>.</summary>
    public byte Listener;

    /// <summary>What the owner remembers between rounds.</summary>
    public ConnectionFlags Flags;

    /// <summary>Received and not yet consumed: a pooled buffer, or null.</summary>
    public byte* Input;

    /// <summary>Bytes used of <see cref="Input"/>.</summary>
    public int InputLength;

    /// <summary>Bytes there are of <see cref="Input"/>.</summary>
    public int InputCapacity;

    /// <summary>Queued output, oldest first.</summary>
    public OutputSegment* OutputHead;

    /// <summary>The last of the queued output.</summary>
    public OutputSegment* OutputTail;

    /// <summary>Bytes of queued output (file ranges count nothing), wherever they lie.</summary>
    public long OutputBytes;

    /// <summary>Bytes of memory held for the connection beside <see cref="Input"/>, the mailbox and what the protocol keeps: queued output
    /// that is nobody else's, and what a command is at work on (<see cref="ConnectionLimits.Hold"/>). The loop reads it as a
    /// hint.</summary>
    public long Held;

    /// <summary>Server-wide number of the connection, from 1, never used twice.</summary>
    public long Identifier;

    /// <summary>Milliseconds of the server's clock at the last turn; the loop reads it for deadlines, which a stale value delays.</summary>
    public uint LastActive;

    /// <summary>The same clock when the connection began.</summary>
    public uint Created;

    /// <summary>The same clock when output was last accepted by the kernel, or when the draining before a close began.</summary>
    public uint LastProgress;

    /// <summary>Least bytes of input before the protocol can go on (0: any); saves parsing a long request again and again.</summary>
    public int Needed;

    /// <summary>The protocol's own bytes, zero in a new connection.</summary>
    public fixed byte ProtocolState[ProtocolBytes];

    /// <summary>When the timer of <see cref="Deadlines.SetTimer"/> rings, by the server's clock; the loop reads it as a hint.</summary>
    public uint TimerDue;

    /// <summary>
    /// What lies in <see cref="Mailbox"/>, in units of <see cref="PostedMessage.Unit"/> bytes. Changed by any thread, see
    /// <see cref="PostedMessage.Count"/>.
    /// </summary>
    public uint Posted;

    /// <summary>The other side's address: 0, or −errno when the connection is gone. Protocols do not need the descriptor itself.</summary>
    public readonly int PeerAddress(out SocketAddress address) => Socket.PeerAddress(Descriptor, out address);

    /// <summary>Our side's address, in the same way.</summary>
    public readonly int LocalAddress(out SocketAddress address) => Socket.LocalAddress(Descriptor, out address);
}

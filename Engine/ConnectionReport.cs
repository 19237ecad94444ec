using System.Globalization;
using System.Runtime.CompilerServices;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>The log's lines about single connections, of level debug: opened, marked to be closed, closed and why. Nothing is built while
/// that level is off.</summary>
internal static unsafe class ConnectionReport
{
    private const int Debug = 7;

    /// <summary>A connection was accepted or begun. Its owner.</summary>
    public static void Opened(Server server, ConnectionSlot* slot)
    {
        if (server.Logs(Debug))
        {
            string? peer = Peer(slot);
            string local = slot->LocalAddress(out SocketAddress address) < 0 ? "?" : address.ToString();
            bool isOurs = slot->Listener == Connector.Listener;
            server.Log(Debug, Name(slot) + " opened" + (isOurs ? " by this node" : " from " + (peer ?? "?") + " to " + local),
                new("connection", slot->Identifier), new("peer", peer));
        }
    }

    /// <summary>The loop has marked one to be closed. Any thread: what is read of it is a hint.</summary>
    public static void Killed(Server server, ConnectionSlot* slot, string why)
    {
        if (server.Logs(Debug))
        {
            server.Log(Debug, Name(slot) + " is closed: " + why, new LogField("connection", slot->Identifier));
        }
    }

    /// <summary>One is being closed; what it holds is still there. Its owner.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Closing(ThreadContext thread, ConnectionSlot* slot)
    {
        if (thread.Server.Logs(Debug))
        {
            WriteClosing(thread, slot);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteClosing(ThreadContext thread, ConnectionSlot* slot)
    {
        string reason = Reason(thread, slot);
        uint milliseconds = thread.Server.Milliseconds(thread.Started) - slot->Created;
        thread.Server.Log(Debug, Name(slot) + " closed after " + Number(milliseconds) + " ms: " + reason,
            new("connection", slot->Identifier), new("peer", Peer(slot)), new("milliseconds", milliseconds), new("reason", reason));
    }

    // In this order: what made the node close it comes before what follows from that.
    private static string Reason(ThreadContext thread, ConnectionSlot* slot)
        => ConnectionState.IsClosing(&slot->State) ? "ended by the node: a time-out, a limit, CLIENT KILL or the like"
            : thread.Broken ? "reset by the peer, or by the node instead of a reply"
            : (slot->Flags & (ConnectionFlags.Draining | ConnectionFlags.CloseAfterFlush)) != 0 ? "ended by the node after its last reply"
            : (slot->Flags & ConnectionFlags.InputEnded) != 0
                ? slot->InputLength > 0 ? "ended by the peer in the middle of a request" : "ended by the peer"
            : thread.Server.IsStopping ? "the node stops"
            : "reset by the peer";

    private static string Name(ConnectionSlot* slot) => "connection " + Number(slot->Identifier);

    // Null: the kernel does not know it any more, or not yet.
    private static string? Peer(ConnectionSlot* slot) => slot->PeerAddress(out SocketAddress address) < 0 ? null : address.ToString();

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}

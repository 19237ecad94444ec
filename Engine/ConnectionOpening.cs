using System;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>Makes a connection of a descriptor and a free slot. Event loop only.</summary>
internal static unsafe class ConnectionOpening
{
    /// <summary>Fills the slot, registers the descriptor, and lets others know the connection.</summary>
    /// <param name="server">The server.</param>
    /// <param name="index">From <see cref="ConnectionTable.Take"/>.</param>
    /// <param name="begin">Descriptor, protocol, listener and flags of the connection; the rest is set here.</param>
    /// <param name="token">The connection's.</param>
    /// <returns>0, or −errno: the slot is free again and the descriptor is closed.</returns>
    public static int Open(Server server, int index, in ConnectionBeginning begin, out ulong token)
    {
        ConnectionSlot* slot = server.Connections.At(index);
        uint now = server.Milliseconds(server.Loop.Context.Started);
        slot->Descriptor = begin.Descriptor;
        slot->Protocol = begin.Protocol;
        slot->Listener = begin.Listener;
        slot->Flags = begin.Flags;
        slot->Identifier = server.NextIdentifier();
        slot->Created = now;
        slot->LastActive = now;
        slot->LastProgress = now;
        slot->Needed = 0;
        slot->Held = 0;
        new Span<byte>(slot->ProtocolState, ConnectionSlot.ProtocolBytes).Clear();

        // Opened last: until then nobody can queue or kill it, and its events wait for this thread.
        token = ConnectionTable.Token(ConnectionState.NextGeneration(&slot->State), index);
        int result = server.Poller.Register(begin.Descriptor, token);
        if (result < 0)
        {
            slot->Descriptor = -1;
            Descriptor.Close(begin.Descriptor);
            server.Connections.Return(index);
            return result;
        }

        ConnectionReport.Opened(server, slot);
        slot->Mailbox = null; // not before: a slot that goes back takes no messages
        server.Connections.Owners.NoteGivenUp(token);
        ConnectionState.Open(&slot->State);
        if (Volatile.Read(ref *(nint*)&slot->Mailbox) != 0) // pairs with ConnectionSignals.Post: one of the two sees the other
        {
            // A message for the slot's last connection, which somebody posted when the mailbox was open again and the slot was not.
            server.Signals.WakeForMail(token);
        }

        return 0;
    }
}

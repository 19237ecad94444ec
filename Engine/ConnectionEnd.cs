using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>The one place where a connection is closed.</summary>
internal static unsafe class ConnectionEnd
{
    /// <summary>
    /// Ends the connection that the thread owns: its generation first, so that everything in flight for it becomes
    /// stale and nobody can queue the slot, then what it holds, then the descriptor, and the slot last. Owner only.
    /// </summary>
    public static void Close(ThreadContext thread, ConnectionSlot* slot)
    {
        Server server = thread.Server;
        ConnectionReport.Closing(thread, slot);
        if ((slot->Flags & ConnectionFlags.HasSession) != 0)
        {
            delegate*<ThreadContext, void> ended = server.Protocols[slot->Protocol].Ended;
            if (ended != null)
            {
                ended(thread);
            }
        }

        int index = (int)(uint)thread.Token;
        Deadlines.Unwatch(server, slot);
        Deadlines.ClearTimer(thread);
        Deadlines.Unpace(server, slot);
        server.Gate.Forget(index);
        ConnectionState.Close(&slot->State);
        Mailbox.Close(server.Buffers, slot);
        ConnectionInput.Release(server.Buffers, slot);
        OutputQueue.Clear(server.Buffers, slot);
        int descriptor = slot->Descriptor;
        slot->Flags = 0;
        Volatile.Write(ref slot->Descriptor, -1); // pairs with LoadShedder.Shed: what the connection held is free

        // Closing takes it out of epoll: nothing here duplicates descriptors.
        Descriptor.Close(descriptor);
        thread.Counters->Closed++;
        server.Connections.Return(index);
        server.Loop.Acceptor.ConnectionClosed();
    }
}

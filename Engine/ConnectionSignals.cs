using System.Threading;

namespace Epollsrv.Engine;

/// <summary>What one connection, or the loop, does to another by its token: ending it, posting to it, waking it.</summary>
internal sealed unsafe class ConnectionSignals(Server server)
{
    /// <summary>Ends another connection as soon as its present owner is done with it. Any thread of the engine.</summary>
    /// <returns>False when it was gone already.</returns>
    public bool Kill(ulong token)
    {
        ConnectionState.Mark mark = ConnectionState.MarkClosing(&server.Connections.Slot(token)->State, (uint)(token >> 32));
        ScheduleWhenMarked(token, mark);
        return mark != ConnectionState.Mark.Stale;
    }

    /// <summary>
    /// Posts bytes to another connection (pub/sub, monitor), or only wakes it (<paramref name="bytes"/> null). Takes a reference
    /// of its own. Any thread of the engine.
    /// </summary>
    /// <param name="token">The receiver.</param>
    /// <param name="bytes">The bytes, or null.</param>
    /// <param name="kind">Meaning is the receiving protocol's.</param>
    /// <param name="position">The position of the log before which the receiver's peer must not see the message; 0: none.</param>
    /// <returns>False when the connection was gone or is about to be closed.</returns>
    public bool Post(ulong token, SharedBytes* bytes, int kind, long position = 0)
    {
        ConnectionSlot* slot = server.Connections.Slot(token);
        uint generation = (uint)(token >> 32);
        ulong state = Volatile.Read(ref slot->State); // pairs with Close and MarkClosing; checked again at delivery
        if (ConnectionState.Generation(state) != generation || (state & ConnectionState.Closing) != 0)
        {
            return false;
        }

        PostedMessage* message = (PostedMessage*)server.Buffers.TryRent(sizeof(PostedMessage), out _);
        if (message == null)
        {
            // Better closed than waiting for what it was not told.
            _ = Kill(token);
            return false;
        }

        message->Bytes = bytes;
        message->Generation = generation;
        message->Kind = kind;
        message->Position = position;
        if (bytes != null)
        {
            SharedBytes.AddReference(bytes);
        }

        PostedMessage.Count(slot, message, add: true);
        if (!PostedMessage.Push(slot, message))
        {
            Mailbox.Discard(server.Buffers, slot, message);
            return false;
        }

        ConnectionState.Mark mark = ConnectionState.MarkReady(&slot->State, generation, ConnectionState.Posted);
        ScheduleWhenMarked(token, mark);
        if (mark != ConnectionState.Mark.Stale)
        {
            return true;
        }

        // It ended meanwhile. Its end took the message along, or the message lies with the slot's next connection, which is to drop it now
        // and not only at its own end; one that is being admitted looks itself.
        if (server.Connections.TryGetToken((int)(uint)token, out ulong next)) // pairs with ConnectionState.Open
        {
            WakeForMail(next);
        }

        return false;
    }

    /// <summary>Something lies in a connection's mailbox. Any thread of the engine.</summary>
    public void WakeForMail(ulong token) => Wake(token, ConnectionState.Posted);

    /// <summary>A connection that waits with output may send it now. Event loop.</summary>
    public void WakeForOutput(ulong token) => Wake(token, ConnectionState.Write);

    private void Wake(ulong token, uint bits)
        => ScheduleWhenMarked(token, ConnectionState.MarkReady(&server.Connections.Slot(token)->State, (uint)(token >> 32), bits));

    private void ScheduleWhenMarked(ulong token, ConnectionState.Mark mark)
    {
        if (mark == ConnectionState.Mark.Schedule)
        {
            server.Queues.Add(token);

            // A thread of the engine drains the queue after its present job; with --dispatch queue the loop does not.
            if (server.Options.Dispatch == DispatchPolicy.Queue)
            {
                _ = server.Parking.Wake(1);
            }
        }
    }
}

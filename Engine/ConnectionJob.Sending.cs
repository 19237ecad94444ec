using System.Runtime.CompilerServices;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <content>Sending what is queued, and the way to a close that loses nothing.</content>
internal static unsafe partial class ConnectionJob
{
    private static Outcome FlushQueue(Turn turn, ConnectionSlot* slot)
    {
        Server server = turn.Server;
        ReplyGate gate = server.Gate;
        int index = (int)(uint)turn.Token;
        OutputSender.Result result;
        do
        {
            result = OutputSender.Flush(server.Buffers, slot, server.Options.BytesPerTurn, gate.Durable, out long sent, server.Options.Pacing);
            turn.Counters->BytesOut += sent;
            if (sent > 0)
            {
                slot->LastProgress = server.Milliseconds(turn.Started);
            }
        }
        while (result == OutputSender.Result.Held && !gate.TryWait(index, slot));

        if (result == OutputSender.Result.Held)
        {
            // The log is late and not the peer: no deadline.
            Deadlines.Unwatch(server, slot);
            Deadlines.Unpace(server, slot);
            return Outcome.Idle;
        }

        gate.Leave(index, slot);

        if (result == OutputSender.Result.Paced)
        {
            Deadlines.Pace(server, slot);
            return Outcome.Idle;
        }

        Deadlines.Unpace(server, slot);
        switch (result)
        {
            case OutputSender.Result.Broken:
                turn.Counters->Resets++;

                // A file cut short must not look like a whole one: the peer sees a reset, not an end.
                Socket.ResetOnClose(slot->Descriptor);
                return Outcome.Close;
            case OutputSender.Result.Budget:
                _ = ConnectionState.MarkReady(&slot->State, (uint)(turn.Token >> 32), ConnectionState.Write);
                return Outcome.Requeue;
            case OutputSender.Result.Blocked:
                turn.Counters->OutputBlocked++;
                Deadlines.Watch(server, slot, turn.Started);
                return Outcome.Idle;
            default:
                Deadlines.Unwatch(server, slot);
                return Outcome.Idle;
        }
    }

    private static Outcome BeginDrain(Turn turn, ConnectionSlot* slot)
    {
        // Closing with unread input would reset the connection and could eat the reply just sent.
        Socket.ShutdownSend(slot->Descriptor);

        // The time first: the sweep may look at the same moment, and with an old one it would close at once what is to be drained.
        slot->LastProgress = turn.Server.Milliseconds(turn.Started);
        Volatile.Write(ref Unsafe.As<ConnectionFlags, ushort>(ref slot->Flags), (ushort)(slot->Flags | ConnectionFlags.Draining)); // pairs with Deadlines.Sweep
        ConnectionInput.Release(turn.Server.Buffers, slot);
        Deadlines.Watch(turn.Server, slot, turn.Started);
        return Drain(turn, slot);
    }

    private static Outcome Drain(Turn turn, ConnectionSlot* slot)
    {
        long budget = turn.Server.Options.BytesPerTurn;
        while (budget > 0)
        {
            nint count = Socket.Receive(slot->Descriptor, turn.ReceiveBuffer, Turn.ReceiveBytes);
            if (count == -Errno.Again)
            {
                return Outcome.Idle;
            }

            if (count <= 0)
            {
                return Outcome.Close;
            }

            budget -= count;
        }

        _ = ConnectionState.MarkReady(&slot->State, (uint)(turn.Token >> 32), ConnectionState.Read);
        return Outcome.Requeue;
    }
}

using System.Runtime.CompilerServices;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// Closing that loses no reply: sending is shut down, and input is thrown away until the peer ends or the deadline passes. A close with
/// unread input would reset the connection and could eat the reply just sent. Owner only.
/// </summary>
internal static unsafe class LingeringClose
{
    /// <summary>Everything is sent: shuts sending down and throws away what has come.</summary>
    public static RoundOutcome Begin(Turn turn, ConnectionSlot* slot)
    {
        Socket.ShutdownSend(slot->Descriptor);

        // The time first: the sweep may look at the same moment, and with an old one it would close at once what is to be drained.
        slot->LastProgress = turn.Server.Milliseconds(turn.Started);
        ref ushort flags = ref Unsafe.As<ConnectionFlags, ushort>(ref slot->Flags);
        Volatile.Write(ref flags, (ushort)(slot->Flags | ConnectionFlags.Draining)); // pairs with Deadlines.Sweep
        ConnectionInput.Release(turn.Server.Buffers, slot);
        Deadlines.Watch(turn.Server, slot, turn.Started);
        return Continue(turn, slot);
    }

    /// <summary>Throws away what has come meanwhile.</summary>
    public static RoundOutcome Continue(Turn turn, ConnectionSlot* slot)
    {
        long budget = turn.Server.Options.BytesPerTurn;
        while (budget > 0)
        {
            nint count = Socket.Receive(slot->Descriptor, turn.ReceiveBuffer, Turn.ReceiveBytes);
            if (count == -Errno.Again)
            {
                return RoundOutcome.Idle;
            }

            if (count <= 0)
            {
                return RoundOutcome.Close;
            }

            budget -= count;
        }

        _ = ConnectionState.MarkReady(&slot->State, (uint)(turn.Token >> 32), ConnectionState.Read);
        return RoundOutcome.Requeue;
    }
}

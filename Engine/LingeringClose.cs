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
    public static RoundOutcome Begin(ThreadContext thread, ConnectionSlot* slot)
    {
        Socket.ShutdownSend(slot->Descriptor);

        // The time first: the sweep may look at the same moment, and with an old one it would close at once what is to be drained.
        slot->LastProgress = thread.Server.Milliseconds(thread.Started);
        ref ushort flags = ref Unsafe.As<ConnectionFlags, ushort>(ref slot->Flags);
        Volatile.Write(ref flags, (ushort)(slot->Flags | ConnectionFlags.Draining)); // pairs with Deadlines.Sweep
        ConnectionInput.Release(thread.Server.Buffers, slot);
        Deadlines.Watch(thread.Server, slot, thread.Started);
        return Continue(thread, slot);
    }

    /// <summary>Throws away what has come meanwhile.</summary>
    public static RoundOutcome Continue(ThreadContext thread, ConnectionSlot* slot)
    {
        long budget = thread.Server.Options.BytesPerTurn;
        while (budget > 0)
        {
            nint count = Socket.Receive(slot->Descriptor, thread.ReceiveBuffer, ThreadContext.ReceiveBytes);
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

        _ = ConnectionState.MarkReady(&slot->State, (uint)(thread.Token >> 32), ConnectionState.Read);
        return RoundOutcome.Requeue;
    }
}

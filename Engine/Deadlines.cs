using System.Runtime.CompilerServices;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// Time-outs of connections: unsent output without progress, the draining before a close, and idleness. The owner notes when it
/// began; the loop walks the slots four times a second while there is anything to watch, and only marks and queues what is late.
/// </summary>
internal static unsafe class Deadlines
{
    /// <summary>Starts the clock of a connection that waits for its peer. Owner only.</summary>
    public static void Watch(Server server, ConnectionSlot* slot, long now)
    {
        if ((slot->Flags & ConnectionFlags.HasDeadline) == 0)
        {
            // In this order, for the sweep may look at the same moment: with the flag and an old time it would close the connection.
            slot->LastProgress = server.Milliseconds(now);
            ref ushort flags = ref Unsafe.As<ConnectionFlags, ushort>(ref slot->Flags);
            Volatile.Write(ref flags, (ushort)(slot->Flags | ConnectionFlags.HasDeadline)); // pairs with Sweep
            Interlocked.Increment(ref server.Watched); // pairs with the loop's read before it waits
            server.Loop.Wake();
        }
    }

    /// <summary>Stops it. Owner only.</summary>
    public static void Unwatch(Server server, ConnectionSlot* slot) => Clear(server, slot, ConnectionFlags.HasDeadline);

    /// <summary>
    /// Posts a message of the kind <see cref="PostedMessage.Timer"/> to the thread's connection after so many milliseconds, or up to a
    /// quarter of a second later. One timer a connection: setting it again moves it.
    /// </summary>
    public static void SetTimer(this ThreadContext thread, int milliseconds)
    {
        Server server = thread.Server;
        ConnectionSlot* slot = thread.Connection;
        slot->TimerDue = server.Milliseconds(thread.Started) + (uint)milliseconds;
        if ((slot->Flags & ConnectionFlags.HasTimer) == 0)
        {
            slot->Flags |= ConnectionFlags.HasTimer;

            // Only the first has to wake the loop: while anything is watched it looks by itself.
            if (Interlocked.Increment(ref server.Watched) == 1) // pairs with the loop's read before it waits
            {
                server.Loop.Wake();
            }
        }
    }

    /// <summary>Takes the timer back.</summary>
    public static void ClearTimer(this ThreadContext thread) => Clear(thread.Server, thread.Connection, ConnectionFlags.HasTimer);

    /// <summary>A file has to wait for its next bytes: the sweep looks at it again. Owner only.</summary>
    public static void Pace(Server server, ConnectionSlot* slot)
    {
        Unwatch(server, slot);
        if ((slot->Flags & ConnectionFlags.Paced) == 0)
        {
            slot->Flags |= ConnectionFlags.Paced;
            Interlocked.Increment(ref server.Watched); // pairs with the loop's read before it waits
            server.Loop.Wake();
        }
    }

    /// <summary>It waits no more. Owner only.</summary>
    public static void Unpace(Server server, ConnectionSlot* slot) => Clear(server, slot, ConnectionFlags.Paced);

    /// <summary>Ends a timer that rings; false when it was moved or taken back meanwhile. Owner only.</summary>
    public static bool TakeTimer(ThreadContext thread, ConnectionSlot* slot)
    {
        if ((slot->Flags & ConnectionFlags.HasTimer) == 0 || (int)(thread.Server.Milliseconds(thread.Started) - slot->TimerDue) < 0)
        {
            return false;
        }

        ClearTimer(thread);
        return true;
    }

    /// <summary>Marks and queues every connection that is late. Event loop only; what it reads of others' slots is a hint.</summary>
    public static void Sweep(ThreadContext thread, long now)
    {
        Server server = thread.Server;
        uint milliseconds = server.Milliseconds(now);
        int used = server.Connections.Used;
        int first = used == 0 ? 0 : (int)(milliseconds % (uint)used);
        for (int i = 0; i < used; i++)
        {
            // From another one each time: who comes first gets his share first.
            int index = first + i < used ? first + i : first + i - used;
            ConnectionSlot* slot = server.Connections.At(index);

            // Pairs with ConnectionState.Open and Close: another generation makes the marks below stale.
            ulong state = Volatile.Read(ref slot->State);
            if ((state & (ConnectionState.Closed | ConnectionState.Scheduled)) != 0)
            {
                continue;
            }

            ulong token = ConnectionTable.Token(ConnectionState.Generation(state), index);

            ref ushort word = ref Unsafe.As<ConnectionFlags, ushort>(ref slot->Flags);
            ConnectionFlags flags = (ConnectionFlags)Volatile.Read(ref word); // pairs with Watch
            if ((flags & ConnectionFlags.HasTimer) != 0 && (int)(milliseconds - slot->TimerDue) >= 0)
            {
                _ = server.Signals.Post(token, null, PostedMessage.Timer);
            }

            if ((flags & ConnectionFlags.Paced) != 0)
            {
                server.Signals.WakeForOutput(token);
            }

            int limit = (flags & ConnectionFlags.Draining) != 0 ? server.Options.LingerTimeout
                : (flags & ConnectionFlags.HasDeadline) != 0 ? server.Options.WriteTimeout
                : 0;
            bool late = limit > 0 && (int)(milliseconds - slot->LastProgress) > limit
                && ((flags & ConnectionFlags.Draining) == 0 || !ConnectionStop.AwaitsPeer(server, slot));
            int idle = slot->Listener == Connector.Listener ? 0 : server.Options.IdleTimeout;
            late |= idle > 0 && (flags & ConnectionFlags.HasDeadline) == 0 && (int)(milliseconds - slot->LastActive) > idle
                && !server.Gate.Waits(index);
            if (late && server.Signals.Kill(token))
            {
                thread.Counters->TimedOut++;
                ConnectionReport.Killed(server, slot, limit == 0 ? "it was silent for longer than --idle-timeout"
                    : (flags & ConnectionFlags.Draining) != 0 ? "its peer did not end it after the last reply"
                    : "it took no reply for longer than --write-timeout");
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear(Server server, ConnectionSlot* slot, ConnectionFlags flag)
    {
        if ((slot->Flags & flag) != 0)
        {
            slot->Flags &= ~flag;
            Interlocked.Decrement(ref server.Watched); // pairs with the loop's read before it waits
        }
    }
}

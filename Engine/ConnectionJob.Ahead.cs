using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <content>Receiving for a connection before its turn: <see cref="ReceiveAhead"/>.</content>
internal static unsafe partial class ConnectionJob
{
    // With any other flag, or with input or output left over, what a turn does first is not receiving.
    private const ConnectionFlags Harmless = ConnectionFlags.OutputArmed | ConnectionFlags.HasSession | ConnectionFlags.HasTimer;

    /// <summary>
    /// Receives for a connection that was just taken from the queue, when nothing else comes first. The caller owns it and calls
    /// <see cref="RunReceived"/> next when <see cref="ReceiveAhead.IsReceived"/> says so, else <see cref="Run"/>. Event loop only.
    /// </summary>
    public static void ReceiveEarly(Turn turn, ref ReceiveAhead ahead, byte* buffer)
    {
        ConnectionSlot* slot = turn.Server.Connections.Slot(ahead.Job.Argument);
        ahead.IsReceived = false;
        ahead.Hint = 0;
        const uint Others = ConnectionState.Closing | ConnectionState.PeerClosed | ConnectionState.Write | ConnectionState.Posted;
        ulong state = Volatile.Read(ref slot->State); // pairs with MarkReady: bits that come later are seen by TryGoIdle
        if ((state & (Others | ConnectionState.Read)) != ConnectionState.Read
            || (slot->Flags & ~Harmless) != 0 || slot->OutputHead != null || slot->InputLength != 0)
        {
            return;
        }

        // Taken before recv: readiness that comes after it stays and brings another round.
        ahead.State = ConnectionState.TakeReadiness(&slot->State);
        if ((ahead.State & Others) != 0)
        {
            // Came this moment and goes first: put back, the connection is queued anyway.
            _ = ConnectionState.MarkReady(&slot->State, ConnectionState.Generation(ahead.State), (uint)ahead.State & ConnectionState.Readiness);
            return;
        }

        turn.Server.Connections.NoteOwned(ahead.Job.Argument);
        ahead.Count = Socket.Receive(slot->Descriptor, buffer, ReceiveAhead.Bytes);
        ahead.IsReceived = true;
        delegate*<Turn, byte*, int, ulong> prefetch = turn.Server.Protocols[slot->Protocol].Prefetch;
        if (ahead.Count > 0 && prefetch != null)
        {
            ahead.Hint = prefetch(turn, buffer, (int)ahead.Count);
        }
    }

    /// <summary>Some time after <see cref="ReceiveEarly"/>: what was asked for has arrived and says what to ask for next.</summary>
    public static void PrefetchMore(Turn turn, ref ReceiveAhead ahead)
    {
        if (ahead.Hint != 0)
        {
            turn.Server.Protocols[turn.Server.Connections.Slot(ahead.Job.Argument)->Protocol].PrefetchMore(turn, ahead.Hint);
        }
    }

    /// <summary>The job of a connection for which <see cref="ReceiveEarly"/> has received. Event loop only.</summary>
    public static void RunReceived(Turn turn, ref ReceiveAhead ahead, byte* buffer)
    {
        ConnectionSlot* slot = turn.Server.Connections.Slot(ahead.Job.Argument);
        turn.Begin(slot, ahead.Job.Argument);
        turn.Ahead = buffer;
        turn.AheadCount = ahead.Count;

        // Another connection of the batch may have killed this one meanwhile: then nothing of it runs any more.
        ulong killed = Volatile.Read(ref slot->State) & ConnectionState.Closing; // pairs with MarkClosing
        Continue(turn, slot, ahead.Job.Argument, ahead.State | killed);
    }
}

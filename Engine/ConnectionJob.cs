using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// The job of a connection: run by the one thread that owns it just now. Takes the readiness, works, and gives the connection
/// up only with a comparison that shows that nothing new arrived.
/// </summary>
internal static unsafe class ConnectionJob
{
    // What the loop makes of a hang-up, among other things.
    private const uint PeerGone = ConnectionState.PeerClosed | ConnectionState.Write;

    /// <summary>The job function; <paramref name="token"/> names a connection that was just scheduled.</summary>
    public static void Run(ThreadContext thread, ulong token)
    {
        Server server = thread.Server;
        ConnectionSlot* slot = server.Connections.Slot(token);
        server.Connections.Owners.NoteOwned(token, slot);
        thread.Begin(slot, token);
        if (thread.OnEventLoop && MustLeaveLoop(slot))
        {
            server.Connections.Owners.NoteGivenUp(token);
            server.Queues.AddLong(thread, token);
            return;
        }

        Continue(thread, slot, token, ConnectionState.TakeReadiness(&slot->State));
    }

    /// <summary>Rounds over a connection until it is idle, closed or queued again.</summary>
    /// <param name="thread">The thread's, begun for the connection.</param>
    /// <param name="slot">The connection.</param>
    /// <param name="token">Its token.</param>
    /// <param name="state">The state word as the readiness of the first round was taken from it.</param>
    public static void Continue(ThreadContext thread, ConnectionSlot* slot, ulong token, ulong state)
    {
        RoundOutcome outcome;
        do
        {
            Debug.Assert(ConnectionState.Generation(state) == (uint)(token >> 32), "a queue entry outlived its connection");
            try
            {
                outcome = (state & ConnectionState.Closing) != 0 ? RoundOutcome.Close : Round(thread, slot, (uint)state);
            }
            catch (OutOfMemoryException exception)
            {
                outcome = GiveUp(thread, exception);
            }
        }
        while (!TryEnd(thread, slot, token, outcome, out state));
    }

    /// <summary>Goes on with a connection whose replies were kept and are in the thread's buffer: sends them as after any round.</summary>
    public static void Resume(ThreadContext thread, ConnectionSlot* slot, ulong token, bool more)
    {
        RoundOutcome outcome;
        try
        {
            outcome = Finish(thread, slot, more);
        }
        catch (OutOfMemoryException exception)
        {
            outcome = GiveUp(thread, exception);
        }

        if (!TryEnd(thread, slot, token, outcome, out ulong state))
        {
            Continue(thread, slot, token, state);
        }
    }

    // Gives the connection up after a round. False: there is news, as the state says, and the thread keeps it for another round.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // a call would cost 35 instructions a round
    private static bool TryEnd(ThreadContext thread, ConnectionSlot* slot, ulong token, RoundOutcome outcome, out ulong state)
    {
        Server server = thread.Server;
        state = 0;
        if (outcome != RoundOutcome.Idle)
        {
            EndOtherwise(thread, slot, token, outcome);
            return true;
        }

        // Armed before it is given up: while it is armed and still ours, an event only adds a bit, and the comparison in
        // TryGoIdle sends us round again. The other order would touch a descriptor that another thread may have closed.
        if (!server.Poller.Arm(slot, token))
        {
            ConnectionEnd.Close(thread, slot);
            return true;
        }

        server.Connections.Owners.NoteGivenUp(token);
        if (ConnectionState.TryGoIdle(&slot->State))
        {
            return true;
        }

        server.Connections.Owners.NoteOwned(token, slot);
        thread.BeginBatch();
        state = ConnectionState.TakeReadiness(&slot->State);
        return false;
    }

    // Where it does not become idle. One whose replies are kept stays the thread's.
    private static void EndOtherwise(ThreadContext thread, ConnectionSlot* slot, ulong token, RoundOutcome outcome)
    {
        if (outcome == RoundOutcome.Requeue)
        {
            Requeue(thread, slot, token);
        }
        else if (outcome == RoundOutcome.Close && thread.OnEventLoop && KeepsMuch(thread.Server, slot, token))
        {
            // A worker closes it: ending a million subscriptions would keep everybody waiting.
            _ = ConnectionState.MarkClosing(&slot->State, (uint)(token >> 32));
            thread.Server.Connections.Owners.NoteGivenUp(token);
            thread.Counters->LongJobs++;
            thread.Server.Queues.AddLong(thread, token);
        }
        else if (outcome == RoundOutcome.Close)
        {
            ConnectionEnd.Close(thread, slot);
        }
    }

    // The one client pays whose request needed the memory, not all by the process's end.
    private static RoundOutcome GiveUp(ThreadContext thread, OutOfMemoryException exception)
    {
        if (thread.Server.Options.GiveUp != null)
        {
            thread.Server.Options.GiveUp(thread);
        }

        thread.GiveUp();
        thread.Server.Log(4, "memory ran out over a request, its connection is closed: " + ProcessExit.Asked(exception));
        return RoundOutcome.Close;
    }

    // Long requests would keep everybody waiting, and reading a file may block: not on the loop. What lies in memory is sent there
    // nevertheless, because handing it to a worker costs two switches of threads for every piece that the socket takes.
    private static bool MustLeaveLoop(ConnectionSlot* slot)
        => (slot->Flags & ConnectionFlags.Long) != 0 || OutputSender.MayBlock(slot);

    private static bool KeepsMuch(Server server, ConnectionSlot* slot, ulong token)
    {
        const long much = 256 * 1024;
        delegate*<Server, ulong, byte*, long> kept = server.Protocols[slot->Protocol].Kept;
        return (slot->Flags & ConnectionFlags.HasSession) != 0 && kept != null && kept(server, token, slot->ProtocolState) > much;
    }

    private static void Requeue(ThreadContext thread, ConnectionSlot* slot, ulong token)
    {
        thread.Server.Connections.Owners.NoteGivenUp(token);
        bool isLong = (slot->Flags & ConnectionFlags.Long) != 0 || ((slot->Flags & ConnectionFlags.FileOutput) != 0 && !thread.OnEventLoop);
        if (isLong || slot->OutputBytes > Server.BulkBytes || ConnectionInput.IsBulk(slot))
        {
            thread.Server.Queues.AddLong(thread, token);
        }
        else
        {
            thread.Server.Queues.Add(token);
        }
    }

    private static RoundOutcome Round(ThreadContext thread, ConnectionSlot* slot, uint bits)
    {
        slot->LastActive = thread.Server.Milliseconds(thread.Started);
        if ((slot->Flags & ConnectionFlags.Draining) != 0)
        {
            return LingeringClose.Continue(thread, slot);
        }

        if ((bits & ConnectionState.Posted) != 0)
        {
            Mailbox.DeliverAll(thread, slot);
            slot->Flags |= thread.Deferred ? ConnectionFlags.Long : 0; // a worker does what the message asks for
        }

        if ((bits & ConnectionState.PeerClosed) != 0 && IsGone(thread, slot, bits))
        {
            // Nobody reads or writes it while it is paused or held, so nothing else would find out; and where it is re-armed at every
            // turn, the hang-up would be reported again and again.
            thread.Counters->Resets++;
            return RoundOutcome.Close;
        }

        // Kept until the socket is really read, whatever comes first: the bit was taken and no new edge brings it back.
        slot->Flags |= (bits & ConnectionState.Read) != 0 ? ConnectionFlags.ReadDeferred : 0;

        if (slot->OutputHead != null && (bits & (ConnectionState.Write | ConnectionState.Posted)) != 0)
        {
            RoundOutcome flushed = OutputSender.FlushQueue(thread, slot);
            if (flushed != RoundOutcome.Idle)
            {
                return flushed;
            }
        }

        bool more = WantsInput(thread, slot) && ConnectionReceiver.Receive(thread, slot, bits);
        return Finish(thread, slot, more);
    }

    // A connection that nobody reads or writes just now, and whose peer is gone. Beyond what the bits say, which are hints: both directions
    // are closed, or it was reset.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsGone(ThreadContext thread, ConnectionSlot* slot, uint bits)
    {
        bool isLeftAlone = (slot->Flags & ConnectionFlags.Paused) != 0 || thread.Server.Gate.Holds(slot);
        if ((bits & PeerGone) != PeerGone || !isLeftAlone)
        {
            return false;
        }

        PollEntry entry = new() { Descriptor = slot->Descriptor };
        return Native.Descriptor.Poll(&entry, 1, 0) == 1 && (entry.Returned & PollEntry.Failed) != 0;
    }

    // Whether there is input to look at, and it may be looked at: past the output limit it has to wait (back-pressure).
    private static bool WantsInput(ThreadContext thread, ConnectionSlot* slot)
        => (slot->Flags & (ConnectionFlags.InputPending | ConnectionFlags.ReadDeferred)) != 0
            && (slot->Flags & (ConnectionFlags.Paused | ConnectionFlags.CloseAfterFlush)) == 0
            && ((slot->Flags & ConnectionFlags.AwaitsFlush) == 0 || slot->OutputHead == null)
            && (slot->OutputHead == null || ReadsBehindOutput(thread, slot));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool ReadsBehindOutput(ThreadContext thread, ConnectionSlot* slot)
        => slot->OutputBytes <= thread.Server.Options.MaxOutput && !thread.Server.Gate.StopsReading(slot);

    // Sends what the batch left, and decides what becomes of the connection.
    private static RoundOutcome Finish(ThreadContext thread, ConnectionSlot* slot, bool more)
    {
        if (thread.Output.IsGated && thread.Kept is { IsOpen: true } kept && kept.TryKeep(thread, slot, more))
        {
            return RoundOutcome.Kept;
        }

        thread.Output.Flush();
        if (thread.Broken)
        {
            thread.Counters->Resets++;
            return RoundOutcome.Close;
        }

        if (thread.Server.EndsBusyConnections(thread.Started) && !thread.Deferred && !ConnectionStop.IsEarly(thread, slot))
        {
            slot->Flags |= ConnectionFlags.CloseAfterFlush;
            more = false;
        }

        if (slot->OutputHead != null && (slot->Flags & ConnectionFlags.HasDeadline) == 0)
        {
            // First time in this state: what ReplyOutput.Flush could not send, or references and files that were never tried.
            bool leavesLoop = thread.OnEventLoop && OutputSender.MayBlock(slot);
            RoundOutcome flushed = leavesLoop ? RoundOutcome.Requeue : OutputSender.FlushQueue(thread, slot);
            if (flushed != RoundOutcome.Idle)
            {
                return flushed;
            }
        }

        if (slot->OutputHead == null)
        {
            Deadlines.Unwatch(thread.Server, slot);
            if ((slot->Flags & ConnectionFlags.CloseAfterFlush) != 0)
            {
                return LingeringClose.Begin(thread, slot);
            }

            if ((slot->Flags & ConnectionFlags.InputEnded) != 0 && !more && (slot->Flags & ConnectionFlags.InputPending) == 0)
            {
                thread.Counters->Aborted += slot->InputLength > 0 ? 1 : 0;
                return RoundOutcome.Close;
            }

            if (thread.Server.IsStopping && !more && slot->InputLength == 0 && !ConnectionStop.IsEarly(thread, slot))
            {
                return ConnectionStop.End(thread, slot);
            }
        }

        // The limit that stopped the batch may be gone already, and then no event would bring us back.
        return more || thread.Deferred || WantsInput(thread, slot) ? RoundOutcome.Requeue : RoundOutcome.Idle;
    }
}

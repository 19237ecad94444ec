using System;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// Works the queue of short jobs off for the loop, beside the workers (--dispatch adaptive). Several connections are taken together, and
/// received for before the first of them runs: see <see cref="ReceiveAhead"/>. Event loop only.
/// </summary>
internal sealed unsafe class BatchRunner(Server server, ThreadContext thread)
{
    // With any other flag, or with input or output left over, what a batch does first is not receiving.
    private const ConnectionFlags Harmless = ConnectionFlags.OutputArmed | ConnectionFlags.HasSession | ConnectionFlags.HasTimer;

    private readonly WorkQueue _jobs = server.Queues.Short;
    private readonly ReceiveAhead[] _ahead = new ReceiveAhead[ReceiveAhead.Most];
    private readonly KeptReplies _kept = thread.Kept = new KeptReplies();

    // A page more: who parses may look at the bytes behind the last one, as in every other buffer.
    private readonly byte* _buffers = NativeRegion.Reserve((ReceiveAhead.Most * ReceiveAhead.Bytes) + 4096);

    /// <summary>Runs what is queued now, no more: a connection that queues itself again must not keep the loop from its events.</summary>
    public void Run()
    {
        int limit = _jobs.Count;
        long begin = thread.Started;
        int done = 0;
        while (done < limit)
        {
            int taken = Take(Math.Min(limit - done, ReceiveAhead.Most));
            if (taken == 0)
            {
                break;
            }

            if (taken == 1)
            {
                JobRunner.Run(thread, _ahead[0].Job);
            }
            else
            {
                RunTogether(taken);
            }

            done += taken;
        }

        server.Wakeup.Drained(done, thread.Started - begin);
    }

    private int Take(int most)
    {
        int taken = 0;
        while (taken < most && _jobs.TryPop(out _ahead[taken].Job))
        {
            taken++;
        }

        return taken;
    }

    private void RunTogether(int taken)
    {
        for (int i = 0; i < taken; i++)
        {
            // This queue holds connections only (JobQueues.Add).
            Receive(ref _ahead[i], Buffer(i));
        }

        for (int i = 0; i < taken; i++)
        {
            if (_ahead[i].IsReceived && _ahead[i].Hint != 0)
            {
                // What was asked for has arrived and says what to ask for next.
                ConnectionSlot* slot = server.Connections.Slot(_ahead[i].Job.Argument);
                server.Protocols[slot->Protocol].PrefetchMore(thread, _ahead[i].Hint);
            }
        }

        long now = Clock.Monotonic();
        long share = (now - thread.Started) / taken;
        thread.Started = now;
        for (int i = 0; i < taken; i++)
        {
            if (!_ahead[i].IsReceived)
            {
                JobRunner.Run(thread, _ahead[i].Job);
                continue;
            }

            _kept.Open(thread.Started);
            RunReceived(ref _ahead[i], Buffer(i), share);
            if (_kept.Close(thread.Started))
            {
                _kept.SendAll(thread);
            }
        }

        if (_kept.Any)
        {
            _kept.SendAll(thread);
        }
    }

    // Receives for a connection that was just taken from the queue and is this thread's, when nothing else comes first.
    private void Receive(ref ReceiveAhead ahead, byte* buffer)
    {
        ConnectionSlot* slot = server.Connections.Slot(ahead.Job.Argument);
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
            uint bits = (uint)ahead.State & ConnectionState.Readiness;
            _ = ConnectionState.MarkReady(&slot->State, ConnectionState.Generation(ahead.State), bits);
            return;
        }

        server.Connections.Owners.NoteOwned(ahead.Job.Argument, slot);
        ahead.Count = Socket.Receive(slot->Descriptor, buffer, ReceiveAhead.Bytes);
        ahead.IsReceived = true;
        delegate*<ThreadContext, byte*, int, ulong> prefetch = server.Protocols[slot->Protocol].Prefetch;
        if (ahead.Count > 0 && prefetch != null)
        {
            ahead.Hint = prefetch(thread, buffer, (int)ahead.Count);
        }
    }

    // The job of a connection that was received for, which took so many nanoseconds.
    private void RunReceived(ref ReceiveAhead ahead, byte* buffer, long share)
    {
        long answered = thread.Counters->Requests;
        ConnectionSlot* slot = server.Connections.Slot(ahead.Job.Argument);
        thread.Begin(slot, ahead.Job.Argument);
        thread.Ahead = buffer;
        thread.AheadCount = ahead.Count;

        // Another connection of the batch may have killed this one meanwhile: then nothing of it runs any more.
        ulong killed = Volatile.Read(ref slot->State) & ConnectionState.Closing; // pairs with MarkClosing
        ConnectionJob.Continue(thread, slot, ahead.Job.Argument, ahead.State | killed);
        JobRunner.Account(thread, answered, share);
    }

    private byte* Buffer(int index) => _buffers + (index * ReceiveAhead.Bytes);
}

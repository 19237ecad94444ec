using System;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>Sends what <see cref="OutputQueue"/> holds. Functions on a slot; only the slot's owner calls them.</summary>
internal static unsafe class OutputSender
{
    /// <summary>What <see cref="Flush"/> came to.</summary>
    public enum Result
    {
        /// <summary>Everything is with the kernel.</summary>
        Empty,

        /// <summary>The socket takes no more now; a WRITE event will come.</summary>
        Blocked,

        /// <summary>The turn's share is used up; more would fit.</summary>
        Budget,

        /// <summary>The next bytes of a file may not be sent yet.</summary>
        Paced,

        /// <summary>The log has not come as far as the next bytes need (<see cref="ReplyGate"/>).</summary>
        Held,

        /// <summary>The connection is gone or its file was cut short: close it.</summary>
        Broken,
    }

    private const int VectorCount = 32;
    private const long SendAtOnce = 512 * 1024;

    /// <summary>
    /// Sends as much of a connection's queue as may leave now, and sets its deadline, or its place among those that wait for the log, by
    /// what is left.
    /// </summary>
    public static RoundOutcome FlushQueue(ThreadContext thread, ConnectionSlot* slot)
    {
        Server server = thread.Server;
        ReplyGate gate = server.Gate;
        int index = (int)(uint)thread.Token;
        Result result;
        do
        {
            ServerOptions options = server.Options;
            result = Flush(server.Buffers, slot, options.BytesPerTurn, gate.Durable, out long sent, out int error, options.Pacing);
            thread.SocketError = error;
            thread.Counters->BytesOut += sent;
            if (sent > 0)
            {
                slot->LastProgress = server.Milliseconds(thread.Started);
            }
        }
        while (result == Result.Held && (gate.Reach(slot->OutputHead->Position) || !gate.TryWait(index, slot)));

        if (result == Result.Held)
        {
            // The log is late and not the peer: no deadline.
            Deadlines.Unwatch(server, slot);
            Deadlines.Unpace(server, slot);
            return RoundOutcome.Idle;
        }

        gate.Leave(index, slot);

        if (result == Result.Paced)
        {
            Deadlines.Pace(server, slot);
            return RoundOutcome.Idle;
        }

        Deadlines.Unpace(server, slot);
        switch (result)
        {
            case Result.Broken:
                thread.Counters->Resets++;

                // A file cut short must not look like a whole one: the peer sees a reset, not an end.
                Socket.ResetOnClose(slot->Descriptor);
                return RoundOutcome.Close;
            case Result.Budget:
                _ = ConnectionState.MarkReady(&slot->State, (uint)(thread.Token >> 32), ConnectionState.Write);
                return RoundOutcome.Requeue;
            case Result.Blocked:
                thread.Counters->OutputBlocked++;
                Deadlines.Watch(server, slot, thread.Started);
                return RoundOutcome.Idle;
            default:
                Deadlines.Unwatch(server, slot);
                return (slot->Flags & ConnectionFlags.HasSession) == 0 ? RoundOutcome.Idle : Refill(thread, slot);
        }
    }

    // Has the protocol go on where everything that it had queued is with the kernel.
    private static RoundOutcome Refill(ThreadContext thread, ConnectionSlot* slot)
    {
        delegate*<ThreadContext, void> drained = thread.Server.Protocols[slot->Protocol].Drained;
        if (drained == null || (slot->Flags & (ConnectionFlags.CloseAfterFlush | ConnectionFlags.Draining)) != 0)
        {
            return RoundOutcome.Idle;
        }

        thread.Gate.BeginRequests(ofMailbox: true);
        drained(thread);
        thread.Gate.EndRequests();
        thread.Output.QueueAll();
        slot->Flags |= thread.CloseRequested ? ConnectionFlags.CloseAfterFlush : 0;
        slot->Flags |= thread.Deferred ? ConnectionFlags.Long : 0;
        if (thread.Broken)
        {
            thread.Counters->Resets++;
            return RoundOutcome.Close;
        }

        if (slot->OutputHead == null)
        {
            return thread.Deferred ? RoundOutcome.Requeue : RoundOutcome.Idle;
        }

        _ = ConnectionState.MarkReady(&slot->State, (uint)(thread.Token >> 32), ConnectionState.Write);
        return RoundOutcome.Requeue;
    }

    /// <summary>Sends as much as the socket takes, at most about <paramref name="budget"/> bytes.</summary>
    /// <param name="pool">Where sent segments go back to.</param>
    /// <param name="slot">The connection.</param>
    /// <param name="budget">Bytes; a turn's share.</param>
    /// <param name="durable">The log's position: what needs a later one stays.</param>
    /// <param name="sent">Bytes the kernel took.</param>
    /// <param name="error">−errno of the send that failed, or 0.</param>
    /// <param name="pacing">Limits on files, or null.</param>
    public static Result Flush(
        BufferPool pool, ConnectionSlot* slot, long budget, long durable, out long sent, out int error, Pacing? pacing = null)
    {
        sent = 0;
        error = 0;
        while (slot->OutputHead != null)
        {
            if (sent >= budget)
            {
                return Result.Budget;
            }

            if (slot->OutputHead->Position > durable)
            {
                return Result.Held;
            }

            if (pacing != null && slot->OutputHead->File >= 0)
            {
                Result paced = SendPaced(pool, slot, pacing, ref sent);
                if (slot->OutputHead == null)
                {
                    break;
                }

                return paced;
            }

            bool isFile = slot->OutputHead->File >= 0;
            long wanted = isFile ? Math.Min(slot->OutputHead->Length, SendAtOnce) : 0;
            nint count = isFile ? SendFileRange(slot, wanted) : SendBytes(slot, durable);
            if (count < 0)
            {
                error = count == -Errno.Again ? 0 : (int)count;
                return error == 0 ? Result.Blocked : Result.Broken;
            }

            if (count == 0)
            {
                // Only a file can end early: somebody truncated it after its size was read. The reply cannot be made whole.
                return Result.Broken;
            }

            sent += count;
            Consume(pool, slot, count);
            if (count < wanted && !TakesMore(slot->Descriptor))
            {
                return Result.Blocked;
            }
        }

        slot->Flags &= ~ConnectionFlags.FileOutput;
        return Result.Empty;
    }

    /// <summary>Whether sending may have to wait for a disk: not on the loop.</summary>
    public static bool MayBlock(ConnectionSlot* slot) => (slot->Flags & ConnectionFlags.FileOutput) != 0 && !IsNextResident(slot);

    /// <summary>
    /// Whether the queue begins with a part of a file that lies in memory, as far as one send goes. The rest is then not far: the kernel
    /// reads ahead.
    /// </summary>
    public static bool IsNextResident(ConnectionSlot* slot)
    {
        OutputSegment* segment = slot->OutputHead;
        return segment != null
            && (segment->File < 0 || Files.IsResident(segment->File, segment->Offset + Math.Min(segment->Length, SendAtOnce) - 1));
    }

    // One chunk, after which others have their turn.
    private static Result SendPaced(BufferPool pool, ConnectionSlot* slot, Pacing pacing, ref long sent)
    {
        OutputSegment* segment = slot->OutputHead;
        long now = Clock.Monotonic();
        long allowed = pacing.Allowed(segment, now);
        if (allowed == 0)
        {
            return Result.Paced;
        }

        nint count = SendFileRange(slot, Math.Min(allowed, SendAtOnce));
        if (count <= 0)
        {
            return count == -Errno.Again ? Result.Blocked : Result.Broken;
        }

        pacing.Sent(segment, count, now);
        sent += count;
        Consume(pool, slot, count);
        return Result.Budget;
    }

    // After a short sendfile: the socket is full (asking makes the kernel report it when it is not), or a signal came or the file
    // ended, and the next call tells. An asking sendfile would fetch sixteen pages of the file first to find that out.
    private static bool TakesMore(int socket) => Descriptor.Poll(socket, PollEntry.Out, 0) != 0;

    private static nint SendFileRange(ConnectionSlot* slot, long most)
    {
        OutputSegment* segment = slot->OutputHead;
        long offset = segment->Offset;
        return Socket.SendFile(slot->Descriptor, segment->File, ref offset, (nint)Math.Min(segment->Length, most));
    }

    private static nint SendBytes(ConnectionSlot* slot, long durable)
    {
        IoVector* vectors = stackalloc IoVector[VectorCount];
        int count = 0;
        long total = 0;
        int flags = 0;
        OutputSegment* segment = slot->OutputHead;
        while (segment != null && count < VectorCount && total < SendAtOnce && segment->Position <= durable)
        {
            if (segment->File >= 0)
            {
                // A header before a file leaves in the same segment as the file's first bytes.
                flags = Socket.More;
                break;
            }

            vectors[count].Base = segment->Data;
            vectors[count].Length = (nuint)Math.Min(segment->Length, SendAtOnce);
            total += (long)vectors[count].Length;
            count++;
            if (segment->EndsRecord)
            {
                flags = Socket.EndOfRecord;
                break;
            }

            segment = segment->Next;
        }

        return count == 1
            ? Socket.Send(slot->Descriptor, vectors[0].Base, (nint)vectors[0].Length, flags)
            : Socket.Send(slot->Descriptor, vectors, count, flags);
    }

    private static void Consume(BufferPool pool, ConnectionSlot* slot, long count)
    {
        while (count > 0)
        {
            OutputSegment* segment = slot->OutputHead;
            long part = Math.Min(count, segment->Length);
            count -= part;
            segment->Length -= part;
            if (segment->File < 0)
            {
                segment->Data += part;
                slot->OutputBytes -= part;
            }
            else
            {
                OutputSegment.AdvanceFile(segment, part);
            }

            if (segment->Length == 0)
            {
                slot->OutputHead = segment->Next;
                if (slot->OutputHead == null)
                {
                    slot->OutputTail = null;
                }

                OutputSegment.Free(pool, slot, segment);
            }
        }
    }
}

using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>Receives for a connection, has its protocol consume what came, and keeps the rest. Owner only.</summary>
internal static unsafe class ConnectionReceiver
{
    // Up to so many unfinished bytes are copied to the front of the thread's buffer so that the next recv can be a long one.
    private const int CopyToFront = 4096;

    /// <summary>Receives and consumes until the socket is drained, the batch's share is used up, or the protocol stops.</summary>
    /// <returns>True when there is more to do: the connection must be queued again.</returns>
    public static bool Receive(Turn turn, ConnectionSlot* slot, uint bits)
    {
        if ((slot->Flags & ConnectionFlags.InputPending) != 0)
        {
            slot->Flags &= ~(ConnectionFlags.InputPending | ConnectionFlags.Long);
            if (!ConnectionInput.AwaitsBody(slot))
            {
                ConsumeInput(turn, slot);
            }

            if (turn.ShouldStop)
            {
                return Stopped(turn, slot);
            }

            if ((slot->Flags & ConnectionFlags.ReadDeferred) == 0)
            {
                return false;
            }
        }

        slot->Flags &= ~ConnectionFlags.ReadDeferred;
        if ((slot->Flags & ConnectionFlags.InputEnded) != 0)
        {
            return false;
        }

        long budget = turn.Server.Options.BytesPerTurn;
        while (true)
        {
            int had = slot->InputLength;
            bool awaitsBody = ConnectionInput.AwaitsBody(slot);
            byte* target;
            int capacity;
            nint count;
            if (turn.Ahead != null)
            {
                Debug.Assert(had == 0, "received ahead although input was left over");
                target = turn.Ahead;
                capacity = ReceiveAhead.Bytes;
                count = turn.AheadCount;
                turn.Ahead = null;
            }
            else
            {
                target = PrepareInput(turn, slot, awaitsBody, ref had, out capacity);
                count = Socket.Receive(slot->Descriptor, target + had, capacity - had);
            }

            if (count <= 0)
            {
                return ReceivedNothing(turn, slot, count);
            }

            turn.Counters->BytesIn += count;
            int total = had + (int)count;
            if (awaitsBody)
            {
                ReceivedBody(turn, slot, (int)count);
            }
            else
            {
                int consumed = total < slot->Needed ? 0 : Consume(turn, slot, target, total);
                Keep(turn, slot, target, total, consumed);
            }

            if (slot->InputLength > 0 && turn.Server.Buffers.IsOverLimit)
            {
                turn.Server.Loop.Wake();
            }

            if (turn.ShouldStop)
            {
                // What the socket still holds brings no new edge.
                slot->Flags |= ConnectionFlags.ReadDeferred;
                return Stopped(turn, slot);
            }

            // A short read has emptied the socket, and what comes later brings a new edge: no second recv (epoll(7), Q&A 9).
            // Only an end of stream that was already reported brings none.
            if (total < capacity && (bits & ConnectionState.PeerClosed) == 0)
            {
                return false;
            }

            budget -= count;
            if (budget <= 0 || (ConnectionInput.IsBulk(slot) && turn.OnEventLoop))
            {
                _ = ConnectionState.MarkReady(&slot->State, (uint)(turn.Token >> 32), ConnectionState.Read);
                return true;
            }
        }
    }

    // Where to receive to, behind what there is already.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* PrepareInput(Turn turn, ConnectionSlot* slot, bool awaitsBody, ref int had, out int capacity)
    {
        if (had == 0)
        {
            capacity = Turn.ReceiveBytes;
            return turn.ReceiveBuffer;
        }

        return PrepareUnfinished(turn, slot, awaitsBody, ref had, out capacity);
    }

    private static byte* PrepareUnfinished(Turn turn, ConnectionSlot* slot, bool awaitsBody, ref int had, out int capacity)
    {
        if (awaitsBody)
        {
            BodyInput* body = BodyInput.Of(slot);
            had = body->Filled;
            capacity = Math.Min(body->Length, had + Server.BulkBytes);
            return body->Target;
        }

        if (had <= CopyToFront)
        {
            capacity = Turn.ReceiveBytes;
            Buffer.MemoryCopy(slot->Input, turn.ReceiveBuffer, capacity, had);
            return turn.ReceiveBuffer;
        }

        ConnectionInput.MakeRoom(turn.Server.Buffers, slot);
        capacity = slot->InputCapacity;
        return slot->Input;
    }

    // More of the request's last part has arrived; with the last byte of it the request is consumed.
    private static void ReceivedBody(Turn turn, ConnectionSlot* slot, int count)
    {
        ConnectionInput.Fill(turn.Server.Buffers, slot, count);
        if (!ConnectionInput.AwaitsBody(slot))
        {
            ConsumeInput(turn, slot);
        }
    }

    private static void ConsumeInput(Turn turn, ConnectionSlot* slot)
    {
        int consumed = Consume(turn, slot, slot->Input, slot->InputLength);
        Keep(turn, slot, slot->Input, slot->InputLength, consumed);
    }

    private static void Keep(Turn turn, ConnectionSlot* slot, byte* data, int length, int consumed)
    {
        if (turn.Body.WantedOffset == 0)
        {
            ConnectionInput.Keep(turn.Server.Buffers, slot, data, length, consumed);
            if ((slot->Flags & ConnectionFlags.HasBody) != 0 && !turn.ShouldStop && !ConnectionInput.AwaitsBody(slot))
            {
                // The protocol waits for more although its body is whole: its mistake. Receiving behind the first bytes would
                // write over the body's pointers.
                turn.Server.Log(3, "a request received whole was not understood, the connection is closed");
                turn.Abort();
            }

            return;
        }

        ref RequestBody body = ref turn.Body;
        ConnectionInput.KeepWithBody(turn.Server.Buffers, slot, data + consumed, length - consumed, body.WantedOffset, body.Wanted);
        body.WantedOffset = 0;
    }

    private static bool ReceivedNothing(Turn turn, ConnectionSlot* slot, nint count)
    {
        if (count == -Errno.Again)
        {
            turn.InputDrained = true;
            return false;
        }

        if (count == 0)
        {
            slot->Flags |= ConnectionFlags.InputEnded;
            return false;
        }

        // ECONNRESET and the like: nobody is there to read an answer. Anything else is worth a line: the peer will see a reset and not know
        // why.
        if (count is not (-Errno.ConnectionReset or -Errno.BrokenPipe or -Errno.TimedOut
            or -Errno.HostUnreachable or -Errno.NetworkUnreachable))
        {
            turn.Server.Log(4, "receiving failed, the connection is closed: " + Errno.Describe((int)count));
        }

        turn.Abort();
        return false;
    }

    // The protocol stopped before the end of its input. True: queue the connection again at once.
    private static bool Stopped(Turn turn, ConnectionSlot* slot)
    {
        if (turn.CloseRequested)
        {
            slot->Flags |= ConnectionFlags.CloseAfterFlush;
            slot->Flags &= ~ConnectionFlags.ReadDeferred;
            ConnectionInput.Release(turn.Server.Buffers, slot);
            return false;
        }

        if (turn.Broken)
        {
            return false;
        }

        slot->Flags |= slot->InputLength > 0 ? ConnectionFlags.InputPending : 0;
        if (turn.Deferred)
        {
            slot->Flags |= ConnectionFlags.Long;
            return true;
        }

        if (turn.PauseRequested)
        {
            slot->Flags |= ConnectionFlags.Paused;
            return false;
        }

        // A worker's batch goes on at the end of the workers' queue: what follows a long request is likely to be another one.
        slot->Flags |= turn.ShareUsed && !turn.OnEventLoop && slot->InputLength > 0 ? ConnectionFlags.Long : 0;
        return turn.ShareUsed;
    }

    // One batch: the protocol may change on the way (it is found out from the first bytes).
    private static int Consume(Turn turn, ConnectionSlot* slot, byte* data, int length)
    {
        slot->Needed = 0;
        slot->Flags &= ~ConnectionFlags.AwaitsFlush;
        turn.Body.Show((slot->Flags & ConnectionFlags.HasBody) != 0 ? BodyInput.Of(slot) : null);
        turn.Gate.BeginRequests(ofMailbox: false);
        int consumed = 0;
        byte protocol;
        do
        {
            protocol = slot->Protocol;
            consumed += turn.Server.Protocols[protocol].Consume(turn, data + consumed, length - consumed);
        }
        while (slot->Protocol != protocol && consumed < length && !turn.ShouldStop);

        turn.Gate.EndRequests();

        return consumed;
    }
}

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
    public static bool Receive(ThreadContext thread, ConnectionSlot* slot, uint bits)
    {
        if ((slot->Flags & ConnectionFlags.InputPending) != 0)
        {
            slot->Flags &= ~(ConnectionFlags.InputPending | ConnectionFlags.Long);
            if (!ConnectionInput.AwaitsBody(slot))
            {
                ConsumeInput(thread, slot);
            }

            if (thread.ShouldStop)
            {
                return Stopped(thread, slot);
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

        long budget = thread.Server.Options.BytesPerTurn;
        while (true)
        {
            int had = slot->InputLength;
            bool awaitsBody = ConnectionInput.AwaitsBody(slot);
            byte* target;
            int capacity;
            nint count;
            if (thread.Ahead != null)
            {
                Debug.Assert(had == 0, "received ahead although input was left over");
                target = thread.Ahead;
                capacity = ReceiveAhead.Bytes;
                count = thread.AheadCount;
                thread.Ahead = null;
            }
            else
            {
                target = PrepareInput(thread, slot, awaitsBody, ref had, out capacity);
                count = Socket.Receive(slot->Descriptor, target + had, capacity - had);
            }

            if (count <= 0)
            {
                return ReceivedNothing(thread, slot, count);
            }

            thread.Counters->BytesIn += count;
            int total = had + (int)count;
            if (awaitsBody)
            {
                ReceivedBody(thread, slot, (int)count);
            }
            else
            {
                int consumed = total < slot->Needed ? 0 : Consume(thread, slot, target, total);
                if (consumed != total || slot->Input != null)
                {
                    // Otherwise there is nothing to keep and nothing was kept before, as most often.
                    Keep(thread, slot, target, total, consumed);
                }
            }

            if (slot->InputLength > 0 && thread.Server.Buffers.IsOverLimit)
            {
                thread.Server.Loop.Wake();
            }

            if (thread.ShouldStop)
            {
                // What the socket still holds brings no new edge.
                slot->Flags |= ConnectionFlags.ReadDeferred;
                return Stopped(thread, slot);
            }

            // A short read has emptied the socket, and what comes later brings a new edge: no second recv (epoll(7), Q&A 9).
            // Only an end of stream that was already reported brings none.
            if (total < capacity && (bits & ConnectionState.PeerClosed) == 0)
            {
                return false;
            }

            budget -= count;
            if (budget <= 0 || (ConnectionInput.IsBulk(slot) && thread.OnEventLoop))
            {
                _ = ConnectionState.MarkReady(&slot->State, (uint)(thread.Token >> 32), ConnectionState.Read);
                return true;
            }
        }
    }

    // Where to receive to, behind what there is already.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* PrepareInput(ThreadContext thread, ConnectionSlot* slot, bool awaitsBody, ref int had, out int capacity)
    {
        if (had == 0)
        {
            capacity = ThreadContext.ReceiveBytes;
            return thread.ReceiveBuffer;
        }

        return PrepareUnfinished(thread, slot, awaitsBody, ref had, out capacity);
    }

    private static byte* PrepareUnfinished(ThreadContext thread, ConnectionSlot* slot, bool awaitsBody, ref int had, out int capacity)
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
            capacity = ThreadContext.ReceiveBytes;
            Buffer.MemoryCopy(slot->Input, thread.ReceiveBuffer, capacity, had);
            return thread.ReceiveBuffer;
        }

        ConnectionInput.MakeRoom(thread.Server.Buffers, slot);
        capacity = slot->InputCapacity;
        return slot->Input;
    }

    // More of the request's last part has arrived; with the last byte of it the request is consumed.
    private static void ReceivedBody(ThreadContext thread, ConnectionSlot* slot, int count)
    {
        ConnectionInput.Fill(thread.Server.Buffers, slot, count);
        if (!ConnectionInput.AwaitsBody(slot))
        {
            ConsumeInput(thread, slot);
        }
    }

    private static void ConsumeInput(ThreadContext thread, ConnectionSlot* slot)
    {
        int consumed = Consume(thread, slot, slot->Input, slot->InputLength);
        Keep(thread, slot, slot->Input, slot->InputLength, consumed);
    }

    private static void Keep(ThreadContext thread, ConnectionSlot* slot, byte* data, int length, int consumed)
    {
        if (thread.Body.WantedOffset == 0)
        {
            ConnectionInput.Keep(thread.Server.Buffers, slot, data, length, consumed);
            if ((slot->Flags & ConnectionFlags.HasBody) != 0 && !thread.ShouldStop && !ConnectionInput.AwaitsBody(slot))
            {
                // The protocol waits for more although its body is whole: its mistake. Receiving behind the first bytes would
                // write over the body's pointers.
                thread.Server.Log(3, "a request received whole was not understood, the connection is closed");
                thread.Abort();
            }

            return;
        }

        ref RequestBody body = ref thread.Body;
        ConnectionInput.KeepWithBody(thread.Server.Buffers, slot, data + consumed, length - consumed, body.WantedOffset, body.Wanted);
        body.WantedOffset = 0;
    }

    private static bool ReceivedNothing(ThreadContext thread, ConnectionSlot* slot, nint count)
    {
        if (count == -Errno.Again)
        {
            thread.InputDrained = true;
            return false;
        }

        if (count == 0)
        {
            slot->Flags |= ConnectionFlags.InputEnded;
            return false;
        }

        // ECONNRESET and the like: nobody is there to read an answer. Anything else is worth a line: the peer will see a reset and not know
        // why. Of a connection that was to be made, the protocol says it.
        thread.SocketError = (int)count;
        if (slot->Listener != Connector.Listener && count is not (-Errno.ConnectionReset or -Errno.BrokenPipe or -Errno.TimedOut
            or -Errno.HostUnreachable or -Errno.NetworkUnreachable))
        {
            thread.Server.Log(4, "receiving failed, the connection is closed: " + Errno.Describe((int)count),
                new LogField("connection", slot->Identifier));
        }

        thread.Abort();
        return false;
    }

    // The protocol stopped before the end of its input. True: queue the connection again at once.
    private static bool Stopped(ThreadContext thread, ConnectionSlot* slot)
    {
        if (thread.CloseRequested)
        {
            slot->Flags |= ConnectionFlags.CloseAfterFlush;
            slot->Flags &= ~ConnectionFlags.ReadDeferred;
            ConnectionInput.Release(thread.Server.Buffers, slot);
            return false;
        }

        if (thread.Broken)
        {
            return false;
        }

        slot->Flags |= slot->InputLength > 0 ? ConnectionFlags.InputPending : 0;
        if (thread.Deferred)
        {
            slot->Flags |= ConnectionFlags.Long;
            return true;
        }

        if (thread.PauseRequested)
        {
            slot->Flags |= ConnectionFlags.Paused;
            return false;
        }

        // Goes on at the end of the workers' queue: what follows so much work is likely to be more of it.
        slot->Flags |= thread.ShareUsed && slot->InputLength > 0 ? ConnectionFlags.Long : 0;
        return thread.ShareUsed;
    }

    // One batch: the protocol may change on the way (it is found out from the first bytes).
    private static int Consume(ThreadContext thread, ConnectionSlot* slot, byte* data, int length)
    {
        slot->Needed = 0;
        slot->Flags &= ~ConnectionFlags.AwaitsFlush;
        if ((slot->Flags & ConnectionFlags.HasBody) != 0)
        {
            thread.Body.Show(BodyInput.Of(slot));
        }
        else
        {
            thread.Body.Hide();
        }

        RequestGate gate = thread.Gate;
        gate.BeginRequests(ofMailbox: false);
        int consumed = 0;
        byte protocol;
        do
        {
            protocol = slot->Protocol;
            consumed += thread.Server.Protocols[protocol].Consume(thread, data + consumed, length - consumed);
        }
        while (slot->Protocol != protocol && consumed < length && !thread.ShouldStop);

        gate.EndRequests();
        return consumed;
    }
}

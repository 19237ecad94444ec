using System;
using System.Diagnostics;

namespace Epollsrv.Engine;

/// <summary>The unfinished request of a connection: a pooled buffer held only while there is one. Owner only.</summary>
internal static unsafe class ConnectionInput
{
    /// <summary>Keeps what a batch left over. <paramref name="data"/> is either the connection's own buffer or the thread's.</summary>
    public static void Keep(BufferPool pool, ConnectionSlot* slot, byte* data, int length, int consumed)
    {
        int left = length - consumed;
        if (left == 0)
        {
            Release(pool, slot);
            return;
        }

        if ((slot->Flags & ConnectionFlags.HasBody) != 0)
        {
            Debug.Assert(consumed == 0, "part of a request with a body was consumed");
            return;
        }

        if (data == slot->Input)
        {
            if (consumed > 0)
            {
                Buffer.MemoryCopy(data + consumed, data, slot->InputCapacity, left);
            }

            slot->InputLength = left;
            return;
        }

        if (slot->InputCapacity < left || slot->InputCapacity > 4 * left)
        {
            Release(pool, slot);
            slot->Input = pool.Rent(left, out slot->InputCapacity, slot->Needed);
        }

        Buffer.MemoryCopy(data + consumed, slot->Input, slot->InputCapacity, left);
        slot->InputLength = left;
    }

    /// <summary>Makes room for more of a long request: as much again as has arrived, never what was merely announced.</summary>
    public static void MakeRoom(BufferPool pool, ConnectionSlot* slot)
    {
        if (slot->InputCapacity - slot->InputLength < slot->InputCapacity / 4)
        {
            long wanted = Math.Max(ThreadContext.ReceiveBytes, 2L * slot->InputLength);
            if (slot->Needed > slot->InputLength)
            {
                wanted = Math.Min(wanted, Math.Max(slot->Needed, slot->InputLength + 1));
            }

            slot->Input = pool.Grow(slot->Input, slot->InputLength, ref slot->InputCapacity, (int)Math.Min(wanted, 1 << 30), slot->Needed);
        }
    }

    /// <summary>
    /// As <see cref="Keep"/>, when the protocol wants the rest of the request elsewhere (<see cref="RequestBody.Receive"/>): of what a
    /// batch left over, the first <paramref name="offset"/> bytes are kept and those behind them copied to the body.
    /// </summary>
    public static void KeepWithBody(BufferPool pool, ConnectionSlot* slot, byte* data, int length, int offset, BodyInput body)
    {
        byte* buffer = pool.TryRent(offset + sizeof(BodyInput), out int capacity);
        if (buffer == null)
        {
            body.Release(body.Owner);
            throw new OutOfMemoryException("cannot get a buffer for a request");
        }

        Buffer.MemoryCopy(data, buffer, capacity, offset);
        body.Filled = length - offset;
        Debug.Assert(body.Filled >= 0 && body.Filled < body.Length, "no part of a body, or a body that was whole");
        Buffer.MemoryCopy(data + offset, body.Target, body.Length, body.Filled);
        Release(pool, slot);
        slot->Input = buffer;
        slot->InputCapacity = capacity;
        slot->InputLength = offset;
        *BodyInput.Of(slot) = body;
        slot->Flags |= ConnectionFlags.HasBody;
        Fill(pool, slot, 0);
        pool.Charge(body.Filled);
    }

    /// <summary>Whether the last part of the request goes elsewhere and is not whole.</summary>
    public static bool AwaitsBody(ConnectionSlot* slot) => (slot->Flags & ConnectionFlags.HasBody) != 0 && !BodyInput.Of(slot)->IsWhole;

    /// <summary>Counts bytes received to the body.</summary>
    public static void Fill(BufferPool pool, ConnectionSlot* slot, int count)
    {
        BodyInput* body = BodyInput.Of(slot);
        body->Filled += count;
        pool.Charge(count);

        // Not needed for its purpose meanwhile: the loop's look for the largest offender cannot read the body itself.
        slot->Needed = body->Filled;
    }

    /// <summary>Whether the unfinished request is so long that a worker should go on with it.</summary>
    public static bool IsBulk(ConnectionSlot* slot)
        => slot->InputLength > Server.BulkBytes
            || ((slot->Flags & ConnectionFlags.HasBody) != 0 && BodyInput.Of(slot)->Length > Server.LongBodyBytes);

    /// <summary>Bytes that the unfinished request holds. Any thread, as a hint.</summary>
    public static long Held(ConnectionSlot* slot)
        => slot->InputCapacity + ((slot->Flags & ConnectionFlags.HasBody) != 0 ? slot->Needed : 0);

    /// <summary>Drops the unfinished request.</summary>
    public static void Release(BufferPool pool, ConnectionSlot* slot)
    {
        if ((slot->Flags & ConnectionFlags.HasBody) != 0)
        {
            BodyInput* body = BodyInput.Of(slot);
            pool.Charge(-body->Filled);
            if (body->Release != null)
            {
                body->Release(body->Owner);
            }

            slot->Flags &= ~ConnectionFlags.HasBody;
        }

        if (slot->Input != null)
        {
            pool.Return(slot->Input, slot->InputCapacity);
            slot->Input = null;
        }

        slot->InputLength = 0;
        slot->InputCapacity = 0;
    }
}

using System;

namespace Epollsrv.Engine;

/// <summary>
/// The unfinished request of a connection: a pooled buffer held only while there is one (engine.md §6). Owner only.
/// </summary>
internal static unsafe class ConnectionInput
{
    /// <summary>
    /// Keeps what a batch left over. <paramref name="data"/> is either the connection's own buffer or the thread's.
    /// </summary>
    public static void Keep(BufferPool pool, ConnectionSlot* slot, byte* data, int length, int consumed)
    {
        int left = length - consumed;
        if (left == 0)
        {
            Release(pool, slot);
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
            slot->Input = pool.Rent(left, out slot->InputCapacity);
        }

        Buffer.MemoryCopy(data + consumed, slot->Input, slot->InputCapacity, left);
        slot->InputLength = left;
    }

    /// <summary>Makes room for more of a long request: as much again as has arrived, never what was merely announced.</summary>
    public static void MakeRoom(BufferPool pool, ConnectionSlot* slot)
    {
        if (slot->InputCapacity - slot->InputLength < slot->InputCapacity / 4)
        {
            long wanted = Math.Max(Turn.ReceiveBytes, 2L * slot->InputLength);
            if (slot->Needed > slot->InputLength)
            {
                wanted = Math.Min(wanted, Math.Max(slot->Needed, slot->InputLength + 1));
            }

            slot->Input = pool.Grow(slot->Input, slot->InputLength, ref slot->InputCapacity, (int)Math.Min(wanted, 1 << 30));
        }
    }

    /// <summary>Drops the unfinished request.</summary>
    public static void Release(BufferPool pool, ConnectionSlot* slot)
    {
        if (slot->Input != null)
        {
            pool.Return(slot->Input, slot->InputCapacity);
            slot->Input = null;
        }

        slot->InputLength = 0;
        slot->InputCapacity = 0;
    }
}

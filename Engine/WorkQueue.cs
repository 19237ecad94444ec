using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// A bounded lock-free multi-producer multi-consumer ring, first in first out: Dmitry Vyukov's bounded queue, with a sequence
/// number per cell: sequence == position means free for the producer of that position, sequence == position + 1 means filled
/// for its consumer, and its consumer sets position + capacity, which frees it for the next lap. Head and tail lie on their own 128 bytes
/// (two lines: the adjacent-line prefetcher of x86 pulls pairs). Any thread may push and pop.
/// </summary>
internal sealed unsafe class WorkQueue
{
    private const int LineBytes = 128;

    private readonly byte* _memory;
    private readonly Cell* _cells;
    private readonly long _mask;
    private readonly long* _head;
    private readonly long* _tail;

    /// <summary>A ring for at least <paramref name="capacity"/> jobs (rounded up to a power of two, at least 2).</summary>
    public WorkQueue(int capacity)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)(capacity < 2 ? 2 : capacity));
        _mask = size - 1;
        _memory = NativeRegion.Reserve((2 * LineBytes) + ((nint)size * sizeof(Cell)));
        _head = (long*)_memory;
        _tail = (long*)(_memory + LineBytes);
        _cells = (Cell*)(_memory + (2 * LineBytes));
    }

    /// <summary>Jobs it can hold.</summary>
    public int Capacity => (int)_mask + 1;

    /// <summary>Jobs in it, as seen in passing: a hint.</summary>
    public int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (int)(Volatile.Read(ref *_tail) - Volatile.Read(ref *_head)); // pair with TryPush and TryPop
    }

    /// <summary>
    /// Adds a job. A cell that a preempted consumer still holds is waited for; false only when the ring is really full, which
    /// cannot happen where each connection has at most one entry and the ring is larger than the connection limit.
    /// </summary>
    public bool TryPush(Job job)
    {
        SpinWait spin = default;
        long position = Volatile.Read(ref *_tail); // pairs with the exchange below in another producer
        while (true)
        {
            Cell* cell = _cells + (position & _mask);

            // A fresh mapping is all zeros; sequences are stored relative to the cell's index so that zero means "free in lap 0".
            long sequence = Volatile.Read(ref cell->Sequence) + (position & _mask); // pairs with the release in TryPop
            if (sequence == position)
            {
                long found = Interlocked.CompareExchange(ref *_tail, position + 1, position); // pairs with other producers
                if (found == position)
                {
                    cell->Function = job.Function;
                    cell->Argument = job.Argument;
                    Volatile.Write(ref cell->Sequence, position + 1 - (position & _mask)); // releases the job to TryPop
                    return true;
                }

                position = found;
            }
            else if (sequence < position)
            {
                // Full, or the consumer of the lap before has taken the job and not yet released the cell.
                if (position - Volatile.Read(ref *_head) > _mask) // pairs with the exchange in TryPop
                {
                    return false;
                }

                spin.SpinOnce();
                position = Volatile.Read(ref *_tail); // pairs with other producers
            }
            else
            {
                position = Volatile.Read(ref *_tail); // pairs with other producers
            }
        }
    }

    /// <summary>Takes the oldest job; false when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPop(out Job job)
    {
        long position = Volatile.Read(ref *_head); // pairs with the exchange below in another consumer
        while (true)
        {
            Cell* cell = _cells + (position & _mask);
            long sequence = Volatile.Read(ref cell->Sequence) + (position & _mask); // pairs with the release in TryPush
            if (sequence == position + 1)
            {
                long found = Interlocked.CompareExchange(ref *_head, position + 1, position); // pairs with other consumers
                if (found == position)
                {
                    job = new Job(cell->Function, cell->Argument);
                    Volatile.Write(ref cell->Sequence, position + _mask + 1 - (position & _mask)); // frees the cell for the next lap
                    return true;
                }

                position = found;
            }
            else if (sequence <= position)
            {
                job = default;
                return false;
            }
            else
            {
                position = Volatile.Read(ref *_head); // pairs with other consumers
            }
        }
    }

    // 32 bytes, so that no cell straddles two cache lines.
    [StructLayout(LayoutKind.Sequential, Size = 32)]
    private struct Cell
    {
        public long Sequence;
        public delegate*<ThreadContext, ulong, void> Function;
        public ulong Argument;
    }
}

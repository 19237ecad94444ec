using System.Runtime.CompilerServices;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// Holds replies until the log has reached a position. A connection is held while the first segment of its output needs a position that is
/// not <see cref="Durable"/> yet. A held connection has one bit in a list of those that wait, and nothing else: no thread, no deadline.
/// When the position moves the loop walks the list once and schedules all whose position is reached.
/// </summary>
internal sealed unsafe class ReplyGate
{
    /// <summary>Stands for the position of what the present request has written, until the request is over: never reached.</summary>
    public const long Undecided = long.MaxValue;

    private readonly Server _server;
    private readonly BufferPool _pool;

    // One bit for each slot.
    private readonly ulong* _waiting;
    private readonly Place* _places;

    // At least as many as there are bits.
    private int _count;

    /// <summary>A gate that is off.</summary>
    public ReplyGate(Server server)
    {
        _server = server;
        _pool = server.Buffers;
        int capacity = server.Connections.Capacity;
        Source = (GateSource*)NativeRegion.Reserve(sizeof(GateSource));
        _waiting = (ulong*)NativeRegion.Reserve((capacity + 63) / 64 * (nint)sizeof(ulong));
        _places = (Place*)NativeRegion.Reserve(capacity * (nint)sizeof(Place));
    }

    /// <summary>Where the log says whether replies wait, and for what.</summary>
    public GateSource* Source { get; }

    /// <summary>Whether replies wait for the log. Any thread.</summary>
    public bool IsOn
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref Source->IsOn) != 0; // pairs with the log's switch; a request sent after its answer sees it
    }

    /// <summary>The position that the log has reached. Any thread.</summary>
    public long Durable => Volatile.Read(ref Source->Durable); // pairs with Publish

    /// <summary>Connections that wait, at least. Any thread.</summary>
    public int Waiting => Volatile.Read(ref _count); // pairs with TryWait, Leave and WakeReached

    /// <summary>Whether held output takes so much of --max-buffers that held connections are not read. Any thread.</summary>
    public bool IsFull => _pool.HeldBack > _pool.Limit / 4 || Volatile.Read(ref Source->IsFull) != 0; // pairs with the log's write

    /// <summary>Whether the log cannot go on. Any thread.</summary>
    public bool IsFailed => Volatile.Read(ref Source->IsFailed) != 0; // pairs with the log's write

    /// <summary>The log has come so far. Any thread, one at a time.</summary>
    public void Publish(long position)
    {
        Volatile.Write(ref Source->Durable, position); // pairs with Durable
        Interlocked.MemoryBarrier(); // pairs with the one in TryWait: it sees the position, or we see that it waits
        if (Waiting != 0)
        {
            _server.Loop.Wake();
        }
    }

    /// <summary>Has the log come as far as a position, if that does not take long. Any thread that has locked nothing.</summary>
    /// <returns>Whether it has.</returns>
    public bool Reach(long position)
    {
        if (position > Durable && position != Undecided && Source->Reach != null)
        {
            Source->Reach(_server, position);
        }

        return position <= Durable;
    }

    /// <summary>Whether a connection's output may not leave yet. Owner only.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // rarely asked, by code that runs often
    public bool Holds(ConnectionSlot* slot) => slot->OutputHead != null && slot->OutputHead->Position > Durable;

    /// <summary>Whether a held connection may not be read, because of what it or all of them hold. Owner only.</summary>
    public bool StopsReading(ConnectionSlot* slot) => IsFull && Holds(slot);

    /// <summary>Puts a held connection among those that wait. Owner only.</summary>
    /// <returns>False when its position was reached meanwhile: nobody will wake it.</returns>
    public bool TryWait(int index, ConnectionSlot* slot)
    {
        SetBytes(index, slot->Held);
        long until = slot->OutputHead->Position;
        Volatile.Write(ref _places[index].Until, until); // pairs with WakeReached

        // Counted first, so that the count is never too small.
        Interlocked.Increment(ref _count); // pairs with Publish
        ulong before = Interlocked.Or(ref _waiting[index / 64], Bit(index)); // full fence; pairs with the barrier in Publish
        if ((before & Bit(index)) != 0)
        {
            Interlocked.Decrement(ref _count); // pairs with Publish
        }

        return Durable < until;
    }

    /// <summary>A connection is held no more, and the kernel has taken part of its output or all. Owner only.</summary>
    public void Leave(int index, ConnectionSlot* slot)
    {
        if (_pool.HeldBack == 0)
        {
            // Whoever waits holds something.
            return;
        }

        _ = TakeBit(index);
        if (_places[index].Bytes != 0)
        {
            // What was held and is not sent yet is not the peer's fault: it has had no time to take it.
            SetBytes(index, slot->OutputHead == null ? 0 : System.Math.Min(_places[index].Bytes, slot->Held));
        }
    }

    /// <summary>The connection ends. Owner only.</summary>
    public void Forget(int index)
    {
        if (_pool.HeldBack != 0)
        {
            _ = TakeBit(index);
            SetBytes(index, 0);
        }

        if (IsOn)
        {
            _places[index].Carried = 0;
        }
    }

    /// <summary>Notes what a held connection holds by now. Owner only.</summary>
    public void Count(int index, ConnectionSlot* slot)
    {
        if (Holds(slot))
        {
            SetBytes(index, slot->Held);
        }
    }

    /// <summary>Whether a connection is among those that wait. Any thread, as a hint.</summary>
    public bool Waits(int index) => (Volatile.Read(ref _waiting[index / 64]) & Bit(index)) != 0; // pairs with TryWait

    /// <summary>Bytes of a connection's output that the gate held back and the peer has not taken yet. Any thread, as a hint.</summary>
    public long Excused(int index) => _pool.HeldBack == 0 ? 0 : Volatile.Read(ref _places[index].Bytes); // pairs with SetBytes

    /// <summary>The position of a request that begins anew later, for which it has to be held then. Owner only.</summary>
    public ref long Carried(int index) => ref _places[index].Carried;

    /// <summary>Schedules all connections whose position is reached. Event loop.</summary>
    /// <returns>How many.</returns>
    public int WakeReached()
    {
        long durable = Durable;
        int words = (_server.Connections.Used + 63) / 64;
        int woken = 0;
        for (int word = 0; word < words; word++)
        {
            ulong bits = Volatile.Read(ref _waiting[word]); // pairs with TryWait
            while (bits != 0)
            {
                int index = (word * 64) + System.Numerics.BitOperations.TrailingZeroCount(bits);
                bits &= bits - 1;
                if (Volatile.Read(ref _places[index].Until) > durable || !TakeBit(index)) // pairs with TryWait
                {
                    continue;
                }

                // The slot may be another connection's by now: then that one looks for nothing, and waits again if it has to.
                if (_server.Connections.TryGetToken(index, out ulong token))
                {
                    _server.Signals.WakeForOutput(token);
                    woken++;
                }
            }
        }

        return woken;
    }

    /// <summary>Positions begin anew at a lower one: ends the connections that still have output, or a request under way, which may need a
    /// position of before. The gate is off, so that all others have sent theirs. Any thread.</summary>
    public void CloseLate()
    {
        int used = _server.Connections.Used;
        for (int index = 0; index < used; index++)
        {
            ConnectionSlot* slot = _server.Connections.At(index);
            bool isLate = Volatile.Read(ref *(nint*)&slot->OutputHead) != 0 || Volatile.Read(ref _places[index].Carried) != 0; // a hint
            if (isLate && _server.Connections.TryGetToken(index, out ulong token))
            {
                _ = _server.Signals.Kill(token);
            }
        }

        _server.Loop.Wake();
    }

    /// <summary>Ends all connections that wait: nobody knows whether what they were told to wait for will ever be. Event loop.</summary>
    public void CloseWaiting()
    {
        int used = Waiting == 0 ? 0 : _server.Connections.Used;
        for (int index = 0; index < used; index++)
        {
            if (Waits(index) && _server.Connections.TryGetToken(index, out ulong token))
            {
                _ = _server.Signals.Kill(token);
            }
        }
    }

    private static ulong Bit(int index) => 1ul << (index % 64);

    private bool TakeBit(int index)
    {
        if (!Waits(index) || (Interlocked.And(ref _waiting[index / 64], ~Bit(index)) & Bit(index)) == 0) // pairs with TryWait
        {
            return false;
        }

        Interlocked.Decrement(ref _count); // pairs with Publish
        return true;
    }

    private void SetBytes(int index, long bytes)
    {
        long more = bytes - _places[index].Bytes;
        if (more != 0)
        {
            Volatile.Write(ref _places[index].Bytes, bytes); // pairs with Excused
            _pool.HoldBack(more);
        }
    }

    private struct Place
    {
        // What the first segment waits for.
        public long Until;

        // Bytes of the pool that wait with it.
        public long Bytes;

        public long Carried;
    }
}

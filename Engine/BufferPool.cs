using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// Native buffers for what is pending on connections: unfinished requests and unsent output. Sizes are powers of two from
/// 64 bytes, up to 8 KB also the sizes half way between (an unfinished CS frame of up to 1499 bytes takes 1536, not 2048),
/// from 16 KB on four for each doubling. Up to 8 KB they are cut from slabs, above they are mapped one by one. What nobody uses goes back
/// to the kernel, so the pool shrinks as it grew. Everything handed out counts against <see cref="Limit"/>. Any thread.
/// </summary>
internal sealed unsafe class BufferPool
{
    /// <summary>Smallest buffer.</summary>
    public const int Smallest = SlabAllocator.Smallest;

    private readonly SlabAllocator _slabs = new();
    private readonly MappedBuffers _mapped = new();
#if CHECK_OWNERSHIP
    private readonly CheckedBuffers _checked;
#endif
    private long _inUse;
    private long _heldBack;
    private long _limit;

    // The limit and what is held back.
    private long _allowed;

    /// <summary>A pool that reports <see cref="IsOverLimit"/> past <paramref name="limit"/> bytes.</summary>
    public BufferPool(long limit)
    {
        Limit = limit;
#if CHECK_OWNERSHIP
        _checked = new CheckedBuffers(_slabs, _mapped);
#endif
    }

    /// <summary>The most bytes all buffers together should hold (option --max-buffers).</summary>
    public long Limit
    {
        get => Volatile.Read(ref _limit); // pairs with the write below
        set
        {
            long before = Interlocked.Exchange(ref _limit, value); // pairs with the read above
            Interlocked.Add(ref _allowed, value - before); // pairs with IsOverLimit
        }
    }

    /// <summary>Bytes handed out now.</summary>
    public long InUse => Volatile.Read(ref _inUse); // pairs with the adds in Rent, Grow and Return

    /// <summary>Whether somebody must give way.</summary>
    public bool IsOverLimit
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => InUse > Volatile.Read(ref _allowed); // pairs with HoldBack and Limit
    }

    /// <summary>Whether so many bytes more would stay within the limit: asked before something is kept that nobody has to have.</summary>
    public bool HasRoom(long bytes) => InUse + bytes <= Volatile.Read(ref _allowed); // pairs with HoldBack and Limit

    /// <summary>Whether <see cref="Trim"/> should be called once a second. In passing.</summary>
    public bool NeedsTrim => _mapped.NeedsTrim;

    /// <summary>Gives back to the kernel what was kept and not needed since the last call. About once a second.</summary>
    public void Trim() => _mapped.Trim();

    /// <summary>Counts bytes that are pending as those in buffers are, and lie elsewhere; negative: no more. Any thread.</summary>
    public void Charge(long bytes) => Interlocked.Add(ref _inUse, bytes); // pairs with InUse

    /// <summary>Bytes handed out that wait for the log (<see cref="ReplyGate"/>): nobody has to give way for them. Any thread.</summary>
    public long HeldBack => Volatile.Read(ref _heldBack); // pairs with HoldBack

    /// <summary>Counts bytes that wait for the log; negative: no more. Any thread.</summary>
    public void HoldBack(long bytes)
    {
        Interlocked.Add(ref _heldBack, bytes); // pairs with HeldBack
        Interlocked.Add(ref _allowed, bytes); // pairs with IsOverLimit
    }

    /// <summary>As <see cref="TryRent"/>; ends in <see cref="OutOfMemoryException"/> when the kernel refuses.</summary>
    public byte* Rent(int bytes, out int capacity, int announced = 0)
    {
        byte* buffer = TryRent(bytes, out capacity, announced);
        return buffer != null ? buffer : throw new OutOfMemoryException("cannot get a buffer of " + bytes + " bytes");
    }

    /// <summary>A buffer of at least <paramref name="bytes"/>; its content is not cleared. Null when the kernel refuses.</summary>
    /// <param name="bytes">1 … 2^30.</param>
    /// <param name="capacity">What it really holds; give it back with <see cref="Return"/>.</param>
    /// <param name="announced">What its content is said to need in the end, 0 when nothing is: a hint that takes no memory.</param>
    public byte* TryRent(int bytes, out int capacity, int announced = 0)
    {
        capacity = CapacityFor(bytes);
#if CHECK_OWNERSHIP
        byte* buffer = _checked.TryRent(capacity);
#else
        byte* buffer = capacity <= SlabAllocator.Largest ? _slabs.TryRent(capacity) : _mapped.TryRent(capacity, announced);
#endif
        if (buffer == null)
        {
            capacity = 0;
        }

        Interlocked.Add(ref _inUse, capacity); // pairs with InUse
        return buffer;
    }

    /// <summary>Gives a buffer back.</summary>
    public void Return(byte* buffer, int capacity)
    {
        Interlocked.Add(ref _inUse, -capacity); // pairs with InUse
#if CHECK_OWNERSHIP
        _checked.Return(buffer, capacity);
#else
        if (capacity <= SlabAllocator.Largest)
        {
            _slabs.Return(buffer, capacity);
        }
        else
        {
            _mapped.Return(buffer);
        }
#endif
    }

    /// <summary>A larger buffer with the same first <paramref name="used"/> bytes; the old one is given back.</summary>
    /// <param name="buffer">From <see cref="Rent"/>.</param>
    /// <param name="used">Bytes to keep.</param>
    /// <param name="capacity">The old capacity, then the new one.</param>
    /// <param name="wanted">Least new capacity, above the old one.</param>
    /// <param name="announced">As for <see cref="Rent"/>.</param>
    public byte* Grow(byte* buffer, int used, ref int capacity, int wanted, int announced = 0)
    {
        int larger = CapacityFor(wanted);
#if !CHECK_OWNERSHIP
        if (capacity > SlabAllocator.Largest)
        {
            byte* place = MappedBuffers.TryGrow(buffer, larger);
            if (place != null)
            {
                Interlocked.Add(ref _inUse, larger - capacity); // pairs with InUse
                capacity = larger;
                return place;
            }
        }
#endif

        byte* grown = Rent(larger, out larger, announced);
        Buffer.MemoryCopy(buffer, grown, larger, used);
        Return(buffer, capacity);
        capacity = larger;
        return grown;
    }

    private static int CapacityFor(int bytes)
        => (uint)bytes > SlabAllocator.Largest ? MappedBuffers.SizeFor(bytes) : SlabAllocator.SizeFor(bytes); // a negative one ends there
}

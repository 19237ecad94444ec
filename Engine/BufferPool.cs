using System;
using System.Numerics;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// Native buffers for what is pending on connections: unfinished requests and unsent output. Sizes are powers of two from
/// 64 bytes, up to 8 KB also the sizes half way between (an unfinished CS frame of up to 1499 bytes takes 1536, not 2048),
/// from 16 KB on four for each doubling. Up to 8 KB they are cut from 64 KB slabs, above they are mapped one by one. A slab without users goes back to the kernel,
/// so the pool shrinks as it grew. Everything handed out counts against <see cref="Limit"/>. Any thread.
/// </summary>
internal sealed unsafe partial class BufferPool
{
    /// <summary>Smallest buffer.</summary>
    public const int Smallest = 64;

    private const int SlabBytes = 64 * 1024;
    private const int SmallestShift = 6;
    private const int LargestInSlab = 8 * 1024;
    private const int ResidentSlabs = 16;
    private const int ArenaBytes = 16 * 1024 * 1024;
    private const int LargestCached = 1024 * 1024;

    private readonly SizeClass* _classes;
    private Slab* _freeSlabs;
    private int _residentFreeSlabs;
    private byte* _arena;
    private int _arenaUsed = ArenaBytes;
    private ShortLock _lock;
    private long _inUse;

    /// <summary>A pool that reports <see cref="IsOverLimit"/> past <paramref name="limit"/> bytes.</summary>
    public BufferPool(long limit)
    {
        Limit = limit;
        _classes = (SizeClass*)NativeRegion.Reserve(4096);
    }

    /// <summary>The most bytes all buffers together should hold (option --max-buffers).</summary>
    public long Limit { get; set; }

    /// <summary>Bytes handed out now.</summary>
    public long InUse => Volatile.Read(ref _inUse); // pairs with the adds in Rent, Grow and Return

    /// <summary>Whether somebody must give way.</summary>
    public bool IsOverLimit => InUse > Limit;

    /// <summary>Counts bytes that are pending as those in buffers are, and lie elsewhere; negative: no more. Any thread.</summary>
    public void Charge(int bytes) => Interlocked.Add(ref _inUse, bytes); // pairs with InUse

    /// <summary>A buffer of at least <paramref name="bytes"/>; its content is not cleared.</summary>
    /// <param name="bytes">1 … 2^30.</param>
    /// <param name="capacity">What it really holds; give it back with <see cref="Return"/>.</param>
    /// <param name="announced">What its content is said to need in the end, 0 when nothing is: a hint that takes no memory.</param>
    public byte* Rent(int bytes, out int capacity, int announced = 0)
    {
        capacity = CapacityFor(bytes);
        Interlocked.Add(ref _inUse, capacity); // pairs with InUse
        return capacity <= LargestInSlab ? RentFromSlab(capacity) : RentMapped(capacity, announced);
    }

    /// <summary>Gives a buffer back.</summary>
    public void Return(byte* buffer, int capacity)
    {
        Interlocked.Add(ref _inUse, -capacity); // pairs with InUse
        if (capacity <= LargestInSlab)
        {
            ReturnToSlab(buffer, capacity);
        }
        else
        {
            ReturnMapped(buffer);
        }
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
        if (capacity > LargestInSlab)
        {
            byte* place = larger <= SpanOf(buffer) ? buffer : larger > LargestCached ? Move(buffer, larger) : null;
            if (place != null)
            {
                Interlocked.Add(ref _inUse, larger - capacity); // pairs with InUse
                capacity = larger;
                return place;
            }
        }

        byte* grown = Rent(larger, out larger, announced);
        Buffer.MemoryCopy(buffer, grown, larger, used);
        Return(buffer, capacity);
        capacity = larger;
        return grown;
    }

    private static int CapacityFor(int bytes)
    {
        // A negative number too, and there it ends.
        if ((uint)bytes > LargestInSlab)
        {
            return MappedSize(bytes);
        }

        int power = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(bytes, Smallest));
        int between = power / 4 * 3;
        return bytes <= between && power > Smallest ? between : power;
    }

    // Two classes for each power of two: the power, and half way to the next.
    private SizeClass* ClassOf(int capacity)
    {
        int shift = BitOperations.Log2((uint)capacity);
        return _classes + (2 * (shift - SmallestShift)) + ((capacity >> (shift - 1)) & 1);
    }

    private byte* RentFromSlab(int capacity)
    {
        SizeClass* sizes = ClassOf(capacity);
        _lock.Enter();
        Slab* slab = sizes->WithSpace;
        if (slab == null)
        {
            slab = TakeSlab();
            slab->Next = null;
            slab->Previous = null;
            slab->Free = null;
            slab->Used = 0;
            slab->Fresh = Math.Max(capacity, sizeof(Slab));
            sizes->WithSpace = slab;
        }

        byte* buffer;
        if (slab->Free != null)
        {
            buffer = slab->Free;
            slab->Free = *(byte**)buffer;
        }
        else
        {
            buffer = (byte*)slab + slab->Fresh;
            slab->Fresh += capacity;
        }

        slab->Used++;
        if (slab->Free == null && slab->Fresh + capacity > SlabBytes)
        {
            Unlink(sizes, slab);
        }

        _lock.Exit();
        return buffer;
    }

    private void ReturnToSlab(byte* buffer, int capacity)
    {
        SizeClass* sizes = ClassOf(capacity);
        Slab* slab = (Slab*)((nint)buffer & ~(nint)(SlabBytes - 1));
        bool discard = false;
        _lock.Enter();
        bool wasFull = slab->Free == null && slab->Fresh + capacity > SlabBytes;
        *(byte**)buffer = slab->Free;
        slab->Free = buffer;
        slab->Used--;
        if (slab->Used == 0)
        {
            if (!wasFull)
            {
                Unlink(sizes, slab);
            }

            // A few empty slabs stay resident so that a busy server does not ask the kernel again and again.
            discard = _residentFreeSlabs >= ResidentSlabs;
            _residentFreeSlabs += discard ? 0 : 1;
            slab->Discarded = discard;
            if (!discard)
            {
                slab->Next = _freeSlabs;
                _freeSlabs = slab;
            }
        }
        else if (wasFull)
        {
            slab->Previous = null;
            slab->Next = sizes->WithSpace;
            if (slab->Next != null)
            {
                slab->Next->Previous = slab;
            }

            sizes->WithSpace = slab;
        }

        _lock.Exit();
        if (discard)
        {
            _ = Memory.Discard((byte*)slab + 4096, SlabBytes - 4096);
            _lock.Enter();
            slab->Discarded = true;
            slab->Next = _freeSlabs;
            _freeSlabs = slab;
            _lock.Exit();
        }
    }

    private Slab* TakeSlab()
    {
        Slab* slab = _freeSlabs;
        if (slab != null)
        {
            _freeSlabs = slab->Next;
            _residentFreeSlabs -= slab->Discarded ? 0 : 1;
            return slab;
        }

        if (_arenaUsed >= ArenaBytes - SlabBytes)
        {
            byte* arena = NativeRegion.Reserve(ArenaBytes);
            _arenaUsed = (int)(-(nint)arena & (SlabBytes - 1)); // slabs are found by their aligned address
            _arena = arena;
        }

        slab = (Slab*)(_arena + _arenaUsed);
        _arenaUsed += SlabBytes;
        return slab;
    }

    private static void Unlink(SizeClass* sizes, Slab* slab)
    {
        if (slab->Previous != null)
        {
            slab->Previous->Next = slab->Next;
        }
        else
        {
            sizes->WithSpace = slab->Next;
        }

        if (slab->Next != null)
        {
            slab->Next->Previous = slab->Previous;
        }
    }

    private struct SizeClass
    {
        public Slab* WithSpace;
    }

    private struct Slab
    {
        public Slab* Next;
        public Slab* Previous;
        public byte* Free;
        public int Used;
        public int Fresh;
        public bool Discarded;
    }
}

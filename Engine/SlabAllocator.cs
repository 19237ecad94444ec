using System;
using System.Numerics;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>Buffers up to 8 KB, cut from slabs of 64 KB, which go back to the kernel when nobody uses them. Any thread.</summary>
internal sealed unsafe class SlabAllocator
{
    /// <summary>Smallest buffer.</summary>
    public const int Smallest = 64;

    /// <summary>Largest buffer.</summary>
    public const int Largest = 8 * 1024;

    private const int SmallestShift = 6;

    // At least the largest page of any kernel (64 KB on some of arm64): discarding a slab must not touch its neighbour.
    private const int SlabBytes = 64 * 1024;
    private const int ResidentSlabs = 16;

    // Slabs that a discarded one names, in its first page.
    private const int MostNamed = 500;
    private const int ArenaBytes = 16 * 1024 * 1024;

    // Slabs with space, of each size the first.
    private readonly Slab** _classes;
    private ShortLock _lock;
    private Slab* _freeSlabs;
    private Slab* _discardedSlabs;
    private int _residentFreeSlabs;
    private byte* _arena;
    private int _arenaUsed;

    /// <summary>Nothing is cut yet.</summary>
    public SlabAllocator()
    {
        _classes = (Slab**)NativeRegion.Reserve(4096);

        // Addresses only, so that short requests are served when the kernel has no more of them.
        BeginArena(NativeRegion.Reserve(ArenaBytes));
    }

    /// <summary>The least size of a buffer for so many bytes: a power of two, or half way to the next.</summary>
    public static int SizeFor(int bytes)
    {
        int power = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(bytes, Smallest));
        int between = power / 4 * 3;
        return bytes <= between && power > Smallest ? between : power;
    }

    /// <summary>A buffer of a size of <see cref="SizeFor"/>; null when the kernel refuses.</summary>
    public byte* TryRent(int capacity)
    {
        Slab** sizes = ClassOf(capacity);
        _lock.Enter();
        Slab* slab = *sizes;
        if (slab == null)
        {
            slab = TakeSlab();
            if (slab == null)
            {
                _lock.Exit();
                return null;
            }

            slab->Next = null;
            slab->Previous = null;
            slab->Free = null;
            slab->Used = 0;
            slab->Fresh = Math.Max(capacity, sizeof(Slab));
            *sizes = slab;
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

    /// <summary>Gives a buffer back.</summary>
    public void Return(byte* buffer, int capacity)
    {
        Slab** sizes = ClassOf(capacity);
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
            if (!discard)
            {
                _residentFreeSlabs++;
                slab->Next = _freeSlabs;
                _freeSlabs = slab;
            }
        }
        else if (wasFull)
        {
            slab->Previous = null;
            slab->Next = *sizes;
            if (slab->Next != null)
            {
                slab->Next->Previous = slab;
            }

            *sizes = slab;
        }

        _lock.Exit();
        if (discard)
        {
            _ = Memory.Discard(slab, SlabBytes);
            _lock.Enter();
            KeepDiscarded(slab);
            _lock.Exit();
        }
    }

    // Two classes for each power of two: the power, and half way to the next.
    private Slab** ClassOf(int capacity)
    {
        int shift = BitOperations.Log2((uint)capacity);
        return _classes + (2 * (shift - SmallestShift)) + ((capacity >> (shift - 1)) & 1);
    }

    // One page of one slab names hundreds of others, which then are not resident at all.
    private void KeepDiscarded(Slab* slab)
    {
        Slab* first = _discardedSlabs;
        if (first != null && first->Used < MostNamed)
        {
            Slab.Named(first)[first->Used++] = slab;
            return;
        }

        slab->Used = 0;
        slab->Next = first;
        _discardedSlabs = slab;
    }

    private Slab* TakeSlab()
    {
        Slab* slab = _freeSlabs;
        if (slab != null)
        {
            _freeSlabs = slab->Next;
            _residentFreeSlabs--;
            return slab;
        }

        slab = _discardedSlabs;
        if (slab != null)
        {
            if (slab->Used > 0)
            {
                return Slab.Named(slab)[--slab->Used];
            }

            _discardedSlabs = slab->Next;
            return slab;
        }

        if (_arenaUsed >= ArenaBytes - SlabBytes)
        {
            byte* arena = NativeRegion.TryReserve(ArenaBytes);
            if (arena == null)
            {
                return null;
            }

            BeginArena(arena);
        }

        slab = (Slab*)(_arena + _arenaUsed);
        _arenaUsed += SlabBytes;
        return slab;
    }

    private void BeginArena(byte* arena)
    {
        _arena = arena;
        _arenaUsed = (int)(-(nint)arena & (SlabBytes - 1)); // slabs are found by their aligned address
    }

    private static void Unlink(Slab** sizes, Slab* slab)
    {
        if (slab->Previous != null)
        {
            slab->Previous->Next = slab->Next;
        }
        else
        {
            *sizes = slab->Next;
        }

        if (slab->Next != null)
        {
            slab->Next->Previous = slab->Previous;
        }
    }

    private struct Slab
    {
        public Slab* Next;
        public Slab* Previous;
        public byte* Free;
        public int Used;
        public int Fresh;

        public static Slab** Named(Slab* slab) => (Slab**)(slab + 1);
    }
}

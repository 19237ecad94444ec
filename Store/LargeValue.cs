using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace Epollsrv.Store;

/// <summary>
/// A value above about 16 KB in a block of its own, counted by reference: the table holds one reference, every reader
/// that pinned it another. The data of a block with more than one reference is never changed.
/// </summary>
public unsafe struct LargeValue
{
    /// <summary>Bytes before the data: a cache line, so that the data is aligned.</summary>
    internal const int HeaderSize = 64;

    internal LargeHeap* Owner;
    internal LargeValue* Next;
    internal long BlockBytes;
    internal int SizeClass;
    private int _references;
    private long _length;

    /// <summary>Bytes of the value.</summary>
    public readonly long Length => _length;

    /// <summary>Bytes the block can hold.</summary>
    public readonly long Capacity => BlockBytes - HeaderSize;

    /// <summary>The first byte of the value. Read-only once the block is in the table.</summary>
    public byte* Data => (byte*)Unsafe.AsPointer(ref this) + HeaderSize;

    /// <summary>The value (at most 2 GB).</summary>
    public Span<byte> Span => new(Data, (int)_length);

    /// <summary>Whether nobody but the caller, who holds a reference or the partition's lock, refers to the block.</summary>
    internal bool IsExclusive => Volatile.Read(ref _references) == 1; // Pairs with Release: a reader that let go has read.

    /// <summary>Adds a reference. The caller holds one already, or the lock of the partition whose table does.</summary>
    public static void Pin(LargeValue* value) => Interlocked.Increment(ref value->_references); // Pairs with Drop.

    /// <summary>
    /// Drops a reference and frees the block with the last one. Any thread, no lock needed; freeing may make a system call.
    /// </summary>
    public static void Release(LargeValue* value)
    {
        if (Drop(value))
        {
            value->Owner->Free(value);
        }
    }

    /// <summary>The block whose <see cref="Data"/> this is.</summary>
    public static LargeValue* OfData(byte* data) => (LargeValue*)(data - HeaderSize);

    /// <summary>Frees a block of <see cref="StoreMemory.ReserveLarge"/> that was not adopted. Any thread.</summary>
    public static void Abandon(LargeValue* value) => value->Owner->FreeReserved(value);

    /// <summary>Shortens or lengthens within the capacity. Only while nobody else sees the block.</summary>
    public void SetLength(long length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)length, (ulong)Capacity);
        _length = length;
    }

    /// <summary>Drops a reference without freeing.</summary>
    /// <returns>Whether it was the last one, so that the caller must free the block.</returns>
    internal static bool Drop(LargeValue* value)
    {
        int left = Interlocked.Decrement(ref value->_references); // Pairs with Pin and IsExclusive.
#if CHECK_OWNERSHIP
        if (left < 0)
        {
            Environment.FailFast("a reference to a large value was given back twice");
        }
#endif
        return left == 0;
    }

    /// <summary>Puts one list of blocks (linked by <see cref="Next"/>) behind another.</summary>
    internal static LargeValue* Join(LargeValue* first, LargeValue* second)
    {
        if (first == null)
        {
            return second;
        }

        LargeValue* last = first;
        while (last->Next != null)
        {
            last = last->Next;
        }

        last->Next = second;
        return first;
    }

    /// <summary>Frees a list of blocks that have no reference any more.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void FreeAll(LargeValue* dead)
    {
        while (dead != null)
        {
            LargeValue* next = dead->Next;
            dead->Owner->Free(dead);
            dead = next;
        }
    }

    internal void Initialize(LargeHeap* owner, int sizeClass, long blockBytes, long length)
    {
        Owner = owner;
        Next = null;
        SizeClass = sizeClass;
        BlockBytes = blockBytes;
        _references = 1;
        _length = length;
    }
}

using System;
using System.Numerics;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// Buffers above 8 KB: mappings of their own. One may span more addresses than its capacity says, as many as its content was announced to
/// need: address space costs nothing, and growing into it neither copies nor calls the kernel. Those given back are kept for the next user
/// for a second or two, because fresh pages cost more than copying into old ones. Any thread.
/// </summary>
internal sealed unsafe class MappedBuffers
{
    // The mapping's span stands in front of the buffer; a page more than the span is mapped for it.
    private const int Header = 64;
    private const int Margin = 4096;
    private const int SmallestShift = 14;

    // Four sizes for each doubling from 16 KB, and 1 MB.
    private const int Classes = (6 * 4) + 1;
    private const int LargestCached = 1024 * 1024;
    private const int CachedPerSize = 64;
    private const int MostCachedBytes = 16 * 1024 * 1024;

    // How many of each size are kept, and the least that were since the last Trim: so many nobody needed.
    private readonly int[] _cachedCount = new int[Classes];
    private readonly int[] _cachedLeast = new int[Classes];
    private readonly byte** _cached = (byte**)NativeRegion.Reserve(Classes * CachedPerSize * sizeof(byte*));
    private ShortLock _lock;
    private int _cachedBytes;
    private int _mappedOut;

    /// <summary>Whether <see cref="Trim"/> should be called once a second. In passing.</summary>
    public bool NeedsTrim
        => Volatile.Read(ref _mappedOut) > 0 || Volatile.Read(ref _cachedBytes) > 0; // pairs with the changes, which may be a moment old

    /// <summary>Gives back to the kernel what was kept and not needed since the last call. About once a second.</summary>
    public void Trim()
    {
        for (int index = 0; index < Classes; index++)
        {
            _lock.Enter();
            int unneeded = _cachedLeast[index];
            _lock.Exit();
            for (; unneeded > 0; unneeded--)
            {
                byte* buffer = TakeCached(index);
                if (buffer == null)
                {
                    break;
                }

                Unmap(buffer);
            }

            _lock.Enter();
            _cachedLeast[index] = _cachedCount[index];
            _lock.Exit();
        }
    }

    /// <summary>The least size of a buffer for so many bytes: 16, 20, 24, 28, 32, 40 KB …</summary>
    public static int SizeFor(int bytes)
    {
        // Less than was asked for would be written past.
        if ((uint)bytes > 1u << 30)
        {
            throw new InvalidOperationException("a buffer of more than a gigabyte was asked for");
        }

        int most = Math.Max(bytes, 1 << SmallestShift) - 1;
        int step = Math.Max(0, BitOperations.Log2((uint)most) - 2);
        return (int)Math.Min(((long)(most >> step) + 1) << step, 1 << 30);
    }

    /// <summary>A buffer; null when the kernel refuses.</summary>
    /// <param name="capacity">A size of <see cref="SizeFor"/>.</param>
    /// <param name="announced">What its content is said to need in the end, 0 when nothing is.</param>
    public byte* TryRent(int capacity, int announced)
    {
        int span = Math.Max(capacity, SizeFor(Math.Min(announced, LargestCached)));
        int index = ClassOf(span);
        byte* buffer = index < Classes ? TakeCached(index) : null;
        if (buffer == null)
        {
            byte* mapping = NativeRegion.TryReserve(span + Margin);
            if (mapping == null)
            {
                return null;
            }

            buffer = mapping + Header;
            *(int*)mapping = span;
        }

        Interlocked.Increment(ref _mappedOut); // pairs with NeedsTrim
        return buffer;
    }

    /// <summary>Gives a buffer back.</summary>
    public void Return(byte* buffer)
    {
        int span = SpanOf(buffer);
        int index = ClassOf(span);
        Interlocked.Decrement(ref _mappedOut); // pairs with NeedsTrim
        if (index < Classes)
        {
            _lock.Enter();
            bool kept = _cachedCount[index] < CachedPerSize && _cachedBytes + span <= MostCachedBytes;
            if (kept)
            {
                _cached[(index * CachedPerSize) + _cachedCount[index]++] = buffer;
                _cachedBytes += span;
            }

            _lock.Exit();
            if (kept)
            {
                return;
            }
        }

        Unmap(buffer);
    }

    /// <summary>The buffer with more room, its bytes not copied; null when that cannot be, and the buffer is as it was.</summary>
    public static byte* TryGrow(byte* buffer, int larger)
        => larger <= SpanOf(buffer) ? buffer : larger > LargestCached ? Move(buffer, larger) : null;

    private static int ClassOf(int size)
    {
        int shift = BitOperations.Log2((uint)size);
        return ((shift - SmallestShift) * 4) + ((size >> (shift - 2)) & 3);
    }

    private static int SpanOf(byte* buffer) => *(int*)(buffer - Header);

    private static void Unmap(byte* buffer) => _ = Memory.Unmap(buffer - Header, SpanOf(buffer) + Margin);

    private byte* TakeCached(int index)
    {
        byte* buffer = null;
        _lock.Enter();
        if (_cachedCount[index] > 0)
        {
            buffer = _cached[(index * CachedPerSize) + --_cachedCount[index]];
            _cachedLeast[index] = Math.Min(_cachedLeast[index], _cachedCount[index]);
            _cachedBytes -= SpanOf(buffer);
        }

        _lock.Exit();
        return buffer;
    }

    // Page tables move, bytes do not: a value of half a gigabyte is never copied while it arrives. Null when the kernel refuses.
    private static byte* Move(byte* buffer, int larger)
    {
        long moved = Memory.Remap(buffer - Header, SpanOf(buffer) + Margin, larger + Margin);
        if (moved <= 0)
        {
            return null;
        }

        *(int*)moved = larger;
        return (byte*)moved + Header;
    }
}

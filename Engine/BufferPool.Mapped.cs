using System;
using System.Numerics;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <content>
/// Buffers above 8 KB: mappings of their own. One may span more addresses than its capacity says, as many as its content was announced to
/// need: address space costs nothing, and growing into it neither copies nor calls the kernel. Those given back are kept for the next user
/// for a second or two, because fresh pages cost more than copying into old ones.
/// </content>
internal sealed unsafe partial class BufferPool
{
    // The mapping's span stands in front of the buffer; a page more than the span is mapped for it.
    private const int MappedHeader = 64;
    private const int MappedMargin = 4096;
    private const int MappedShift = 14;

    // Four sizes for each doubling from 16 KB, and 1 MB.
    private const int MappedClasses = (6 * 4) + 1;
    private const int CachedPerSize = 64;
    private const int MostCachedBytes = 16 * 1024 * 1024;

    // How many of each size are kept, and the least that were since the last Trim: so many nobody needed.
    private readonly int[] _cachedCount = new int[MappedClasses];
    private readonly int[] _cachedLeast = new int[MappedClasses];
    private readonly byte** _cached = (byte**)NativeRegion.Reserve(MappedClasses * CachedPerSize * sizeof(byte*));
    private int _cachedBytes;
    private int _mappedOut;

    /// <summary>Whether <see cref="Trim"/> should be called once a second. Any thread, in passing.</summary>
    public bool NeedsTrim => Volatile.Read(ref _mappedOut) > 0 || Volatile.Read(ref _cachedBytes) > 0; // pairs with the changes under the lock, which may be a moment old

    /// <summary>Gives back to the kernel what was kept and not needed since the last call. About once a second; any thread.</summary>
    public void Trim()
    {
        for (int index = 0; index < MappedClasses; index++)
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

    // The least size of a mapped buffer for so many bytes: 16, 20, 24, 28, 32, 40 KB …
    private static int MappedSize(int bytes)
    {
        // Less than was asked for would be written past.
        if ((uint)bytes > 1u << 30)
        {
            throw new InvalidOperationException("a buffer of more than a gigabyte was asked for");
        }

        int most = Math.Max(bytes, 1 << MappedShift) - 1;
        int step = Math.Max(0, BitOperations.Log2((uint)most) - 2);
        return (int)Math.Min(((long)(most >> step) + 1) << step, 1 << 30);
    }

    private static int MappedIndex(int size)
    {
        int shift = BitOperations.Log2((uint)size);
        return ((shift - MappedShift) * 4) + ((size >> (shift - 2)) & 3);
    }

    private static int SpanOf(byte* buffer) => *(int*)(buffer - MappedHeader);

    private static void Unmap(byte* buffer) => _ = Memory.Unmap(buffer - MappedHeader, SpanOf(buffer) + MappedMargin);

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

    private byte* RentMapped(int capacity, int announced)
    {
        int span = Math.Max(capacity, MappedSize(Math.Min(announced, LargestCached)));
        int index = MappedIndex(span);
        byte* buffer = index < MappedClasses ? TakeCached(index) : null;
        if (buffer == null)
        {
            byte* mapping = NativeRegion.TryReserve(span + MappedMargin);
            if (mapping == null)
            {
                return null;
            }

            buffer = mapping + MappedHeader;
            *(int*)mapping = span;
        }

        Interlocked.Increment(ref _mappedOut); // pairs with NeedsTrim
        return buffer;
    }

    private void ReturnMapped(byte* buffer)
    {
        int span = SpanOf(buffer);
        int index = MappedIndex(span);
        Interlocked.Decrement(ref _mappedOut); // pairs with NeedsTrim
        if (index < MappedClasses)
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

    // Page tables move, bytes do not: a value of half a gigabyte is never copied while it arrives. Null when the kernel refuses.
    private static byte* Move(byte* buffer, int larger)
    {
        long moved = Memory.Remap(buffer - MappedHeader, SpanOf(buffer) + MappedMargin, larger + MappedMargin);
        if (moved <= 0)
        {
            return null;
        }

        *(int*)moved = larger;
        return (byte*)moved + MappedHeader;
    }
}

using System;
using System.Threading;

namespace Epollsrv.Store;

/// <summary>
/// What all partitions together take from the kernel, and what they may take. It is counted page by page, where each page costs a system
/// call or a page fault anyway; nothing is granted ahead, so that a lowered maximum holds from its first moment. Lives in native memory.
/// </summary>
internal struct MemoryBudget
{
    // Nearer to the maximum than this share of it, pages that are not needed go back at once.
    private const int TightShift = 4;

    private long _maximum;
    private long _used;
    private long _outside;
    private int _samples;

    /// <summary>The maximum in bytes; 0: none.</summary>
    internal long Maximum
    {
        readonly get => Volatile.Read(in _maximum); // Written by CONFIG SET.
        set => Volatile.Write(ref _maximum, value);
    }

    /// <summary>Bytes taken. Any thread.</summary>
    internal readonly long Used => Volatile.Read(in _used); // Written by TryTake, Take and Return.

    /// <summary>Bytes of the process outside the store that count against the maximum. Any thread.</summary>
    internal long Outside
    {
        readonly get => Volatile.Read(in _outside); // Written by whoever measures the process.
        set => Volatile.Write(ref _outside, value);
    }

    /// <summary>How many entries an eviction looks at, at least. Any thread.</summary>
    internal int Samples
    {
        readonly get => Volatile.Read(in _samples); // Written by CONFIG SET.
        set => Volatile.Write(ref _samples, value);
    }

    /// <summary>What the store may take. Never less than half of the maximum:
    /// evicting every key would not make the rest of the process smaller.</summary>
    internal readonly long Share
    {
        get
        {
            long maximum = Maximum;
            return maximum == 0 ? long.MaxValue : Math.Max(maximum - Outside, maximum / 2);
        }
    }

    /// <summary>Whether more is taken than the maximum allows (after it was lowered,
    /// or the rest of the process grew), or it allows not even a page.</summary>
    internal readonly bool IsExceeded
    {
        get
        {
            long share = Share;
            return Used > share || share < Native.Memory.PageSize;
        }
    }

    /// <summary>Whether there is no page left.</summary>
    internal readonly bool IsFull => Used > Share - Native.Memory.PageSize;

    /// <summary>Whether little is left, so that pages are not kept for later.</summary>
    internal readonly bool IsTight
    {
        get
        {
            long share = Share;
            return Used > share - (share >> TightShift);
        }
    }

    /// <summary>Takes <paramref name="bytes"/> unless that passes the maximum.</summary>
    internal bool TryTake(long bytes)
    {
        while (true)
        {
            // Pairs with the other takers and Return: the compare fails when any of them came between.
            long used = Used;
            if (used > Share - bytes)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _used, used + bytes, used) == used)
            {
                return true;
            }
        }
    }

    /// <summary>Takes without asking: what the index needs to stay an index.</summary>
    internal void Take(long bytes) => Interlocked.Add(ref _used, bytes); // Pairs with TryTake.

    /// <summary>Gives back.</summary>
    internal void Return(long bytes) => Interlocked.Add(ref _used, -bytes); // Pairs with TryTake.
}

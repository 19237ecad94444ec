using System;
using System.Threading;

namespace Epollsrv.Store;

/// <summary>
/// What all partitions together may take from the kernel. Partitions take it in lumps and hand it out to themselves, so
/// that this shared cache line is written once per lump and not per request. Lives in native memory.
/// </summary>
internal struct MemoryBudget
{
    private const long LargestLump = 256 << 10;

    private long _maximum;
    private long _granted;
    private long _outside;
    private long _large;
    private long _lump;
    private int _samples;

    /// <summary>The maximum in bytes; 0: none.</summary>
    internal readonly long Maximum => Volatile.Read(in _maximum);

    /// <summary>Bytes taken by large values. Any thread.</summary>
    internal readonly long Large => Volatile.Read(in _large);

    /// <summary>How much a partition asks for at a time.</summary>
    internal readonly long Lump => Volatile.Read(in _lump);

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

    /// <summary>Whether more is granted than the maximum allows (after it was lowered).</summary>
    internal readonly bool IsExceeded
    {
        get
        {
            long maximum = Maximum;
            return maximum != 0 && Volatile.Read(in _granted) > Share(maximum);
        }
    }

    /// <summary>Whether no partition could take more.</summary>
    internal readonly bool IsFull
    {
        get
        {
            long maximum = Maximum;
            return maximum != 0 && Volatile.Read(in _granted) + Lump > Share(maximum);
        }
    }

    /// <summary>Sets the maximum. Any thread; what is already granted stays.</summary>
    internal void SetMaximum(long maximum, int partitions)
    {
        long lump = maximum == 0 ? LargestLump : Math.Clamp(maximum / (partitions * 64L), 4096, LargestLump);
        Volatile.Write(ref _lump, lump & ~4095L);
        Volatile.Write(ref _maximum, maximum);
    }

    /// <summary>Takes <paramref name="bytes"/> unless that passes the maximum.</summary>
    internal bool TryTake(long bytes)
    {
        while (true)
        {
            // Pairs with the other takers and Return: the compare fails when any of them came between.
            long granted = Volatile.Read(ref _granted);
            long maximum = Maximum;
            if (maximum != 0 && granted + bytes > Share(maximum))
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _granted, granted + bytes, granted) == granted)
            {
                return true;
            }
        }
    }

    /// <summary>Takes without asking: what the index needs to stay an index.</summary>
    internal void Take(long bytes) => Interlocked.Add(ref _granted, bytes); // Pairs with TryTake.

    /// <summary>Gives back.</summary>
    internal void Return(long bytes) => Interlocked.Add(ref _granted, -bytes); // Pairs with TryTake.

    /// <summary>Counts bytes taken (or, negative, returned) for large values, for reports only.</summary>
    internal void CountLarge(long bytes) => Interlocked.Add(ref _large, bytes); // Read by Large.

    // What is left for the store. Never less than half: evicting every key would not make the rest of the process smaller.
    private readonly long Share(long maximum) => Math.Max(maximum - Outside, maximum / 2);
}

using System;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>Which node of a ring a key belongs to. A value; any thread.</summary>
internal readonly struct RingMap
{
    /// <summary>A ring of <paramref name="count"/> nodes, at least 1.</summary>
    public RingMap(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Count = count;
    }

    /// <summary>How many nodes.</summary>
    public int Count { get; }

    /// <summary>The index (from 0) of the node that owns the key.</summary>
    public int Owner(ReadOnlySpan<byte> key) => (int)(RingHash.Compute(key) % (uint)Count);

    /// <summary>The index of the node that holds the copy of what <paramref name="owner"/>
    /// owns: the next, wrapping round; −1 in a ring of one.</summary>
    public int Replica(int owner) => Count == 1 ? -1 : (owner + 1) % Count;
}

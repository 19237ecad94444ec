using System;

namespace Epollsrv.Protocol.Memcached;

/// <summary>A word of a command line, where it was received.</summary>
internal unsafe struct MemcachedToken
{
    /// <summary>Its first byte.</summary>
    public byte* Data;

    /// <summary>Bytes of it.</summary>
    public int Length;

    /// <summary>The word.</summary>
    public readonly ReadOnlySpan<byte> Span => new(Data, Length);

    /// <summary>Whether it is this word.</summary>
    public readonly bool Is(ReadOnlySpan<byte> word) => Span.SequenceEqual(word);
}

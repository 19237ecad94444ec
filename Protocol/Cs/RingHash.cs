using System;

namespace Epollsrv.Protocol.Cs;

/// <summary>The hash that decides which node of a ring a key belongs to. Any thread.</summary>
internal static class RingHash
{
    /// <summary>Jenkins's one-at-a-time hash ("A hash function for hash table lookup", 1997), each byte taken as signed.</summary>
    /// <param name="key">Any bytes; an empty key hashes to 0.</param>
    public static uint Compute(ReadOnlySpan<byte> key)
    {
        uint hash = 0;
        foreach (byte value in key)
        {
            // The C program ran where char is signed: 0xFF adds −1. Spelled out, so that it holds on arm64 too.
            hash += (uint)(sbyte)value;
            hash += hash << 10;
            hash ^= hash >> 6;
        }

        hash += hash << 3;
        hash ^= hash >> 11;
        hash += hash << 15;
        return hash;
    }
}

using System;

namespace Epollsrv.Protocol.Memcached;

/// <summary>A request that has arrived whole: where its parts lie among the received bytes.</summary>
internal unsafe struct MemcachedRequest
{
    /// <summary>Its first byte.</summary>
    public byte* Start;

    /// <summary>Behind its last byte: the next request's first.</summary>
    public byte* End;

    /// <summary>Behind the command's name.</summary>
    public byte* Arguments;

    /// <summary>Behind the last byte of the line that counts: the line end, or a byte of zero.</summary>
    public byte* LineEnd;

    /// <summary>The first key; null: the line has none.</summary>
    public byte* Key;

    /// <summary>The value of a command that stores; null: there is none, or it is too large and follows (<see cref="Swallow"/>).</summary>
    public byte* Value;

    /// <summary>Bytes in the first key.</summary>
    public int KeyLength;

    /// <summary>Bytes of <see cref="Value"/>.</summary>
    public int ValueLength;

    /// <summary>The key's hash.</summary>
    public ulong Hash;

    /// <summary>Bytes behind <see cref="End"/> that belong to the request and are thrown away as they come.</summary>
    public long Swallow;

    /// <summary>When a stored key expires, Unix milliseconds; 0: never; <see cref="MemcachedTime.Gone"/>: it has.</summary>
    public long Expiry;

    /// <summary>What cas compares with.</summary>
    public ulong Unique;

    /// <summary>The unique of what was stored, when <see cref="WantsUnique"/>.</summary>
    public ulong NewUnique;

    /// <summary>The client's own 32 bits of a stored value.</summary>
    public uint ClientFlags;

    /// <summary>The command.</summary>
    public MemcachedVerb Verb;

    /// <summary>Whether the key's unique has to be <see cref="Unique"/>.</summary>
    public bool HasUnique;

    /// <summary>Whether the unique of what is stored is asked for.</summary>
    public bool WantsUnique;

    /// <summary>Whether a key that has changed since is given the value nevertheless, and marked as stale.</summary>
    public bool MayBeStale;

    /// <summary>Whether nothing is answered.</summary>
    public bool NoReply;

    /// <summary>What is wrong with the line of a command that stores.</summary>
    public MemcachedFault Fault;

    /// <summary>The first key.</summary>
    public readonly ReadOnlySpan<byte> KeySpan => new(Key, KeyLength);
}

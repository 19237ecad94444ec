using System;

namespace Epollsrv.Store;

/// <summary>
/// What memcached's clients have beside an item's value. An entry without them costs not a byte: they lie in 16 bytes
/// behind its header, which are there only when one of them is not zero.
/// </summary>
/// <param name="clientFlags">The 32 bits that a client gave with the value.</param>
/// <param name="unique">The number that no other state of any item has (cas); 0: nobody has asked for it yet.</param>
/// <param name="state">What the meta commands have noted.</param>
public readonly struct ItemFields(uint clientFlags, ulong unique = 0, ItemState state = ItemState.None) : IEquatable<ItemFields>
{
    /// <summary>Bytes in an entry.</summary>
    internal const int Bytes = 16;

    private readonly uint _clientFlags = clientFlags;
    private readonly uint _state = (uint)state;
    private readonly ulong _unique = unique;

    /// <summary>The 32 bits that a client gave with the value.</summary>
    public uint ClientFlags => _clientFlags;

    /// <summary>The number that no other state of any item has; 0: nobody has asked for it yet.</summary>
    public ulong Unique => _unique;

    /// <summary>What the meta commands have noted.</summary>
    public ItemState State => (ItemState)_state;

    /// <summary>Whether an entry needs no room for them.</summary>
    public bool IsNone => (_clientFlags | _state | _unique) == 0;

    /// <summary>Whether all of them are the same.</summary>
    public static bool operator ==(ItemFields left, ItemFields right) => left.Equals(right);

    /// <summary>Whether one of them is another.</summary>
    public static bool operator !=(ItemFields left, ItemFields right) => !left.Equals(right);

    /// <summary>Whether all of them are the same.</summary>
    public bool Equals(ItemFields other) => _clientFlags == other._clientFlags && _state == other._state && _unique == other._unique;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ItemFields other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_clientFlags, _state, _unique);
}

using System;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Share;

/// <summary>A set of file names, as bytes. Open addressing with linear probing, at most half full. One thread at a time.</summary>
internal sealed class NameSet
{
    private byte[]?[] _slots = new byte[16][];

    /// <summary>How many names.</summary>
    public int Count { get; private set; }

    /// <summary>How many places <see cref="At"/> has; more than <see cref="Count"/>.</summary>
    public int Capacity => _slots.Length;

    /// <summary>The name at a place, or null: for going through all of them. Places move when the set changes.</summary>
    public byte[]? At(int place) => _slots[place];

    /// <summary>Whether the name is in the set.</summary>
    public bool Contains(ReadOnlySpan<byte> name) => _slots[Find(name)] is not null;

    /// <summary>Adds a copy of the name; false when it is there already.</summary>
    public bool Add(ReadOnlySpan<byte> name)
    {
        int place = Find(name);
        if (_slots[place] is not null)
        {
            return false;
        }

        _slots[place] = name.ToArray();
        Count++;
        if (Count * 2 > _slots.Length)
        {
            Grow();
        }

        return true;
    }

    /// <summary>Takes the name out; false when it is not there.</summary>
    public bool Remove(ReadOnlySpan<byte> name)
    {
        int place = Find(name);
        if (_slots[place] is null)
        {
            return false;
        }

        _slots[place] = null;
        Count--;

        // The names behind it in the same run are put in again: a look-up stops at the first empty place.
        int mask = _slots.Length - 1;
        for (int next = (place + 1) & mask; _slots[next] is { } moved; next = (next + 1) & mask)
        {
            _slots[next] = null;
            _slots[Find(moved)] = moved;
        }

        return true;
    }

    /// <summary>All names, in no order.</summary>
    public byte[][] ToArray()
    {
        byte[][] names = new byte[Count][];
        int count = 0;
        foreach (byte[]? name in _slots)
        {
            if (name is not null)
            {
                names[count++] = name;
            }
        }

        return names;
    }

    /// <summary>Takes all names out.</summary>
    public void Clear()
    {
        _slots = new byte[16][];
        Count = 0;
    }

    private int Find(ReadOnlySpan<byte> name)
    {
        int mask = _slots.Length - 1;
        int place = (int)KeyHash.Compute(name) & mask;
        while (_slots[place] is { } other && !name.SequenceEqual(other))
        {
            place = (place + 1) & mask;
        }

        return place;
    }

    private void Grow()
    {
        byte[]?[] old = _slots;
        _slots = new byte[old.Length * 2][];
        foreach (byte[]? name in old)
        {
            if (name is not null)
            {
                _slots[Find(name)] = name;
            }
        }
    }
}

using System;
using System.Runtime.InteropServices;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>
/// A set of file names, as bytes, in native memory: how many there are is up to whoever writes
/// to a folder. Open addressing with linear probing, at most half full. One thread at a time.
/// </summary>
internal sealed unsafe class NameSet : IDisposable
{
    private const int FewestSlots = 16;

    // A name: its length in two bytes, a mark, the bytes.
    private const int MarkOffset = 2;
    private const int HeaderBytes = 3;

    private readonly int _most;
    private byte** _slots;

    /// <summary>Makes an empty set.</summary>
    /// <param name="most">Names beyond so many are refused.</param>
    public NameSet(int most = int.MaxValue) => _most = most;

    /// <summary>How many names.</summary>
    public int Count { get; private set; }

    /// <summary>How many additions were refused, because the set was full.</summary>
    public int Refused { get; private set; }

    /// <summary>How many places <see cref="TryAt"/> has; more than <see cref="Count"/>.</summary>
    public int Capacity { get; private set; }

    /// <summary>Changes whenever places move.</summary>
    public int Version { get; private set; }

    /// <summary>The name at a place: for going through all of them. Places move when the set changes.</summary>
    /// <returns>False when none is there.</returns>
    public bool TryAt(int place, out ReadOnlySpan<byte> name)
    {
        name = _slots[place] == null ? default : NameOf(_slots[place]);
        return _slots[place] != null;
    }

    /// <summary>Marks the name at a place.</summary>
    /// <returns>False when it was marked already.</returns>
    public bool Mark(int place)
    {
        byte* mark = _slots[place] + MarkOffset;
        bool fresh = *mark == 0;
        *mark = 1;
        return fresh;
    }

    /// <summary>Takes all marks away.</summary>
    public void Unmark()
    {
        for (int place = 0; place < Capacity; place++)
        {
            if (_slots[place] != null)
            {
                _slots[place][MarkOffset] = 0;
            }
        }
    }

    /// <summary>Whether the name is in the set.</summary>
    public bool Contains(ReadOnlySpan<byte> name) => Count > 0 && _slots[Find(name)] != null;

    /// <summary>Adds a copy of the name, at most 65,535 bytes.</summary>
    /// <returns>False when it is there already, or the set is full.</returns>
    public bool Add(ReadOnlySpan<byte> name)
    {
        if (Capacity == 0)
        {
            Resize(FewestSlots);
        }

        int place = Find(name);
        if (_slots[place] != null)
        {
            return false;
        }

        if (Count >= _most)
        {
            Refused++;
            return false;
        }

        byte* copy = (byte*)NativeMemory.Alloc((nuint)(HeaderBytes + name.Length));
        *(ushort*)copy = checked((ushort)name.Length);
        copy[MarkOffset] = 0;
        name.CopyTo(new Span<byte>(copy + HeaderBytes, name.Length));
        _slots[place] = copy;
        Count++;
        if (Count * 2L > Capacity)
        {
            Resize(checked(Capacity * 2));
        }

        return true;
    }

    /// <summary>Takes the name out; false when it is not there.</summary>
    public bool Remove(ReadOnlySpan<byte> name)
    {
        int place = Count == 0 ? -1 : Find(name);
        if (place < 0 || _slots[place] == null)
        {
            return false;
        }

        NativeMemory.Free(_slots[place]);
        _slots[place] = null;
        Count--;
        Version++;

        // The names behind it in the same run are put in again: a look-up stops at the first empty place.
        int mask = Capacity - 1;
        for (int next = (place + 1) & mask; _slots[next] != null; next = (next + 1) & mask)
        {
            byte* moved = _slots[next];
            _slots[next] = null;
            _slots[Find(NameOf(moved))] = moved;
        }

        return true;
    }

    /// <summary>All names, in no order.</summary>
    public byte[][] ToArray()
    {
        byte[][] names = new byte[Count][];
        int count = 0;
        for (int place = 0; place < Capacity; place++)
        {
            if (TryAt(place, out ReadOnlySpan<byte> name))
            {
                names[count++] = name.ToArray();
            }
        }

        return names;
    }

    /// <summary>Puts the names in the order of their bytes, after which they can
    /// be gone through but neither looked up nor changed, only cleared.</summary>
    public void Sort()
    {
        int count = 0;
        for (int place = 0; place < Capacity; place++)
        {
            byte* name = _slots[place];
            _slots[place] = null;
            if (name != null)
            {
                _slots[count++] = name;
            }
        }

        // Heapsort: no memory, and no order of a hostile folder makes it slow.
        for (int i = count / 2; i > 0;)
        {
            Sink(--i, count);
        }

        for (int end = count - 1; end > 0; end--)
        {
            byte* last = _slots[0];
            _slots[0] = _slots[end];
            _slots[end] = last;
            Sink(0, end);
        }
    }

    /// <summary>Takes all names out and gives the memory back.</summary>
    public void Clear()
    {
        for (int place = 0; place < Capacity; place++)
        {
            NativeMemory.Free(_slots[place]);
        }

        NativeMemory.Free(_slots);
        _slots = null;
        Capacity = 0;
        Count = 0;
        Refused = 0;
        Version++;
    }

    public void Dispose() => Clear();

    private static ReadOnlySpan<byte> NameOf(byte* slot) => new(slot + HeaderBytes, *(ushort*)slot);

    private int Find(ReadOnlySpan<byte> name)
    {
        int mask = Capacity - 1;
        int place = (int)RingHash.Compute(name) & mask;
        while (_slots[place] != null && !name.SequenceEqual(NameOf(_slots[place])))
        {
            place = (place + 1) & mask;
        }

        return place;
    }

    private void Resize(int capacity)
    {
        byte** old = _slots;
        int places = Capacity;
        _slots = (byte**)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(byte*));
        Capacity = capacity;
        Version++;
        for (int place = 0; place < places; place++)
        {
            if (old[place] != null)
            {
                _slots[Find(NameOf(old[place]))] = old[place];
            }
        }

        NativeMemory.Free(old);
    }

    private void Sink(int parent, int count)
    {
        byte* name = _slots[parent];
        for (int child = (2 * parent) + 1; child < count; child = (2 * parent) + 1)
        {
            child += child + 1 < count && NameOf(_slots[child]).SequenceCompareTo(NameOf(_slots[child + 1])) < 0 ? 1 : 0;
            if (NameOf(name).SequenceCompareTo(NameOf(_slots[child])) >= 0)
            {
                break;
            }

            _slots[parent] = _slots[child];
            parent = child;
        }

        _slots[parent] = name;
    }
}

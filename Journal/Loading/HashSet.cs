using System;
using System.Runtime.InteropServices;
using Epollsrv.Native;

namespace Epollsrv.Journal.Loading;

/// <summary>A set of hashes of 64 bits, in 11 to 21 bytes of native memory each. One thread.</summary>
internal sealed unsafe class HashSet : IDisposable
{
    private const int FirstCapacity = 1024;

    private ulong* _places = (ulong*)NativeMemory.AllocZeroed(FirstCapacity, sizeof(ulong));
    private ulong _mask = FirstCapacity - 1;
    private ulong _count;

    /// <summary>Adds a hash.</summary>
    /// <returns>False: it is there already.</returns>
    /// <exception cref="OutOfMemoryException">There is no memory for it.</exception>
    public bool TryAdd(ulong hash)
    {
        if (4 * (_count + 1) > 3 * (_mask + 1))
        {
            Grow();
        }

        // Zero marks an empty place.
        bool added = TryPlace(hash == 0 ? 1 : hash);
        _count += added ? 1u : 0;
        return added;
    }

    public void Dispose()
    {
        NativeMemory.Free(_places);
        _places = null;
    }

    private bool TryPlace(ulong hash)
    {
        ulong place = hash & _mask;
        while (_places[place] != 0)
        {
            if (_places[place] == hash)
            {
                return false;
            }

            place = (place + 1) & _mask;
        }

        _places[place] = hash;
        return true;
    }

    private void Grow()
    {
        ulong* old = _places;
        ulong count = _mask + 1;
        ulong* places = (ulong*)Memory.TryAllocateZeroed((nuint)(2 * count * sizeof(ulong)));
        if (places == null)
        {
            throw new OutOfMemoryException("cannot keep the hashes of a snapshot's keys");
        }

        _places = places;
        _mask = (2 * count) - 1;
        for (ulong i = 0; i < count; i++)
        {
            if (old[i] != 0)
            {
                _ = TryPlace(old[i]);
            }
        }

        NativeMemory.Free(old);
    }
}

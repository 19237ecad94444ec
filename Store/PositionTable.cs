using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Store;

/// <summary>
/// The position of the log that whoever has seen a key, or has seen that it is missing, must wait for: a small table by hash.
/// Keys that share a place share its highest position, so that some wait needlessly and none too short. Positions only rise. Any
/// thread; a key's position is raised before the key's partition is given back, so that who looks the key up afterwards finds it.
/// </summary>
internal sealed unsafe class PositionTable
{
    /// <summary>Places there are: far more than keys that are written between two moves of the log's safe position.</summary>
    public const int Places = 1 << PlaceBits;

    private const int PlaceBits = 16;

    private readonly long* _places;
    private long _floor;
    private long _end;

    /// <summary>All positions are 0. Memory is taken as places are used.</summary>
    /// <exception cref="OutOfMemoryException">The kernel refuses.</exception>
    public PositionTable()
    {
        long address = Memory.Map(Places * sizeof(long));
        _places = address > 0 ? (long*)address
            : throw new OutOfMemoryException("cannot map a table of positions: " + Errno.Describe((int)address));
    }

    /// <summary>The log's end: what whoever has seen all keys waits for. Written by the log.</summary>
    public long End
    {
        get => Volatile.Read(ref _end); // pairs with the log's write, which comes before the partitions are given back
        set => Volatile.Write(ref _end, value);
    }

    /// <summary>What whoever has seen a key with that hash, or its absence, waits for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Of(ulong hash) => Math.Max(Volatile.Read(ref *Place(hash)), Volatile.Read(ref _floor)); // pairs with Raise and RaiseFloor

    /// <summary>A key with that hash was changed by the record that ends at a position.</summary>
    public void Raise(ulong hash, long position) => RaiseTo(ref *Place(hash), position);

    /// <summary>Positions begin anew with another end. Nobody looks any up meanwhile.</summary>
    public void Restart(long end)
    {
        NativeMemory.Clear(_places, Places * sizeof(long));
        Volatile.Write(ref _floor, 0); // pairs with Of
        End = end;
    }

    /// <summary>All keys were changed by it (FLUSHALL).</summary>
    public void RaiseFloor(long position) => RaiseTo(ref _floor, position);

    // Keys of several partitions share a place, so that their locks do not order the writes.
    private static void RaiseTo(ref long place, long position)
    {
        long seen = Volatile.Read(ref place); // pairs with the exchange below
        while (seen < position)
        {
            long found = Interlocked.CompareExchange(ref place, position, seen); // pairs with Of
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    // Other bits than those that choose partition and bucket would do as well; these are a mixture of all.
    private long* Place(ulong hash) => _places + ((hash * 0x9E37_79B9_7F4A_7C15) >> (64 - PlaceBits));
}

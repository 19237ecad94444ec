using System;

namespace Epollsrv.Share;

/// <summary>Names of files that wait to be hashed, each once, in native memory of fixed size. Not for two threads at a time.</summary>
internal sealed unsafe class HashQueue
{
    /// <summary>Most names.</summary>
    public const int Capacity = 256;

    private const int Bytes = FileName.Maximum + 2;

    // Per name: its length, how often it was put back, the name.
    private readonly byte* _names = (byte*)System.Runtime.InteropServices.NativeMemory.Alloc(Capacity * Bytes);
    private int _first;

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a name, unless it waits already.</summary>
    /// <param name="name">1 … 255 bytes.</param>
    /// <param name="first">Before all others, although it may wait already.</param>
    /// <param name="attempts">How often it was put back.</param>
    /// <returns>False when there is no room.</returns>
    public bool Add(ReadOnlySpan<byte> name, bool first, byte attempts = 0)
    {
        if (Count > 0 && Is(0, name))
        {
            return true;
        }

        for (int i = 1; i < Count && !first; i++)
        {
            if (Is(i, name))
            {
                return true;
            }
        }

        if (Count == Capacity)
        {
            return false;
        }

        _first = first ? (_first + Capacity - 1) % Capacity : _first;
        byte* place = At(first ? 0 : Count);
        place[0] = (byte)name.Length;
        place[1] = attempts;
        name.CopyTo(new Span<byte>(place + 2, FileName.Maximum));
        Count++;
        return true;
    }

    /// <summary>Takes the first name out.</summary>
    /// <param name="name">Receives it; 255 bytes.</param>
    /// <param name="attempts">How often it was put back.</param>
    /// <returns>Its length; 0 when none waits.</returns>
    public int Take(Span<byte> name, out byte attempts)
    {
        attempts = 0;
        if (Count == 0)
        {
            return 0;
        }

        byte* place = At(0);
        new ReadOnlySpan<byte>(place + 2, place[0]).CopyTo(name);
        attempts = place[1];
        _first = (_first + 1) % Capacity;
        Count--;
        return place[0];
    }

    private byte* At(int index) => _names + ((_first + index) % Capacity * Bytes);

    private bool Is(int index, ReadOnlySpan<byte> name) => new ReadOnlySpan<byte>(At(index) + 2, At(index)[0]).SequenceEqual(name);
}

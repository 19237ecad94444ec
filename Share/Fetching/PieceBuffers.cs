using System;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>Buffers of one piece each, outside the managed heap: as many as a download ever holds in memory. One thread.</summary>
internal sealed unsafe class PieceBuffers : IDisposable
{
    /// <summary>How many: enough to hash eight side by side while others arrive, and 12 MB at most.</summary>
    public const int Count = 12;

    private readonly long _address;
    private readonly int[] _free = new int[Count];

    /// <summary>Reserves them; none is resident before it is used.</summary>
    public PieceBuffers()
    {
        _address = Memory.Map((long)Count * FileIdentity.PieceBytes);
        Free = _address < 0 ? 0 : Count;
        for (int i = 0; i < Count; i++)
        {
            // The lowest is taken first: a small file touches few.
            _free[i] = Count - 1 - i;
        }
    }

    /// <summary>How many are free; 0 from the beginning where there is no memory.</summary>
    public int Free { get; private set; }

    /// <summary>The memory of a buffer.</summary>
    public byte* this[int buffer] => (byte*)_address + ((long)buffer * FileIdentity.PieceBytes);

    /// <summary>Takes one; −1 when none is free.</summary>
    public int Take() => Free == 0 ? -1 : _free[--Free];

    /// <summary>Gives one back.</summary>
    public void Return(int buffer) => _free[Free++] = buffer;

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (_address > 0)
        {
            _ = Memory.Unmap((void*)_address, (long)Count * FileIdentity.PieceBytes);
        }
    }
}

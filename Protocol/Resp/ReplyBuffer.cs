using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Replies put together in native memory, for arrays whose length is only known at their end. Ends with <see cref="Send"/> or
/// <see cref="Free()"/>. One thread.
/// </summary>
internal unsafe struct ReplyBuffer
{
    private const long Smallest = 4096;

    // More unused room than that is given back before the reply waits for its reader.
    private const long KeptRoom = 64 * 1024;

    // The capacity lies in front of the bytes, where the release of a sent buffer finds it.
    private const int Header = sizeof(long);

    private byte* _data;
    private long _capacity;
    private long _counted;

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>Replies written, counted by <see cref="AddBulk"/> alone.</summary>
    public long Count { get; private set; }

    /// <summary>What is written. Moves when more is.</summary>
    public readonly byte* Data => _data;

    /// <summary>Forgets what is written and keeps the room.</summary>
    public void Clear()
    {
        Length = 0;
        Count = 0;
    }

    /// <summary>Adds a string of bytes.</summary>
    public void AddBulk(byte* data, long length)
    {
        byte* to = Reserve(length + 32);
        *to = (byte)'$';
        int header = 1 + Numbers.Write(to + 1, length);
        Unsafe.WriteUnaligned(to + header, (ushort)('\r' | ('\n' << 8)));
        header += 2;
        Buffer.MemoryCopy(data, to + header, length, length);
        Unsafe.WriteUnaligned(to + header + length, (ushort)('\r' | ('\n' << 8)));
        Length += header + length + 2;
        Count++;
    }

    /// <summary>Adds a header or number: its sign and its value.</summary>
    public void Add(byte kind, long value)
    {
        byte* to = Reserve(32);
        *to = kind;
        int header = 1 + Numbers.Write(to + 1, value);
        Unsafe.WriteUnaligned(to + header, (ushort)('\r' | ('\n' << 8)));
        Length += header + 2;
    }

    /// <summary>Adds bytes as they are.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(Reserve(bytes.Length), bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Copies all to memory that is as long.</summary>
    public readonly void CopyTo(byte* memory) => Buffer.MemoryCopy(_data, memory, Length, Length);

    /// <summary>
    /// Counts the memory taken so far to the connection that a turn owns; false: the connection was ended for it, nothing more is wanted. Asked
    /// again and again while a long reply grows.
    /// </summary>
    public bool CountMemory(Turn turn)
    {
        if (_counted != _capacity)
        {
            turn.Hold(_capacity - _counted);
            _counted = _capacity;
        }

        return !turn.Broken;
    }

    /// <summary>Writes all to the reply: what is long is not copied.</summary>
    public void Send(Turn turn)
    {
        if (Length <= Smallest)
        {
            turn.Output.Write(_data, (nint)Length);
            Free(turn);
            return;
        }

        if (_capacity - Length > KeptRoom)
        {
            Resize(Length);
        }

        if (CountMemory(turn))
        {
            // From here on it counts as output.
            turn.HoldPooled(-_counted);
            *(long*)(_data - Header) = _counted;
            turn.WriteReference(_data, (nint)Length, (nint)_data, &Release, _counted);
            _data = null;
            _counted = 0;
        }

        Free(turn);
    }

    /// <summary>Gives the memory back, and what <see cref="CountMemory"/> counted.</summary>
    public void Free(Turn turn)
    {
        turn.Hold(-_counted);
        _counted = 0;
        Free();
    }

    /// <summary>Gives the memory back that was not counted.</summary>
    public void Free()
    {
        if (_data != null)
        {
            NativeMemory.Free(_data - Header);
            _data = null;
        }
    }

    private static void Release(BufferPool pool, nint data)
    {
        pool.Charge(-*(long*)(data - Header));
        NativeMemory.Free((void*)(data - Header));
    }

    private byte* Reserve(long bytes)
    {
        if (_capacity - Length < bytes)
        {
            Resize(Math.Max(Math.Max(Smallest, 2 * _capacity), Length + bytes));
        }

        return _data + Length;
    }

    private void Resize(long capacity)
    {
        byte* old = _data == null ? null : _data - Header;
        _data = (byte*)NativeMemory.Realloc(old, (nuint)(capacity + Header)) + Header;
        _capacity = capacity;
    }
}

using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Replies put together in native memory, for arrays whose length is only known at their end. Ends with <see cref="Send"/> or
/// <see cref="Free"/>. One thread.
/// </summary>
internal unsafe struct ReplyBuffer
{
    private const long Smallest = 4096;

    private byte* _data;
    private long _capacity;

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>Replies written, counted by <see cref="AddBulk"/> alone.</summary>
    public long Count { get; private set; }

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

    /// <summary>Writes all to the reply: what is long is not copied.</summary>
    public void Send(Turn turn)
    {
        if (Length > Smallest)
        {
            turn.WriteReference(_data, (nint)Length, (nint)_data, &Release);
            _data = null;
            return;
        }

        turn.Write(_data, (nint)Length);
        Free();
    }

    /// <summary>Gives the memory back.</summary>
    public void Free()
    {
        NativeMemory.Free(_data);
        _data = null;
    }

    private static void Release(BufferPool pool, nint owner) => NativeMemory.Free((void*)owner);

    private byte* Reserve(long bytes)
    {
        if (_capacity - Length < bytes)
        {
            _capacity = Math.Max(Math.Max(Smallest, 2 * _capacity), Length + bytes);
            _data = (byte*)NativeMemory.Realloc(_data, (nuint)_capacity);
        }

        return _data + Length;
    }
}

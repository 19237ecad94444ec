using System;
using System.Runtime.InteropServices;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>Bytes in native memory that grows: records in RESP, or a piece of an RDB file.</summary>
internal unsafe struct RecordBuffer
{
    private const long Smallest = 4096;
    private const long Kept = 64 * 1024;

    private long _capacity;

    /// <summary>The first byte.</summary>
    public byte* Data { get; private set; }

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes of memory.</summary>
    public readonly long Capacity => _capacity;

    /// <summary>Adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(new Span<byte>(Data + Length, bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Where at least so many bytes may be written, behind what is there; <see cref="AddRoom"/> makes them part of it.</summary>
    public byte* Room(long bytes)
    {
        Reserve(bytes);
        return Data + Length;
    }

    /// <summary>Adds what was written into <see cref="Room"/>, up to here.</summary>
    public void AddRoom(byte* end) => Length = end - Data;

    /// <summary>Adds a letter, a number and a line end.</summary>
    public void AddHeader(byte kind, long number)
    {
        Reserve(1 + Numbers.Longest + 2);
        Data[Length++] = kind;
        Length += Numbers.Write(Data + Length, number);
        Data[Length++] = (byte)'\r';
        Data[Length++] = (byte)'\n';
    }

    /// <summary>Adds a bulk string.</summary>
    public void AddBulk(ReadOnlySpan<byte> bytes)
    {
        AddHeader((byte)'$', bytes.Length);
        Add(bytes);
        Add("\r\n"u8);
    }

    /// <summary>Adds a number as a bulk string.</summary>
    public void AddBulk(long number)
    {
        byte* text = stackalloc byte[Numbers.Longest];
        AddBulk(new ReadOnlySpan<byte>(text, Numbers.Write(text, number)));
    }

    /// <summary>Has memory for so many bytes at once: to grow to them would leave the allocator with pieces of all sizes.</summary>
    public void Prepare(long bytes)
    {
        if (_capacity < bytes)
        {
            Reserve(bytes - Length);
        }
    }

    /// <summary>Has the kernel give all of its memory now, before anything is written.</summary>
    public readonly void Touch() => NativeMemory.Clear(Data, (nuint)_capacity);

    /// <summary>Forgets what is written, and gives memory back that is much.</summary>
    /// <param name="kept">How much is not.</param>
    public void Clear(long kept = Kept)
    {
        Length = 0;
        if (_capacity > kept)
        {
            NativeMemory.Free(Data);
            Data = null;
            _capacity = 0;
        }
    }

    /// <summary>Gives all memory back.</summary>
    public void Free()
    {
        NativeMemory.Free(Data);
        Forget();
    }

    /// <summary>Somebody else has the memory now.</summary>
    public void Forget()
    {
        Data = null;
        Length = 0;
        _capacity = 0;
    }

    private void Reserve(long bytes)
    {
        if (_capacity - Length < bytes)
        {
            long capacity = Math.Max(Smallest, Math.Max(2 * _capacity, Length + bytes));
            Data = (byte*)NativeMemory.Realloc(Data, (nuint)capacity);
            _capacity = capacity;
        }
    }
}

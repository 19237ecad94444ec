using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Replies and text put together in native memory, for what begins with a length that is only known at its end. Ends with
/// <see cref="Send"/> or <see cref="Free()"/>; when memory runs out while
/// something is added, it is freed before the exception is thrown. One thread.
/// </summary>
internal unsafe struct ReplyBuffer
{
    /// <summary>Room for a header or number.</summary>
    public const int LongestNumber = 32;

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

    /// <summary>The same, of at most 2 GB.</summary>
    public readonly ReadOnlySpan<byte> Span => new(_data, (int)Length);

    /// <summary>Forgets what is written and keeps the room.</summary>
    public void Clear()
    {
        Length = 0;
        Count = 0;
    }

    /// <summary>Adds a string of bytes.</summary>
    public void AddBulk(byte* data, long length)
    {
        byte* to = Reserve(length + LongestNumber);
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
        byte* to = Reserve(LongestNumber);
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

    /// <summary>Adds a byte.</summary>
    public void Add(byte letter)
    {
        *Reserve(1) = letter;
        Length++;
    }

    /// <summary>Adds a number as text.</summary>
    public void Add(long value) => Length += Numbers.Write(Reserve(Numbers.Longest), value);

    /// <summary>Adds ASCII text.</summary>
    public void Add(string text)
    {
        byte* to = Reserve(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            to[i] = (byte)text[i];
        }

        Length += text.Length;
    }

    /// <summary>Adds bytes between double quotes, as Redis writes them (sdscatrepr).</summary>
    public void AddQuoted(byte* data, int length)
    {
        Add((byte)'"');
        for (int i = 0; i < length; i++)
        {
            byte letter = data[i];
            byte escape = letter switch
            {
                (byte)'\\' or (byte)'"' => letter,
                (byte)'\n' => (byte)'n',
                (byte)'\r' => (byte)'r',
                (byte)'\t' => (byte)'t',
                7 => (byte)'a',
                8 => (byte)'b',
                _ => 0,
            };
            if (escape != 0)
            {
                Add((byte)'\\');
                Add(escape);
            }
            else if (letter is >= (byte)' ' and <= (byte)'~')
            {
                Add(letter);
            }
            else
            {
                Add("\\x"u8);
                Add(HexDigit(letter >> 4));
                Add(HexDigit(letter & 15));
            }
        }

        Add((byte)'"');
    }

    /// <summary>Adds a header of a map.</summary>
    public void AddMap(bool isVersion3, long pairs) => Add((byte)(isVersion3 ? '%' : '*'), isVersion3 ? pairs : 2 * pairs);

    /// <summary>
    /// Counts the memory taken so far to the connection that a thread owns; false: the connection
    /// was ended for it, nothing more is wanted. Asked again and again while a long reply grows.
    /// </summary>
    public bool CountMemory(ThreadContext thread)
    {
        if (_counted != _capacity)
        {
            thread.Hold(_capacity - _counted);
            _counted = _capacity;
        }

        return !thread.Broken;
    }

    /// <summary>Writes all to the reply: what is long is not copied.</summary>
    public void Send(ThreadContext thread)
    {
        if (Length <= Smallest)
        {
            thread.Output.Write(_data, (nint)Length);
            Free(thread);
            return;
        }

        if (_capacity - Length > KeptRoom)
        {
            // Without memory for a smaller one it stays as it is.
            _ = TryResize(Length);
        }

        if (CountMemory(thread))
        {
            // From here on it counts as output.
            thread.HoldPooled(-_counted);
            *(long*)(_data - Header) = _counted;
            thread.WriteReference(_data, (nint)Length, (nint)_data, &Release, _counted);
            _data = null;
            _counted = 0;
        }

        Free(thread);
    }

    /// <summary>Gives the memory back, and what <see cref="CountMemory"/> counted.</summary>
    public void Free(ThreadContext thread)
    {
        thread.Hold(-_counted);
        _counted = 0;
        Free();
    }

    /// <summary>Gives the memory back that was not counted.</summary>
    public void Free()
    {
        if (_data != null)
        {
            NativeMemory.Free(_data - Header);
        }

        _data = null;
        _capacity = 0;
        Length = 0;
    }

    /// <summary>Makes room for so many bytes more, so that adding them does not fail.</summary>
    /// <returns>Where they go.</returns>
    public byte* Reserve(long bytes)
    {
        if (_capacity - Length < bytes && !TryResize(Math.Max(Math.Max(Smallest, 2 * _capacity), Length + bytes)))
        {
            Free();
            throw new OutOfMemoryException("cannot get memory for a reply");
        }

        return _data + Length;
    }

    private static void Release(BufferPool pool, nint data)
    {
        pool.Charge(-*(long*)(data - Header));
        NativeMemory.Free((void*)(data - Header));
    }

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'a' + value - 10);

    private bool TryResize(long capacity)
    {
        byte* resized = (byte*)Memory.TryReallocate(_data == null ? null : _data - Header, (nuint)(capacity + Header));
        if (resized == null)
        {
            return false;
        }

        _data = resized + Header;
        _capacity = capacity;
        return true;
    }
}

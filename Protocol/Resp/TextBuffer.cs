using System;
using System.Runtime.InteropServices;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>Text that is put together in native memory of its own: for replies whose length comes first. Free it.</summary>
internal unsafe struct TextBuffer
{
    private byte* _data;
    private int _capacity;
    private int _counted;

    /// <summary>Bytes so far.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes; good until the next that is appended.</summary>
    public readonly ReadOnlySpan<byte> Span => new(_data, Length);

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(Room(bytes.Length), bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Adds a byte.</summary>
    public void Append(byte letter)
    {
        *Room(1) = letter;
        Length++;
    }

    /// <summary>Adds a number.</summary>
    public void Append(long value) => Length += Numbers.Write(Room(Numbers.Longest), value);

    /// <summary>Adds ASCII text.</summary>
    public void Append(string text)
    {
        byte* to = Room(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            to[i] = (byte)text[i];
        }

        Length += text.Length;
    }

    /// <summary>Adds bytes between double quotes, as Redis writes them (sdscatrepr).</summary>
    public void AppendQuoted(byte* data, int length)
    {
        Append((byte)'"');
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
                Append((byte)'\\');
                Append(escape);
            }
            else if (letter is >= (byte)' ' and <= (byte)'~')
            {
                Append(letter);
            }
            else
            {
                Append("\\x"u8);
                Append(HexDigit(letter >> 4));
                Append(HexDigit(letter & 15));
            }
        }

        Append((byte)'"');
    }

    /// <summary>As <see cref="ReplyBuffer.CountMemory"/>.</summary>
    public bool CountMemory(Turn turn)
    {
        if (_counted != _capacity)
        {
            turn.Hold(_capacity - _counted);
            _counted = _capacity;
        }

        return !turn.Broken;
    }

    /// <summary>Gives the memory back, and what <see cref="CountMemory"/> counted.</summary>
    public void Free(Turn turn)
    {
        turn.Hold(-_counted);
        Free();
    }

    /// <summary>Gives the memory back that was not counted.</summary>
    public void Free()
    {
        NativeMemory.Free(_data);
        this = default;
    }

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'a' + value - 10);

    private byte* Room(int bytes)
    {
        if (_capacity - Length < bytes)
        {
            int capacity = (int)Math.Max(Math.Min(2L * _capacity, int.MaxValue), Math.Max(256L, (long)Length + bytes));
            _data = (byte*)NativeMemory.Realloc(_data, (nuint)capacity);
            _capacity = capacity;
        }

        return _data + Length;
    }
}

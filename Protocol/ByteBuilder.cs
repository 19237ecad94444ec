using System;
using System.Text;
using System.Text.Unicode;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol;

/// <summary>
/// Bytes of a reply whose length is not known before they are written: a pooled buffer that grows. One a thread, used again and
/// again from <see cref="Begin"/> to <see cref="Send"/> or <see cref="Drop"/>.
/// </summary>
internal sealed unsafe class ByteBuilder
{
    // The buffer's capacity lies at its beginning, where the release of a sent buffer finds it.
    private const int Header = 8;

    // What the pool gives at most.
    private const int Most = 1 << 30;

    private readonly ThreadContext _thread;
    private byte* _buffer;
    private int _capacity;
    private int _used;

    /// <summary>Makes a thread's builder.</summary>
    public ByteBuilder(ThreadContext thread) => _thread = thread;

    /// <summary>Begins anew with room for about <paramref name="expected"/> bytes.</summary>
    public ByteBuilder Begin(int expected)
    {
        if (_buffer != null)
        {
            // Left by a reply for which memory ran out; its connection has ended, and what it held with it.
            _thread.Server.Buffers.Return(_buffer, _capacity);
            _buffer = null;
        }

        _buffer = _thread.Server.Buffers.Rent(expected + Header, out _capacity);
        _thread.HoldPooled(_capacity);
        _used = Header;
        return this;
    }

    /// <summary>For those who get no other context: what is written about.</summary>
    public object? State { get; set; }

    /// <summary>Bytes so far.</summary>
    public int Length => _used - Header;

    /// <summary>The bytes so far.</summary>
    public ReadOnlySpan<byte> Written => new(_buffer + Header, Length);

    /// <summary>Adds bytes.</summary>
    public void Add(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _used += bytes.Length;
    }

    /// <summary>Adds one byte.</summary>
    public void Add(byte one)
    {
        Room(1)[0] = one;
        _used++;
    }

    /// <summary>Adds a number in decimal.</summary>
    public void Add(long number) => _used += Numbers.Write(Room(Numbers.Longest), number);

    /// <summary>Adds nanoseconds as seconds with up to nine decimals, none of them a trailing zero.</summary>
    public void AddSeconds(long nanoseconds)
    {
        Add(nanoseconds / 1_000_000_000);
        long fraction = nanoseconds % 1_000_000_000;
        if (fraction == 0)
        {
            return;
        }

        Add((byte)'.');
        for (long place = 100_000_000; fraction > 0; place /= 10)
        {
            Add((byte)('0' + (fraction / place)));
            fraction %= place;
        }
    }

    /// <summary>Adds text with the characters escaped that mean something in HTML.</summary>
    public void AddHtml(ReadOnlySpan<byte> text)
    {
        foreach (byte one in text)
        {
            switch (one)
            {
                case (byte)'&':
                    Add("&amp;"u8);
                    break;
                case (byte)'<':
                    Add("&lt;"u8);
                    break;
                case (byte)'>':
                    Add("&gt;"u8);
                    break;
                case (byte)'"':
                    Add("&quot;"u8);
                    break;
                case (byte)'\'':
                    Add("&#39;"u8);
                    break;
                default:
                    Add(one);
                    break;
            }
        }
    }

    /// <summary>Adds a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.</summary>
    public void AddJson(ReadOnlySpan<byte> text)
    {
        Add((byte)'"');
        bool valid = Utf8.IsValid(text);
        while (!text.IsEmpty)
        {
            byte one = text[0];
            int length = 1;
            if (one is (byte)'"' or (byte)'\\')
            {
                Add((byte)'\\');
                Add(one);
            }
            else if (one < ' ')
            {
                Add("\\u00"u8);
                Add(PercentEncoding.HexDigit(one >> 4));
                Add(PercentEncoding.HexDigit(one & 15));
            }
            else if (valid || one < 128)
            {
                Add(one);
            }
            else if (Rune.DecodeFromUtf8(text, out _, out length) == System.Buffers.OperationStatus.Done)
            {
                Add(text[..length]);
            }
            else
            {
                Add("\uFFFD"u8);
            }

            text = text[length..];
        }

        Add((byte)'"');
    }

    /// <summary>Adds text with all bytes percent-encoded that are not unreserved in a URI (RFC 3986 §2.3).</summary>
    public void AddEncoded(ReadOnlySpan<byte> text) => _used += PercentEncoding.Encode(text, Room(3 * text.Length));

    /// <summary>Adds bytes as lower-case hexadecimal digits.</summary>
    public void AddHex(ReadOnlySpan<byte> bytes) => _used += Numbers.WriteHex(Room(2 * bytes.Length), bytes);

    /// <summary>Sends the bytes as they lie; the buffer goes back to the pool with the last of them.</summary>
    public void Send()
    {
        if (_thread.Broken || Length == 0)
        {
            Drop();
            return;
        }

        // From here on it counts as output.
        _thread.HoldPooled(-_capacity);
        *(int*)_buffer = _capacity;
        _thread.WriteReference(_buffer + Header, Length, (nint)_buffer, &Release, _capacity);
        _buffer = null;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Drop()
    {
        _thread.HoldPooled(-_capacity);
        _thread.Server.Buffers.Return(_buffer, _capacity);
        _buffer = null;
    }

    private static void Release(BufferPool pool, nint buffer) => pool.Return((byte*)buffer, *(int*)buffer);

    private Span<byte> Room(int bytes)
    {
        if (_capacity - _used < bytes)
        {
            Grow(bytes);
        }

        return new Span<byte>(_buffer + _used, _capacity - _used);
    }

    private void Grow(int bytes)
    {
        if (_used > Most - bytes)
        {
            _thread.Server.Log(4, "a reply over HTTP would have passed a gigabyte; its connection is closed");
            _thread.Abort();
        }

        if (_thread.Broken)
        {
            // Nobody will read it: what follows takes the place of what there is.
            _used = Header;
            if (_capacity - _used >= bytes)
            {
                return;
            }
        }

        int before = _capacity;
        _buffer = _thread.Server.Buffers.Grow(_buffer, _used, ref _capacity, (int)Math.Max(Math.Min(2L * _capacity, Most), _used + bytes));
        _thread.HoldPooled(_capacity - before);
    }
}

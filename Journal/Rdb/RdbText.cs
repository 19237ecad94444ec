using System;
using System.Runtime.InteropServices;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Journal.Rdb;

/// <summary>
/// A key, value or name that has been read: either bytes that stand in the file as they are, or others in memory of its own, when
/// the file has a number or compressed bytes. One thread.
/// </summary>
internal sealed unsafe class RdbText : IDisposable
{
    /// <summary>What is said of compressed bytes that announce too much.</summary>
    public const string CannotHold = "compressed bytes are announced as more than they can become";

    // A longer buffer was made for one long value, and is given back.
    private const long Kept = 1 << 20;

    private byte* _buffer;
    private long _capacity;
    private bool _isOwn;

    // In the input's bytes, from its start on: they move until all is read.
    private long _place;

    /// <summary>The bytes, after <see cref="Settle"/>.</summary>
    public byte* Data { get; private set; }

    /// <summary>How many.</summary>
    public long Length { get; private set; }

    /// <summary>Reads the bytes of a string whose header has been read, and goes on behind them.</summary>
    /// <returns>False: the input says why.</returns>
    public bool TryRead(RdbInput input, in RdbString text)
    {
        if (!input.TryHave(text.StoredLength))
        {
            return false;
        }

        _isOwn = text.Kind != RdbStringKind.Plain;
        if (!_isOwn)
        {
            _place = input.At - input.Start;
            Length = text.Length;
        }
        else if (text.Kind == RdbStringKind.Number)
        {
            if (!TryMakeRoom(input, Numbers.Longest))
            {
                return false;
            }

            Length = Numbers.Write(_buffer, text.Number);
        }
        else if (!TryDecompress(input, in text))
        {
            return false;
        }

        input.Take(text.StoredLength);
        return true;
    }

    /// <summary>Takes the address of the bytes, once everything is read that is to stay together with them.</summary>
    public void Settle(RdbInput input) => Data = _isOwn ? _buffer : input.Start + _place;

    /// <summary>Forgets the bytes, and gives memory back that is much.</summary>
    public void Clear()
    {
        Data = null;
        Length = 0;
        if (_capacity > Kept)
        {
            Dispose();
        }
    }

    /// <summary>Says that there is a string of this length, whose bytes are not read.</summary>
    public void Announce(long length)
    {
        Data = null;
        Length = length;
    }

    public void Dispose()
    {
        NativeMemory.Free(_buffer);
        _buffer = null;
        _capacity = 0;
    }

    private bool TryDecompress(RdbInput input, in RdbString text)
    {
        if (!Lzf.CanHold(text.StoredLength, text.Length))
        {
            return input.Fail(CannotHold);
        }

        if (!TryMakeRoom(input, text.Length))
        {
            return false;
        }

        Length = text.Length;
        return Lzf.TryDecompress(input.At, text.StoredLength, _buffer, text.Length) || input.Fail("compressed bytes are broken");
    }

    private bool TryMakeRoom(RdbInput input, long bytes)
    {
        if (_capacity >= bytes)
        {
            return true;
        }

        Dispose();
        long capacity = Math.Max(bytes, Kept / 16);
        _buffer = (byte*)Memory.TryReallocate(null, (nuint)capacity);
        if (_buffer == null)
        {
            return input.Refuse("there is no memory for a string of " + Numbers.ToText(bytes) + " bytes");
        }

        _capacity = capacity;
        return true;
    }
}

using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Journal.Rdb;

/// <summary>
/// An RDB file's bytes, their checksum, and the units that all items of the format consist of. The bytes from
/// <see cref="Start"/> on stay together in memory. Methods that return false have set <see cref="Error"/>. One thread.
/// </summary>
internal sealed unsafe class RdbInput
{
    // At once when the value is read into its place: what the checksum then goes over is still in the processor's cache.
    private const long Piece = 256 * 1024;

    private readonly FileInput _input;
    private readonly long _size;

    // Where the input stands, and how far the checksum goes. Start, At and the end lie behind it.
    private byte* _base;
    private byte* _end;

    /// <summary>Begins where <paramref name="input"/> stands.</summary>
    /// <param name="input">The file; it stays the caller's.</param>
    /// <param name="fileSize">Bytes of the whole file: no length that goes beyond it is believed.</param>
    public RdbInput(FileInput input, long fileSize)
    {
        _input = input;
        _size = fileSize;
        Load();
    }

    /// <summary>The first byte that is kept; it moves with every call that reads.</summary>
    public byte* Start { get; private set; }

    /// <summary>The next byte.</summary>
    public byte* At { get; private set; }

    /// <summary>The place in the file of <see cref="At"/>.</summary>
    public long Offset => _input.Offset + (At - _base);

    /// <summary>Bytes of the file from <see cref="At"/> on.</summary>
    public long Left => _size - Offset;

    /// <summary>The checksum of everything before the mark of the end.</summary>
    public ulong Checksum { get; private set; }

    /// <summary>What is wrong and where; null: nothing so far.</summary>
    public string? Error { get; private set; }

    /// <summary>Whether the file may be all right nevertheless.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Nothing before here is needed any more.</summary>
    public void Keep() => Start = At;

    /// <summary>Goes on behind bytes that are there.</summary>
    public void Take(long bytes) => At += bytes;

    /// <summary>Sees to it that so many bytes are at <see cref="At"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryHave(long bytes) => _end - At >= bytes || Refill(bytes) || Cut();

    /// <summary>Reads a length, or any number that is written as one.</summary>
    public bool TryReadLength(out ulong length)
    {
        int bytes = RdbString.ReadLength(At, _end - At, out length);
        if (bytes == 0)
        {
            _ = Refill(RdbString.LongestLength);
            bytes = RdbString.ReadLength(At, _end - At, out length);
        }

        return TakeHeader(bytes);
    }

    /// <summary>Reads a time, in seconds when it has 4 bytes, in milliseconds when it has 8.</summary>
    /// <returns>Milliseconds; 0 stands for "never", so that a time before 1970, which is over as well, is 1.</returns>
    public bool TryReadTime(int bytes, out long milliseconds)
    {
        milliseconds = 0;
        if (!TryHave(bytes))
        {
            return false;
        }

        ReadOnlySpan<byte> time = new(At, bytes);
        milliseconds = bytes == sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(time)
            : BinaryPrimitives.ReadInt32LittleEndian(time) * 1000L;
        milliseconds = milliseconds == -1 ? 0 : Math.Max(milliseconds, 1);
        Take(bytes);
        return true;
    }

    /// <summary>Reads how many items follow, which take so many bytes each at least.</summary>
    public bool TryReadCount(long leastBytes, out long count)
    {
        count = 0;
        if (!TryReadLength(out ulong length))
        {
            return false;
        }

        count = (long)length;
        return length <= (ulong)(Math.Max(Left, 0) / leastBytes) || Fail("more items are announced than the file can hold");
    }

    /// <summary>Reads what stands before a string's bytes, which the file is long enough for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadString(out RdbString text)
    {
        int bytes = RdbString.Read(At, _end - At, out text);
        if (bytes == 0)
        {
            _ = Refill(RdbString.LongestHeader);
            bytes = RdbString.Read(At, _end - At, out text);
        }

        return TakeHeader(bytes) && (text.StoredLength <= Left || Fail("a string is announced that is longer than the file"));
    }

    /// <summary>Goes on behind so many bytes; nothing before them is kept.</summary>
    public bool TrySkip(long bytes)
    {
        while (bytes > _end - At)
        {
            if (bytes > Left)
            {
                return Cut();
            }

            bytes -= _end - At;
            At = _end;
            Keep();
            if (!TryHave(1))
            {
                return false;
            }
        }

        At += bytes;
        return true;
    }

    /// <summary>Goes on behind a string; nothing before it is kept.</summary>
    public bool TrySkipString() => TryReadString(out RdbString text) && TrySkip(text.StoredLength);

    /// <summary>Copies the next bytes and goes on behind them. What lies before stays where it is until the next call that reads.</summary>
    public bool TryCopy(byte* to, long bytes)
    {
        long buffered = Math.Min(bytes, _end - At);
        Buffer.MemoryCopy(At, to, bytes, buffered);
        At += buffered;
        if (buffered == bytes)
        {
            return true;
        }

        Keep();
        Pass();
        for (long done = buffered; done < bytes; done += Piece)
        {
            long length = Math.Min(Piece, bytes - done);
            bool there = _input.TryTake(to + done, length);
            Load();
            if (!there)
            {
                return Cut();
            }

            Checksum = Crc64.Compute(Checksum, to + done, length);
        }

        return true;
    }

    /// <summary>Completes the checksum up to <see cref="At"/>, and lets the input stand there.</summary>
    private void Finish()
    {
        Keep();
        Pass();
        Load();
    }

    /// <summary>Reads what stands behind the mark of the file's end.</summary>
    public bool TryEnd(bool hasChecksum)
    {
        Finish();
        ulong computed = Checksum;
        if (!hasChecksum)
        {
            return true;
        }

        if (!TryHave(sizeof(ulong)))
        {
            return false;
        }

        // 0: written without one.
        ulong stored = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(At, sizeof(ulong)));
        if (stored != 0 && stored != computed)
        {
            return Fail("the checksum is wrong: some byte before it is not what was written");
        }

        Take(sizeof(ulong));
        Finish();
        return true;
    }

    /// <summary>Says what is wrong at <see cref="At"/>; the first that is said stays.</summary>
    public bool Fail(string what)
    {
        Error ??= "at byte " + Numbers.ToText(Offset) + ": " + what;
        return false;
    }

    /// <summary>The same of what is no damage, but cannot be loaded.</summary>
    public bool Refuse(string why)
    {
        IsRefused |= Error == null;
        return Fail(why);
    }

    private bool TakeHeader(int bytes)
    {
        if (bytes <= 0)
        {
            return bytes == 0 ? Cut() : Fail("no length and no encoding of a string begins with this byte");
        }

        At += bytes;
        return true;
    }

    private bool Cut() => _input.Error != 0 ? Refuse("the file cannot be read: " + Errno.Describe(_input.Error))
        : Fail("the file ends too early: it has been cut");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Refill(long bytes)
    {
        long wanted = Math.Min(bytes, Left);
        Pass();
        long at = At - Start;
        bool there = _input.TryHave(at + wanted);
        Load();
        At += at;
        return there && wanted == bytes;
    }

    /// <summary>Adds to the checksum what is no longer kept.</summary>
    private void Pass()
    {
        Checksum = Crc64.Compute(Checksum, _base, Start - _base);
        _input.Skip(Start - _base);
        _base = Start;
    }

    private void Load()
    {
        _base = _input.Data;
        Start = _base;
        At = _base;
        _end = _base + _input.Available;
    }
}

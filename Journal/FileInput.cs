using System;
using System.Runtime.InteropServices;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// A file that is read from its beginning to its end, through a buffer that grows to what is asked for at once and becomes
/// short again. One thread.
/// </summary>
internal sealed unsafe class FileInput : IDisposable
{
    private const int Smallest = 1 << 20;

    // A longer buffer was made for one long value, and is given back.
    private const int Kept = 4 << 20;

    // So much more than is asked for at most: a value of hundreds of megabytes must not take twice its length.
    private const int LongestAhead = 16 << 20;

    private readonly int _descriptor;
    private byte* _buffer;
    private long _capacity;
    private long _at;
    private long _end;

    /// <summary>Reads an open file, which stays the caller's, from its beginning.</summary>
    public FileInput(int descriptor)
    {
        _descriptor = descriptor;
        _capacity = Smallest;
        _buffer = (byte*)NativeMemory.Alloc(Smallest);
    }

    /// <summary>The place in the file of the next byte.</summary>
    public long Offset { get; private set; }

    /// <summary>Bytes that <see cref="Data"/> has now.</summary>
    public long Available => _end - _at;

    /// <summary>The next bytes; good until the next call of <see cref="TryHave"/>.</summary>
    public byte* Data => _buffer + _at;

    /// <summary>0, or −errno of the read that failed; −ENOMEM: there is no memory for what was asked for.</summary>
    public int Error { get; private set; }

    /// <summary>Sees to it that at least so many bytes are in <see cref="Data"/>. The caller has checked that the number is one that
    /// the format allows, and that the file is long enough for it: memory is taken for it.</summary>
    /// <returns>False: the file ends before, or an <see cref="Error"/> came. What there is, is there.</returns>
    public bool TryHave(long bytes)
    {
        while (Available < bytes)
        {
            if (Error != 0 || !MakeRoom(bytes))
            {
                return false;
            }

            nint count = Files.ReadAt(_descriptor, _buffer + _end, (nint)(_capacity - _end), Offset + Available);
            if (count <= 0)
            {
                Error = (int)count;
                return false;
            }

            _end += count;
        }

        return true;
    }

    /// <summary>Copies the next bytes and goes on behind them. What the buffer does not have is read into its place at once; what the
    /// buffer has had stays there until <see cref="TryHave"/>.</summary>
    /// <returns>False: as <see cref="TryHave"/>.</returns>
    public bool TryTake(byte* to, long bytes)
    {
        long buffered = Math.Min(bytes, Available);
        Buffer.MemoryCopy(Data, to, bytes, buffered);
        Skip(buffered);
        while (buffered < bytes)
        {
            nint count = Error != 0 ? 0 : Files.ReadAt(_descriptor, to + buffered, (nint)(bytes - buffered), Offset);
            if (count <= 0)
            {
                Error = count < 0 ? (int)count : Error;
                return false;
            }

            buffered += count;
            Offset += count;
        }

        return true;
    }

    /// <summary>Goes on behind bytes that are available.</summary>
    public void Skip(long bytes)
    {
        _at += bytes;
        Offset += bytes;
    }

    /// <summary>Goes on at another place of the file. Cheap when it is among the bytes that are available.</summary>
    public void Seek(long offset)
    {
        if (offset >= Offset && offset <= Offset + Available)
        {
            Skip(offset - Offset);
            return;
        }

        _at = 0;
        _end = 0;
        Offset = offset;
    }

    /// <summary>Reads anew what was read ahead: the file may have changed there.</summary>
    public void Forget()
    {
        _at = 0;
        _end = 0;
    }

    public void Dispose()
    {
        NativeMemory.Free(_buffer);
        _buffer = null;
    }

    private bool MakeRoom(long bytes)
    {
        if (_capacity > Kept && bytes <= Smallest)
        {
            return TryShrink();
        }

        if (_at != 0)
        {
            Buffer.MemoryCopy(_buffer + _at, _buffer, _capacity, Available);
            _end -= _at;
            _at = 0;
        }

        if (_capacity >= bytes)
        {
            return true;
        }

        long capacity = Math.Max(bytes, _capacity + Math.Min(_capacity, LongestAhead));
        byte* longer = (byte*)Memory.TryReallocate(_buffer, (nuint)capacity);
        if (longer == null)
        {
            Error = -Errno.NoMemory;
            return false;
        }

        _buffer = longer;
        _capacity = capacity;
        return true;
    }

    /// <summary>Takes a buffer of the usual size, which what is available fits into: it is less than was asked for.</summary>
    private bool TryShrink()
    {
        byte* shorter = (byte*)Memory.TryReallocate(null, Smallest);
        if (shorter == null)
        {
            Error = -Errno.NoMemory;
            return false;
        }

        Buffer.MemoryCopy(Data, shorter, Smallest, Available);
        NativeMemory.Free(_buffer);
        _end -= _at;
        _at = 0;
        _buffer = shorter;
        _capacity = Smallest;
        return true;
    }
}

using System;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// The increment that records are written to: blocks, each behind a line with its length, its position and its checksum. One thread at a
/// time writes; another one may synchronize meanwhile.
/// </summary>
internal sealed unsafe class LogFile
{
    private readonly Disk _disk;
    private readonly int _descriptor;

    // Of the first synchronization that failed: the kernel has forgotten what it could not write, and would say that all is well.
    private int _failure;
    private bool _isClosed;

    // Whether part of a block may stand behind Length.
    private bool _isTorn;

    private LogFile(Disk disk, string path, int descriptor, long length)
    {
        _disk = disk;
        _descriptor = descriptor;
        Path = path;
        Length = length;
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Where blocks begin, for readers; null: nobody reads it meanwhile.</summary>
    public LogMarks? Marks { get; set; }

    /// <summary>Bytes of whole blocks.</summary>
    public long Length { get; private set; }

    /// <summary>Whether nothing was written since it was last synchronized.</summary>
    public bool IsClean => Length == SynchronizedLength;

    /// <summary>As long as it was when it was last synchronized.</summary>
    public long SynchronizedLength { get; private set; }

    /// <summary>Whether nothing is written anywhere (<see cref="Nowhere"/>).</summary>
    public bool IsNowhere => _descriptor < 0;

    /// <summary>A file that is none, for a log that only replicas are fed from.</summary>
    public static LogFile Nowhere() => new(new Disk(), string.Empty, -1, 0);

    /// <summary>Where nothing is written, replicas get the changes of a millisecond at once: waking a thread costs more than a change.
    /// </summary>
    public void Rest()
    {
        if (IsNowhere)
        {
            Thread.Sleep(1);
        }
    }

    /// <summary>Opens a file to write behind its end, which is the end of a whole record.</summary>
    /// <param name="disk">Does it.</param>
    /// <param name="path">Where.</param>
    /// <param name="truncate">Whether to begin anew.</param>
    /// <param name="error">0 or −errno.</param>
    /// <returns>Null: it cannot be opened.</returns>
    public static LogFile? Open(Disk disk, string path, bool truncate, out int error)
    {
        int descriptor = disk.OpenForWriting(path, truncate);
        if (descriptor < 0)
        {
            error = descriptor;
            return null;
        }

        error = Files.Status(descriptor, out FileStatus status);
        if (error < 0)
        {
            disk.Close(descriptor);
            return null;
        }

        return new LogFile(disk, path, descriptor, status.Size) { SynchronizedLength = truncate ? 0 : status.Size };
    }

    /// <summary>Writes a block.</summary>
    /// <param name="vectors">A place for the line, and then the records.</param>
    /// <param name="count">How many vectors.</param>
    /// <param name="bytes">Bytes of the records.</param>
    /// <param name="position">The position of the first record.</param>
    /// <param name="synchronized">The position up to which the disk has the log.</param>
    /// <returns>0, or −errno: then the file ends where it ended before, as far as that can be done.</returns>
    public int Write(IoVector* vectors, int count, long bytes, long position, long synchronized)
    {
        if (IsNowhere)
        {
            return 0;
        }

        int result = CutTornBlock();
        if (result < 0)
        {
            return result;
        }

        byte* header = stackalloc byte[BlockHeader.Longest];
        int headerLength = BlockHeader.Begin(header, bytes, position, synchronized);
        ulong checksum = Crc64.Compute(0, header, headerLength);
        for (int i = 1; i < count; i++)
        {
            checksum = Crc64.Compute(checksum, vectors[i].Base, (long)vectors[i].Length);
        }

        headerLength += BlockHeader.End(header + headerLength, checksum);
        vectors[0] = new IoVector { Base = header, Length = (nuint)headerLength };
        long left = bytes + headerLength;
        while (left > 0)
        {
            nint written = _disk.Write(_descriptor, vectors, count);
            if (written <= 0)
            {
                _isTorn = true;
                _ = CutTornBlock();
                return written == 0 ? -Errno.NoSpace : (int)written;
            }

            left -= written;
            while (left > 0 && written >= (nint)vectors->Length)
            {
                written -= (nint)vectors->Length;
                vectors++;
                count--;
            }

            vectors->Base += written;
            vectors->Length -= (nuint)written;
        }

        Marks?.Note(position, Length);
        Length += bytes + headerLength;
        return 0;
    }

    /// <summary>Has what is written on the disk. One thread at a time. After an error it says the same again: the file is not to be used
    /// any more.</summary>
    /// <returns>0 or −errno.</returns>
    public int Synchronize()
    {
        if (_isClosed || IsNowhere)
        {
            return _failure;
        }

        long length = Length;
        _failure = _failure < 0 ? _failure : Math.Min(0, _disk.Synchronize(_descriptor));
        if (_failure == 0)
        {
            SynchronizedLength = length;
        }

        return _failure;
    }

    // A block behind half of another one could not be read.
    private int CutTornBlock()
    {
        int result = _isTorn ? _disk.SetLength(_descriptor, Length) : 0;
        _isTorn &= result < 0;
        return result;
    }

    /// <summary>Closes it.</summary>
    public void Close()
    {
        _isClosed = true;
        if (!IsNowhere)
        {
            _disk.Close(_descriptor);
        }
    }
}

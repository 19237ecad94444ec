using System;
using Epollsrv.Journal.Rdb;
using Epollsrv.Native;

namespace Epollsrv.Journal.Snapshots;

/// <summary>An RDB file that is being written. Whatever fails, the first error stays. One thread.</summary>
internal sealed unsafe class SnapshotFile
{
    // After so many bytes the kernel is told to begin to write them to the disk, so that little is left for the end: about 20 µs of work.
    // Of 1 MB it is 100 to 300 µs in one call, for which requests wait.
    private const long WritebackBytes = 128 << 10;

    // Nobody reads the file soon. So the kernel is told to drop its pages, which would push other files' out of memory, and takes the same
    // memory for the next ones. In steps of 2 MB: the kernel keeps pages in blocks of up to this, and leaves one that is only partly in
    // the range.
    private const long DropBytes = 2 << 20;

    // How far behind the end. Pages that are not on the disk yet stay.
    private const long DropDistance = 8 << 20;

    private readonly Disk _disk;
    private readonly Action _rest;
    private readonly int _descriptor;
    private RecordBuffer _head;
    private ulong _checksum;
    private long _begun;
    private long _dropped;
    private int _database = -1;

    /// <summary>Makes the file.</summary>
    /// <param name="disk">What changes files.</param>
    /// <param name="path">Where.</param>
    /// <param name="rest">Called after each 16 KB at most.</param>
    public SnapshotFile(Disk disk, string path, Action rest)
    {
        _disk = disk;
        _rest = rest;
        _descriptor = disk.OpenForWriting(path, truncate: true);
        Error = Math.Min(0, _descriptor);
        RdbEncoder.AddHeader(ref _head);
    }

    /// <summary>0, or −errno.</summary>
    public int Error { get; private set; }

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>Keys written. Read by any thread, for reports.</summary>
    public long Keys { get; private set; }

    /// <summary>Adds notes, before the first piece.</summary>
    /// <param name="notes">They.</param>
    /// <param name="unique">The highest unique that an item was given or that was seen; 0: none.</param>
    public void AddNotes(SnapshotNotes notes, long unique)
    {
        RdbEncoder.AddAux(ref _head, "redis-ver"u8, notes.Version);
        RdbEncoder.AddAux(ref _head, "redis-bits"u8, 64);
        RdbEncoder.AddAux(ref _head, "ctime"u8, Clock.Wall() / 1_000_000_000);
        RdbEncoder.AddAux(ref _head, "used-mem"u8, notes.UsedMemory);
        if (notes.Position >= 0 && notes.History is null)
        {
            RdbEncoder.AddAux(ref _head, "epollsrv-position"u8, notes.Position);
            if (notes.Database != 0)
            {
                RdbEncoder.AddAux(ref _head, "repl-stream-db"u8, notes.Database);
            }
        }

        if (notes.History is not null)
        {
            RdbEncoder.AddAux(ref _head, "repl-stream-db"u8, notes.Database);
            RdbEncoder.AddAux(ref _head, "repl-id"u8, notes.History);
            RdbEncoder.AddAux(ref _head, "repl-offset"u8, notes.Position);
        }

        if (unique != 0)
        {
            RdbEncoder.AddAux(ref _head, "epollsrv-unique"u8, unique);
        }

        RdbEncoder.AddAux(ref _head, "aof-base"u8, notes.IsBase ? 1 : 0);
    }

    /// <summary>Writes a piece.</summary>
    public void Write(SnapshotPiece piece)
    {
        if (piece.Database != _database)
        {
            _database = piece.Database;
            RdbEncoder.AddSelect(ref _head, _database);
        }

        WriteHead();
        Write(piece.Bytes.Data, piece.Bytes.Length);
        if (piece.Value != null)
        {
            Write(piece.Value->Data, piece.Value->Length);
        }

        Keys += piece.Keys;
    }

    /// <summary>Ends the file and has it on the disk.</summary>
    /// <returns>0, or −errno of what went wrong at any time.</returns>
    public int Finish()
    {
        RdbEncoder.AddEnd(ref _head, _checksum);
        WriteHead();
        if (Error == 0)
        {
            Error = Math.Min(0, _disk.Synchronize(_descriptor));
        }

        Close();
        return Error;
    }

    /// <summary>Gives up.</summary>
    public void Close()
    {
        _head.Free();
        if (_descriptor >= 0)
        {
            _disk.Close(_descriptor);
        }
    }

    private void WriteHead()
    {
        Write(_head.Data, _head.Length);
        _head.Clear();
    }

    private void Write(byte* data, long length)
    {
        const long atOnce = 16 * 1024;
        while (length > 0 && Error == 0)
        {
            IoVector vector = new() { Base = data, Length = (nuint)Math.Min(length, atOnce) };
            nint written = _disk.Write(_descriptor, &vector, 1);
            if (written <= 0)
            {
                Error = written == 0 ? -Errno.NoSpace : (int)written;
                return;
            }

            _checksum = Crc64.Compute(_checksum, data, written);
            data += written;
            length -= written;
            Length += written;
            BeginWriteback();
            DropPages();
            _rest();
        }
    }

    private void BeginWriteback()
    {
        if (Length - _begun >= WritebackBytes)
        {
            _disk.BeginWriteback(_descriptor, _begun, Length - _begun);
            _begun = Length;
        }
    }

    private void DropPages()
    {
        if (Length - _dropped >= DropDistance + DropBytes)
        {
            _disk.DropPages(_descriptor, _dropped, DropBytes);
            _dropped += DropBytes;
        }
    }
}

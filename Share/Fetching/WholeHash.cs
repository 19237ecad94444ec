using System;
using System.Threading;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>
/// The plain SHA-256 of a file that is being downloaded: a thread follows the pieces that are there without a gap, because this hash can only be computed in order,
/// and by one thread.
/// </summary>
internal sealed unsafe class WholeHash : IDisposable
{
    private const int ReadBytes = 256 * 1024;

    private readonly int _file;
    private readonly PieceMap _map;
    private readonly int _event = Descriptor.CreateEvent();
    private readonly Thread _thread;
    private readonly byte[] _hash = new byte[FileIdentity.HashBytes];
    private bool _good;
    private int _stop;

    /// <summary>Starts the thread.</summary>
    /// <param name="file">The file; stays open until <see cref="Dispose"/>.</param>
    /// <param name="map">Its pieces.</param>
    public WholeHash(int file, PieceMap map)
    {
        _file = file;
        _map = map;
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "whole hash" };
        _thread.Start();
    }

    /// <summary>More pieces are there.</summary>
    public void Advance() => Descriptor.Signal(_event);

    /// <summary>Waits for the hash of the whole file, all of whose pieces are there.</summary>
    /// <returns>Null when the file could not be read.</returns>
    public byte[]? Finish()
    {
        Advance();
        _thread.Join();
        return _good ? _hash : null;
    }

    /// <summary>Ends the thread.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _stop, 1); // pairs with the read in Run
        Advance();
        _thread.Join();
        Descriptor.Close(_event);
    }

    private void Run()
    {
        Sha256Stream stream = default;
        stream.Begin();
        long address = Memory.Map(ReadBytes);
        long offset = 0;
        bool readable = address > 0;
        while (readable && offset < _map.Identity.Size && Volatile.Read(ref _stop) == 0) // pairs with the write in Dispose
        {
            long until = Math.Min((long)_map.Prefix * FileIdentity.PieceBytes, _map.Identity.Size);
            if (offset == until)
            {
                PollEntry entry = new() { Descriptor = _event, Events = PollEntry.In };
                _ = Descriptor.Poll(&entry, 1, -1);
                Descriptor.Drain(_event);
                continue;
            }

            nint count = Files.ReadAt(_file, (byte*)address, (nint)Math.Min(ReadBytes, until - offset), offset);
            readable = count > 0;
            stream.Append(new ReadOnlySpan<byte>((byte*)address, (int)Math.Max(0, count)));
            offset += count;
        }

        _good = readable && offset == _map.Identity.Size;
        stream.Finish(_hash);
        if (address > 0)
        {
            _ = Memory.Unmap((void*)address, ReadBytes);
        }
    }
}

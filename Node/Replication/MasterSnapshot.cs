using System;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>
/// A master's snapshot on its way: a file without a name, in the data directory when there is one, else where temporary files are. It
/// grows by what arrives, never by what was announced. One thread at a time; its numbers are for any.
/// </summary>
internal sealed unsafe class MasterSnapshot : IDisposable
{
    private const int MarkLength = 40;

    private readonly byte[]? _mark;
    private readonly byte[] _tail = new byte[MarkLength];
    private int _descriptor = -1;

    private MasterSnapshot(long length, byte[]? mark)
    {
        Length = length;
        _mark = mark;
    }

    /// <summary>Bytes that were announced; −1: a mark ends it.</summary>
    public long Length { get; }

    /// <summary>Bytes that have arrived, the mark included.</summary>
    public long Received { get; private set; }

    /// <summary>Whether it has arrived.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>What is wrong, for a person; null: nothing.</summary>
    public string? Error { get; private set; }

    /// <summary>The file.</summary>
    public int Descriptor => _descriptor;

    /// <summary>Begins with the line that announces it: "$LENGTH" or "$EOF:MARK".</summary>
    /// <param name="line">The line.</param>
    /// <param name="folder">The data directory; null: there is none.</param>
    /// <returns>Null: it is no such line.</returns>
    public static MasterSnapshot? TryBegin(ReadOnlySpan<byte> line, string? folder)
    {
        if (!line.StartsWith("$"u8))
        {
            return null;
        }

        MasterSnapshot snapshot;
        if (line.StartsWith("$EOF:"u8) && line.Length == 5 + MarkLength)
        {
            snapshot = new MasterSnapshot(-1, line[5..].ToArray());
        }
        else
        {
            fixed (byte* start = line)
            {
                if (!Numbers.TryParse(start + 1, line.Length - 1, out long length) || length < 0)
                {
                    return null;
                }

                snapshot = new MasterSnapshot(length, null) { IsComplete = length == 0 };
            }
        }

        string path = (folder ?? "/tmp") + "/temp-master-" + RandomBytes.NextText() + ".rdb";
        const int ownerOnly = 0x180;
        snapshot._descriptor = Files.Open(path, Files.ReadWrite | Files.Create | Files.Exclusive | Files.NoFollow, ownerOnly);
        if (snapshot._descriptor < 0)
        {
            snapshot.Error = "no file for its snapshot: " + path + ": " + Errno.Describe(snapshot._descriptor);
        }
        else
        {
            // It needs no name, and a crash leaves nothing.
            _ = Files.Remove(path);
        }

        return snapshot;
    }

    /// <summary>Takes bytes that have arrived. May wait for the disk.</summary>
    /// <returns>How many of them belong to the snapshot.</returns>
    public int Take(byte* data, int length)
    {
        int taken = _mark is null ? (int)Math.Min(length, Length - Received) : length;
        int result = Files.WriteAt(_descriptor, data, taken, Received);
        if (result < 0)
        {
            Error = "its snapshot cannot be written to a file: " + Errno.Describe(result);
            return taken;
        }

        Received += taken;
        if (_mark is null)
        {
            IsComplete = Received == Length;
        }
        else
        {
            Look(new ReadOnlySpan<byte>(data, taken));
        }

        return taken;
    }

    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            Native.Descriptor.Close(_descriptor);
            _descriptor = -1;
        }
    }

    // The master sends nothing behind the mark before it is told that the snapshot has arrived: it can only be the last that came.
    private void Look(ReadOnlySpan<byte> data)
    {
        int kept = Math.Max(0, MarkLength - data.Length);
        _tail.AsSpan(MarkLength - kept).CopyTo(_tail);
        data[^Math.Min(data.Length, MarkLength)..].CopyTo(_tail.AsSpan(kept));
        IsComplete = Received >= MarkLength && _tail.AsSpan().SequenceEqual(_mark);
        if (IsComplete)
        {
            int result = Files.SetLength(_descriptor, Received - MarkLength);
            Error = result < 0 ? "its snapshot cannot be cut off at its end: " + Errno.Describe(result) : null;
        }
    }
}

using System;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// Reads the stream of changes back from the increments of the log, for a replica that is further behind than what
/// <see cref="ReplicationBacklog"/> keeps. It reads only blocks that were written whole, and checks them as far as they fit into its
/// buffer. One thread at a time, which may have to wait for the disk.
/// </summary>
internal sealed unsafe class StreamFileReader : IDisposable
{
    /// <summary>What <see cref="Read"/> answers when the files do not have the position, or not in a form that can be read.</summary>
    public const int Gone = -1;

    private const long LongestChecked = 1 << 20;

    private readonly LogFiles _files;
    private FileInput? _input;
    private int _descriptor = -1;
    private long _sequence;

    // The byte that is read next, the block behind that one's, and what is left of its own.
    private long _position;
    private long _next;
    private long _left;

    // What the buffer may have of blocks from here on was perhaps read while they were written.
    private long _safe;

    /// <summary>Makes a reader that has not begun.</summary>
    public StreamFileReader(LogFiles files)
    {
        _files = files;
    }

    /// <summary>Whether the files begin at a position or before it. Any thread.</summary>
    public static bool Has(LogFiles files, long position) => TryFind(files, position, out _, out _);

    /// <summary>Copies bytes of the stream.</summary>
    /// <param name="position">The position of the first: where the last call ended, or else it is looked up.</param>
    /// <param name="into">Where to.</param>
    /// <param name="most">How many at most; above 0.</param>
    /// <param name="written">The position up to which the log is written.</param>
    /// <returns>How many; 0: that is being written; <see cref="Gone"/>.</returns>
    public int Read(long position, byte* into, int most, long written)
    {
        if (position >= written)
        {
            return 0;
        }

        if ((position != _position || _input is null) && !Open(position))
        {
            return Gone;
        }

        while (_left == 0)
        {
            if (_next >= _safe)
            {
                _safe = written;
                _input!.Forget();
            }

            if (!(_input!.TryHave(1) ? TrySkipToPayload() : _input.Error == 0 && OpenNext()))
            {
                return Gone;
            }
        }

        int count = (int)Math.Min(_left, most);
        if (!_input!.TryTake(into, count))
        {
            return Gone;
        }

        _left -= count;
        _position += count;
        return count;
    }

    public void Dispose()
    {
        _input?.Dispose();
        _input = null;
        if (_descriptor >= 0)
        {
            Descriptor.Close(_descriptor);
            _descriptor = -1;
        }
    }

    // The last increment that begins at the position or before it.
    private static bool TryFind(LogFiles files, long position, out ManifestEntry? entry, out LogMark mark)
    {
        ReadOnlySpan<ManifestEntry> increments = files.Manifest.Increments;
        mark = default;
        for (int i = increments.Length - 1; i >= 0; i--)
        {
            entry = increments[i];
            if (files.MarksOf(entry).TryFind(position, out mark))
            {
                return true;
            }
        }

        entry = null;
        return false;
    }

    private bool Open(long position)
    {
        if (!TryFind(_files, position, out ManifestEntry? entry, out LogMark mark) || !Open(entry!))
        {
            Dispose();
            return false;
        }

        _input!.Seek(mark.Offset);
        _position = position;
        _next = mark.Position;
        _safe = 0;
        return true;
    }

    private bool Open(ManifestEntry entry)
    {
        Dispose();
        _left = 0;
        _sequence = entry.Sequence;
        _descriptor = RegularFile.Open(_files.PathOf(entry), out _);
        if (_descriptor < 0)
        {
            return false;
        }

        _input = new FileInput(_descriptor);
        return true;
    }

    private bool OpenNext()
    {
        foreach (ManifestEntry entry in _files.Manifest.Increments)
        {
            if (entry.Sequence > _sequence)
            {
                return Open(entry);
            }
        }

        return false;
    }

    // One header, and the payload behind it as far as it is not wanted.
    private bool TrySkipToPayload()
    {
        // At the end of the file there are fewer bytes: then a shorter line is enough.
        _ = _input!.TryHave(BlockHeader.LongestLine);
        int length = LogSyntax.ReadAnnotation(_input.Data, _input.Available);
        if (length <= 0 || !BlockHeader.TryParse(_input.Data, length, out BlockHeader header) || header.Position != _next)
        {
            return false;
        }

        _next += header.PayloadLength;
        long unwanted = Math.Min(_next, _position) - header.Position;
        if (_next > _position && header.PayloadLength <= LongestChecked && !IsWhole(header, length))
        {
            return false;
        }

        _input.Seek(_input.Offset + length + unwanted);
        _left = header.PayloadLength - unwanted;
        return true;
    }

    private bool IsWhole(in BlockHeader header, int length)
    {
        if (!_input!.TryHave(length + header.PayloadLength))
        {
            return false;
        }

        ulong checksum = Crc64.Compute(0, _input.Data, header.CoveredLength);
        return Crc64.Compute(checksum, _input.Data + length, header.PayloadLength) == header.Checksum;
    }
}

using System;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// Reads the stream of changes back from the increments of the log, for a replica that is further behind than what
/// <see cref="ReplicationBacklog"/> keeps. What it gives out was written before: nothing waits for a reader. One thread at a time.
/// </summary>
internal sealed unsafe class StreamFileReader : IDisposable
{
    /// <summary>What <see cref="Read"/> answers while it is on its way to the position: it is to be called again.</summary>
    public const int Searching = -2;

    /// <summary>What <see cref="Read"/> answers when the files do not have the position, or not in a form that can be read.</summary>
    public const int Gone = -1;

    // The lines are a disk read apart at worst: so many at once, so that the other connections of the thread are not held up.
    private const int HeadersAtOnce = 256;

    private readonly LogFiles _files;
    private FileInput? _input;
    private int _descriptor = -1;
    private long _sequence;
    private long _position;
    private long _next;
    private long _left;

    /// <summary>Makes a reader that has not begun.</summary>
    public StreamFileReader(LogFiles files)
    {
        _files = files;
    }

    /// <summary>Whether the files begin at a position or before it. Any thread.</summary>
    public static bool Has(LogFiles files, long position)
    {
        using StreamFileReader reader = new(files);
        return reader.Open(position);
    }

    /// <summary>Copies bytes of the stream.</summary>
    /// <param name="position">The position of the first: where the last call ended, or else the files are looked through anew.</param>
    /// <param name="into">Where to.</param>
    /// <param name="most">How many at most; above 0.</param>
    /// <returns>How many, at least 1; <see cref="Searching"/>; <see cref="Gone"/>.</returns>
    public int Read(long position, byte* into, int most)
    {
        if ((position != _position || _input is null) && !Open(position))
        {
            return Gone;
        }

        for (int headers = 0; _left == 0; headers++)
        {
            if (headers == HeadersAtOnce)
            {
                return Searching;
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
    private bool Open(long position)
    {
        ReadOnlySpan<ManifestEntry> increments = _files.Manifest.Increments;
        for (int i = increments.Length - 1; i >= 0; i--)
        {
            if (Open(increments[i]) && TryReadHeader(out BlockHeader header, out _) && header.Position <= position)
            {
                _position = position;
                _next = header.Position;
                return true;
            }
        }

        Dispose();
        return false;
    }

    private bool Open(ManifestEntry entry)
    {
        Dispose();
        _left = 0;
        _sequence = entry.Sequence;
        _descriptor = Files.Open(_files.PathOf(entry), Files.ReadOnly);
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

    private bool TryReadHeader(out BlockHeader header, out int length)
    {
        // At the end of the file there are fewer: then a shorter line is enough.
        _ = _input!.TryHave(BlockHeader.LongestLine);
        length = LogSyntax.ReadAnnotation(_input.Data, _input.Available);
        header = default;
        return length > 0 && BlockHeader.TryParse(_input.Data, length, out header) && header.Position >= 0;
    }

    // One header, and the payload behind it as far as it is not wanted.
    private bool TrySkipToPayload()
    {
        if (!TryReadHeader(out BlockHeader header, out int length) || header.Position != _next)
        {
            return false;
        }

        long end = header.Position + header.PayloadLength;
        long unwanted = Math.Min(end, _position) - header.Position;
        _input!.Seek(_input.Offset + length + unwanted);
        _left = end - header.Position - unwanted;
        _next = end;
        return true;
    }
}

using System;

namespace Epollsrv.Journal;

/// <summary>Looks behind a damaged place of a log for something that is whole: then it is not only the end that is damaged.</summary>
internal sealed unsafe class DamageSearch : IDisposable
{
    private const int Window = 64 * 1024;

    // Somebody can have stored a value that is full of beginnings of blocks: then the answer is "yes", which changes nothing.
    private const long MostRead = 1L << 30;

    private readonly FileInput _input;
    private readonly LogScanner _scanner;
    private readonly long _start;
    private readonly long _end;
    private readonly long _position;
    private long _read;

    /// <summary>Searches a part of an open file, which stays the caller's.</summary>
    /// <param name="descriptor">The file.</param>
    /// <param name="start">Where the damaged unit begins.</param>
    /// <param name="end">The end of the file.</param>
    /// <param name="position">Position in the log of <paramref name="start"/>; −1: not known.</param>
    public DamageSearch(int descriptor, long start, long end, long position)
    {
        _input = new FileInput(descriptor);
        _scanner = new LogScanner(descriptor, start, end, -1) { IgnoreGroups = true };
        _start = start;
        _end = end;
        _position = position;
    }

    /// <summary>After <see cref="Finds"/>: whether there are blocks that verify, but that a power cut can have left.</summary>
    public bool HasLostBlock { get; private set; }

    /// <summary>Whether a block that verifies follows or, where records stand outside of blocks, records up to the end. Blocks that a power
    /// cut can have left do not count, and neither do records in a file with such blocks: they are what is left of a torn one.</summary>
    /// <param name="from">Where to begin: behind the first byte of what is damaged.</param>
    /// <param name="records">Whether to look for such records.</param>
    /// <param name="cutShort">Whether the file seems to end inside the damaged unit. If not, the last of these records may be cut short
    /// as well.</param>
    public bool Finds(long from, bool records, bool cutShort)
    {
        bool hasRecords = false;
        _input.Seek(from);
        while (_input.Offset < _end)
        {
            _ = _input.TryHave(Math.Min(Window, _end - _input.Offset));
            int available = (int)Math.Min(Window, Math.Min(_input.Available, _end - _input.Offset));
            ReadOnlySpan<byte> bytes = new(_input.Data, available);
            int found = bytes.IndexOfAny((byte)'#', (byte)'*');
            if (available == 0 || found < 0)
            {
                // Nothing here, or the file cannot be read any further.
                _input.Skip(available);
                if (available == 0)
                {
                    break;
                }

                continue;
            }

            _input.Skip(found);
            long next = _input.Offset + 1;
            if (_input.Data[0] == '#')
            {
                if (IsBlock())
                {
                    return true;
                }
            }
            else
            {
                hasRecords = hasRecords || (records && AreRecords(cutShort, ref next));
            }

            _input.Seek(next);
        }

        return hasRecords && !HasLostBlock;
    }

    public void Dispose()
    {
        _input.Dispose();
        _scanner.Dispose();
    }

    private bool IsBlock()
    {
        long offset = _input.Offset;
        _ = _input.TryHave(Math.Min(BlockHeader.LongestLine, _end - offset));
        long available = Math.Min(_input.Available, _end - offset);
        byte* line = _input.Data;
        int length = LogSyntax.ReadAnnotation(line, available);
        if (length <= 0 || !new ReadOnlySpan<byte>(line, length).StartsWith(BlockHeader.Mark)
            || !BlockHeader.TryParse(line, length, out BlockHeader header) || !IsPlausible(header.Position, offset))
        {
            return false;
        }

        _scanner.Restart(offset, -1);
        if (_scanner.Next() != ScanResult.Good)
        {
            return IsTooMuch(offset);
        }

        HasLostBlock |= CanBeLost(header);
        return !CanBeLost(header) || IsTooMuch(offset);
    }

    // The disk did not have the damaged place yet when this block was written: a power cut can have taken the one and left the other.
    private bool CanBeLost(in BlockHeader header) => _position >= 0 && header.Synchronized >= 0 && header.Synchronized <= _position;

    // A value may hold another log, or an older part of this one.
    private bool IsPlausible(long position, long offset) =>
        _position < 0 || position < 0 || (position >= _position && position - _position <= offset - _start);

    private bool AreRecords(bool cutShort, ref long next)
    {
        long offset = _input.Offset;
        _ = _input.TryHave(Math.Min(LogSyntax.LongestNumberLine + 1, _end - offset));
        long available = Math.Min(_input.Available, _end - offset);
        int length = LogSyntax.ReadNumber(_input.Data, available, (byte)'*', out _);
        if (length <= 0 || length >= available || _input.Data[length] != '$')
        {
            return false;
        }

        _scanner.Restart(offset, -1);
        ScanResult result;
        do
        {
            result = _scanner.Next();
        }
        while (result == ScanResult.Good && !_scanner.WasBlock);
        if (_scanner.Offset == offset)
        {
            return IsTooMuch(offset);
        }

        // Records that follow each other: if the last one leads nowhere, none of them does. A block behind them is looked at as such.
        next = _scanner.WasBlock ? _scanner.ItemOffset : _scanner.Offset + 1;
        return result is ScanResult.Good or ScanResult.Ended || (result == ScanResult.CutShort && !cutShort) || IsTooMuch(offset);
    }

    private bool IsTooMuch(long offset)
    {
        _read += _scanner.ReadOffset - offset;
        return _read > MostRead;
    }
}

using System;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Journal;

/// <summary>
/// Finds how far a log is whole, a unit at a time: a block with everything in it, or outside of blocks a record, an annotation, or a
/// group from MULTI to EXEC. A group that goes on over several blocks makes them one unit. Keeps no bytes of values. One thread.
/// </summary>
internal sealed unsafe class LogScanner : IDisposable
{
    private readonly FileInput _input;
    private readonly long _end;
    private long _position;
    private bool _inGroup;
    private bool _hasRecord;

    // Of the block being read; its bytes before the input's next one that the checksum does not have yet.
    private bool _inBlock;
    private ulong _checksum;
    private long _unsummed;

    /// <summary>Reads an open file, which stays the caller's.</summary>
    /// <param name="descriptor">The file.</param>
    /// <param name="offset">Where a unit begins.</param>
    /// <param name="end">Where to stop: its length.</param>
    /// <param name="position">Position in the log of the next record; −1: not known.</param>
    public LogScanner(int descriptor, long offset, long end, long position)
    {
        _input = new FileInput(descriptor);
        _end = end;
        Restart(offset, position);
    }

    /// <summary>Whether to take MULTI and EXEC as records like others: for a look at a part of a file.</summary>
    public bool IgnoreGroups { get; init; }

    /// <summary>The end of the last unit that was good.</summary>
    public long Offset { get; private set; }

    /// <summary>Position in the log of <see cref="Offset"/>; −1: not known.</summary>
    public long Position { get; private set; }

    /// <summary>The beginning of the block, record or annotation that was read last: a unit may have several.</summary>
    public long ItemOffset { get; private set; }

    /// <summary>Where reading stopped: in the unit that was not good.</summary>
    public long ReadOffset => _input.Offset;

    /// <summary>Whether the last unit was a block (or several) or, if it was not good, would have been one.</summary>
    public bool WasBlock { get; private set; }

    /// <summary>Whether the last record that was good stood in a block.</summary>
    public bool IsInBlocks { get; private set; }

    /// <summary>What was wrong, as the end of a sentence.</summary>
    public string Problem { get; private set; } = string.Empty;

    /// <summary>Goes on at another place, where a unit begins.</summary>
    public void Restart(long offset, long position)
    {
        _input.Seek(offset);
        _position = position;
        _inGroup = false;
        _inBlock = false;
        Offset = offset;
        Position = position;
    }

    /// <summary>Reads the next unit. After a result other than <see cref="ScanResult.Good"/>: only <see cref="Restart"/>.</summary>
    public ScanResult Next()
    {
        WasBlock = false;
        _hasRecord = false;
        do
        {
            if (_input.Offset >= _end)
            {
                ItemOffset = _end;
                return _inGroup ? Fail(ScanResult.CutShort, "the file ends inside a group: a MULTI has no EXEC") : ScanResult.Ended;
            }

            ItemOffset = _input.Offset;
            ScanResult result = ReadItem(_end);
            if (result != ScanResult.Good)
            {
                return result;
            }
        }
        while (_inGroup);
        Offset = _input.Offset;
        Position = _position;
        IsInBlocks = WasBlock || (IsInBlocks && !_hasRecord);
        return ScanResult.Good;
    }

    public void Dispose() => _input.Dispose();

    private ScanResult ReadItem(long limit) => !Have(1, limit, out _) ? Unread() : *_input.Data switch
    {
        (byte)'*' => ReadRecord(limit),
        (byte)'#' => ReadAnnotation(limit),
        _ => Fail(ScanResult.Unreadable, "these bytes begin no record"),
    };

    private ScanResult ReadAnnotation(long limit)
    {
        if (!Have(BlockHeader.LongestLine, limit, out long available))
        {
            return Unread();
        }

        byte* line = _input.Data;
        int length = LogSyntax.ReadAnnotation(line, available);
        if (length <= 0)
        {
            WasBlock = WasBlock || new ReadOnlySpan<byte>(line, (int)available).StartsWith(BlockHeader.Mark);
            return length == 0 ? Short("the file ends inside an annotation") : Fail(ScanResult.Unreadable, "this line is no annotation");
        }

        return new ReadOnlySpan<byte>(line, length).StartsWith(BlockHeader.Mark) ? ReadBlock(line, length) : Consume(length);
    }

    private ScanResult ReadBlock(byte* line, int length)
    {
        if (_inBlock)
        {
            return Fail(ScanResult.Unreadable, "a block begins inside a block");
        }

        WasBlock = true;
        if (!BlockHeader.TryParse(line, length, out BlockHeader header))
        {
            return BlockHeader.IsOtherVersion(line, length)
                ? Fail(ScanResult.Newer, "this block was written by a newer program")
                : Fail(ScanResult.Unreadable, "the header of a block is damaged");
        }

        if (header.PayloadLength > _end - _input.Offset - length)
        {
            return Fail(ScanResult.CutShort, "the file ends inside a block");
        }

        _checksum = Crc64.Compute(0, line, header.CoveredLength);
        _unsummed = 0;
        _input.Skip(length);
        long end = _input.Offset + header.PayloadLength;
        bool isMisplaced = _position >= 0 && header.Position >= 0 && header.Position != _position;
        _position = header.Position >= 0 ? header.Position : _position;
        _inBlock = true;
        while (_input.Offset < end)
        {
            ScanResult result = ReadItem(end);
            if (result != ScanResult.Good)
            {
                _inBlock = false;
                return result;
            }
        }

        AddToChecksum();
        _inBlock = false;
        return _checksum != header.Checksum ? Fail(ScanResult.Unreadable, "the checksum of a block is wrong")
            : isMisplaced ? Fail(ScanResult.Misplaced, "a block belongs to another position of the log") : ScanResult.Good;
    }

    private ScanResult ReadRecord(long limit)
    {
        _hasRecord = true;
        long start = _input.Offset;
        ScanResult result = ReadNumber((byte)'*', limit, out long count);
        if (result == ScanResult.Good && count is 0 or > int.MaxValue)
        {
            return Fail(ScanResult.Unreadable, "a record has an impossible number of arguments");
        }

        for (long i = 0; i < count && result == ScanResult.Good; i++)
        {
            result = ReadNumber((byte)'$', limit, out long length);
            if (result == ScanResult.Good)
            {
                result = length > LogSyntax.LongestBulk ? Fail(ScanResult.Unreadable, "an argument has an impossible length")
                    : length > limit - _input.Offset - 2 ? Short("the file ends inside a record")
                    : count == 1 && !IgnoreGroups && length <= 5 ? ReadGroupWord((int)length, limit)
                    : SkipBulk(length, limit);
            }
        }

        _position += result == ScanResult.Good && _position >= 0 ? _input.Offset - start : 0;
        return result;
    }

    private ScanResult ReadNumber(byte kind, long limit, out long number)
    {
        number = 0;
        if (!Have(LogSyntax.LongestNumberLine, limit, out long available))
        {
            return Unread();
        }

        int length = LogSyntax.ReadNumber(_input.Data, available, kind, out number);
        if (length <= 0)
        {
            return length == 0 ? Short("the file ends inside a record") : Fail(ScanResult.Unreadable, "a record is damaged");
        }

        return Consume(length);
    }

    // A record of one short argument: perhaps MULTI or EXEC.
    private ScanResult ReadGroupWord(int length, long limit)
    {
        if (!Have(length + 2, limit, out _))
        {
            return Unread();
        }

        Argument word = new() { Data = _input.Data, Length = length };
        bool begins = word.Is("multi"u8);
        if (begins ? _inGroup : word.Is("exec"u8) && !_inGroup)
        {
            return Fail(ScanResult.Unreadable, begins ? "a group begins inside a group" : "an EXEC has no MULTI");
        }

        _inGroup = begins || (_inGroup && !word.Is("exec"u8));
        return SkipBulk(length, limit);
    }

    private ScanResult SkipBulk(long length, long limit)
    {
        while (length > _input.Available)
        {
            length -= _input.Available;
            _ = Consume(_input.Available);
            if (!Have(1, limit, out _))
            {
                return Unread();
            }
        }

        _ = Consume(length);
        if (!Have(2, limit, out _))
        {
            return Unread();
        }

        if (_input.Data[0] != '\r' || _input.Data[1] != '\n')
        {
            return Fail(ScanResult.Unreadable, "an argument does not end where its length says");
        }

        return Consume(2);
    }

    // At most so many bytes, fewer where the limit comes before. False: they cannot be read.
    private bool Have(long bytes, long limit, out long available)
    {
        available = Math.Min(bytes, limit - _input.Offset);
        if (_input.Available >= available)
        {
            return true;
        }

        AddToChecksum();
        return _input.TryHave(available);
    }

    private ScanResult Consume(long bytes)
    {
        _input.Skip(bytes);
        _unsummed += bytes;
        return ScanResult.Good;
    }

    // Before the input's buffer moves, and at the end of a block.
    private void AddToChecksum()
    {
        if (_inBlock)
        {
            _checksum = Crc64.Compute(_checksum, _input.Data - _unsummed, _unsummed);
        }

        _unsummed = 0;
    }

    private ScanResult Short(string problem) => _inBlock
        ? Fail(ScanResult.Unreadable, "a record goes on behind the end of its block") : Fail(ScanResult.CutShort, problem);

    private ScanResult Unread() => Fail(
        ScanResult.Failed, _input.Error < 0 ? Errno.Describe(_input.Error) : "the file became shorter while it was read");

    private ScanResult Fail(ScanResult result, string problem)
    {
        Problem = problem;
        return result;
    }
}

using System;
using System.Runtime.InteropServices;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Journal;

/// <summary>
/// The records of one file of the log, in order. A record is given out when its block has verified, and a group (MULTI to EXEC) when all
/// of it is there; <see cref="LogScanner"/> looks ahead for that. Needs memory for the longest record, which is in the file. One thread.
/// </summary>
internal sealed unsafe class LogReader : IDisposable
{
    private readonly string _path;
    private readonly int _descriptor;
    private readonly FileInput _input;
    private readonly LogScanner _scanner;
    private readonly long _begin;
    private readonly bool _isPositioned;
    private int _capacity;
    private long _blockEnd;

    private LogReader(string path, int descriptor, long offset, long length, long position)
    {
        _path = path;
        _descriptor = descriptor;
        _input = new FileInput(descriptor);
        _input.Seek(offset);
        _scanner = new LogScanner(descriptor, offset, length, position);
        _begin = offset;
        _isPositioned = position >= 0;
        Length = length;
        Position = position;
    }

    /// <summary>The last record's arguments, <see cref="Count"/> of them: at least one. Good until the next call of
    /// <see cref="Next"/>.</summary>
    public Argument* Arguments { get; private set; }

    /// <summary>How many arguments the last record has.</summary>
    public int Count { get; private set; }

    /// <summary>The place in the file behind the last record.</summary>
    public long Offset => _input.Offset;

    /// <summary>Position in the log behind the last record. −1: not known, because no block has said it and the caller neither.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes of the file when it was opened: what is written behind them later is not read.</summary>
    public long Length { get; }

    /// <summary>Blocks that have verified.</summary>
    public long Blocks { get; private set; }

    /// <summary>Whether a checksum has covered the last record.</summary>
    public bool IsChecked => _input.Offset <= _blockEnd;

    /// <summary>Gets the beginnings of blocks; null: nobody does.</summary>
    public LogMarks? Marks { get; set; }

    /// <summary>After <see cref="LogStep.Damaged"/>: what is wrong.</summary>
    public LogDamage? Damage { get; private set; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">An increment, or a base that is no RDB file, or one that begins with an RDB file.</param>
    /// <param name="offset">Where the records begin: 0, or behind the RDB file.</param>
    /// <param name="position">Position in the log of the first record: that of the end of the file before. Then blocks that say another
    /// one are damage. −1: not known.</param>
    /// <param name="error">0, or −errno.</param>
    /// <returns>Null: the file cannot be opened.</returns>
    public static LogReader? Open(string path, long offset, long position, out int error)
    {
        int descriptor = RegularFile.Open(path, out FileStatus status);
        error = Math.Min(0, descriptor);
        return error < 0 ? null : new LogReader(path, descriptor, offset, status.Size, position);
    }

    /// <summary>Reads the next record. After <see cref="LogStep.Ended"/> or <see cref="LogStep.Damaged"/>: the same again.</summary>
    public LogStep Next()
    {
        while (Damage is null)
        {
            if (_input.Offset >= _scanner.Offset)
            {
                bool wasInBlocks = _scanner.IsInBlocks;
                ScanResult result = _scanner.Next();
                if (result == ScanResult.Ended)
                {
                    return LogStep.Ended;
                }

                if (result != ScanResult.Good)
                {
                    Damage = Judge(result, wasInBlocks);
                    break;
                }
            }

            if (!Have(1))
            {
                break;
            }

            if (*_input.Data == '#')
            {
                SkipLine();
            }
            else if (ReadRecord())
            {
                return LogStep.Record;
            }
        }

        Damage ??= Describe(
            DamageKind.NotRead, _input.Error < 0 ? Errno.Describe(_input.Error) : "the file changed while it was read", _input.Offset);
        return LogStep.Damaged;
    }

    public void Dispose()
    {
        _input.Dispose();
        _scanner.Dispose();
        Descriptor.Close(_descriptor);
        NativeMemory.Free(Arguments);
        Arguments = null;
    }

    private void SkipLine()
    {
        _ = Have(BlockHeader.LongestLine);
        int length = LogSyntax.ReadAnnotation(_input.Data, Math.Min(_input.Available, _scanner.Offset - _input.Offset));
        if (length > 0 && BlockHeader.TryParse(_input.Data, length, out BlockHeader header))
        {
            Marks?.Note(header.Position, _input.Offset);
            Position = header.Position >= 0 ? header.Position : Position;
            Blocks++;
            _blockEnd = _input.Offset + length + header.PayloadLength;
        }

        // The scanner has read the same line: it has an end.
        _input.Skip(Math.Max(1, length));
    }

    // What the scanner has found good. It is checked again as far as lengths go: the file may have changed.
    private bool ReadRecord()
    {
        long at = 0;
        if (!ReadNumber((byte)'*', ref at, out long count))
        {
            return false;
        }

        Count = 0;
        for (long i = 0; i < count; i++)
        {
            if (!ReadNumber((byte)'$', ref at, out long length) || length > LogSyntax.LongestBulk || !Have(at + length + 2)
                || at + length + 2 > _input.Available)
            {
                return false;
            }

            if (Count == _capacity)
            {
                _capacity = Math.Max(16, 2 * _capacity);
                Arguments = (Argument*)NativeMemory.Realloc(Arguments, (nuint)_capacity * (nuint)sizeof(Argument));
            }

            // The buffer may still move: for now, the place in the record.
            Arguments[Count++] = new Argument { Data = (byte*)at, Length = (int)length };
            at += length + 2;
        }

        for (int i = 0; i < Count; i++)
        {
            Arguments[i].Data += (nint)_input.Data;
        }

        _input.Skip(at);
        Position += Position >= 0 ? at : 0;
        return Count != 0;
    }

    private bool ReadNumber(byte kind, ref long at, out long number)
    {
        number = 0;
        _ = Have(at + LogSyntax.LongestNumberLine);
        int length = LogSyntax.ReadNumber(_input.Data + at, _input.Available - at, kind, out number);
        at += length;
        return length > 0;
    }

    // So many bytes, or as many as the scanner has found good.
    private bool Have(long bytes)
    {
        long needed = Math.Min(bytes, _scanner.Offset - _input.Offset);
        return _input.Available >= needed || _input.TryHave(needed);
    }

    private LogDamage Judge(ScanResult result, bool wasInBlocks)
    {
        DamageKind kind = result switch
        {
            ScanResult.CutShort => DamageKind.CutShort,
            ScanResult.Unreadable => DamageKind.UnreadableTail,
            ScanResult.Misplaced => DamageKind.Middle,
            ScanResult.Newer => DamageKind.Newer,
            _ => DamageKind.NotRead,
        };
        string problem = _scanner.Problem;
        long found = _scanner.ReadOffset;
        bool hasLostBlocks = false;
        if (kind is DamageKind.CutShort or DamageKind.UnreadableTail)
        {
            // Redis can have gone on in a file that this program began. What begins at a known position is this program's.
            byte first = 0;
            _ = Files.ReadAt(_descriptor, &first, 1, _scanner.ItemOffset);
            bool isOurs = wasInBlocks || _scanner.WasBlock || (_isPositioned && _scanner.Offset == _begin);
            bool records = first == '*' || !isOurs;
            using DamageSearch search = new(_descriptor, _scanner.Offset, Length, _scanner.Position);
            kind = search.Finds(_scanner.ItemOffset + 1, records, kind == DamageKind.CutShort) ? DamageKind.Middle : kind;
            hasLostBlocks = search.HasLostBlock;
        }

        return Describe(kind, problem, found, hasLostBlocks);
    }

    private LogDamage Describe(DamageKind kind, string problem, long found, bool hasLostBlocks = false) => new()
    {
        Kind = kind,
        Path = _path,
        Problem = problem,
        FoundAt = found,
        Offset = _scanner.Offset,
        Length = Math.Max(0, Length - _scanner.Offset),
        Position = _scanner.Position,
        HasLostBlocks = hasLostBlocks,
    };
}

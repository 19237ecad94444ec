using System;
using System.Runtime.InteropServices;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Journal;

/// <summary>
/// The records that are not written yet, in the order of their positions. A position counts bytes of records, from the first record that
/// was ever logged; what else stands in the files does not count. Any thread appends, with the partitions of the changed keys locked, so
/// that the records of a key come in the order of its changes. One thread at a time takes.
/// </summary>
internal sealed unsafe class LogBuffer
{
    /// <summary>Most segments that are written at once.</summary>
    public const int MostVectors = 32;

    // Records beyond this are not copied: their memory is taken.
    private const long Large = 32 * 1024;
    private const long WrittenAtOnce = 1 << 20;

    private readonly int* _lock = (int*)NativeMemory.AllocZeroed(64);
    private readonly LogSegmentPool _pool = new();
    private readonly PositionTable _positions;
    private RecordBuffer _select;
    private LogSegment* _first;
    private LogSegment* _last;

    // Bytes of the first segment that are released already.
    private long _released;
    private long _begin;
    private long _end;
    private int _database = -1;

    /// <summary>Makes an empty one, which tells <paramref name="positions"/> of its end and begins at a position.</summary>
    public LogBuffer(PositionTable positions, long position)
    {
        _positions = positions;
        (_begin, _end) = (position, position);
        positions.End = position;
    }

    /// <summary>The position behind the last record. Any thread.</summary>
    public long End => _positions.End;

    /// <summary>Positions go on from another, perhaps a lower one. Nothing waits, and nobody appends or waits for a position.</summary>
    public void MoveTo(long position)
    {
        (_begin, _end) = (position, position);
        _positions.Restart(position);
    }

    /// <summary>Whether records are dropped: memory for one ran out, or they are of no use. A hint, except for who takes.</summary>
    public bool HasLost { get; private set; }

    /// <summary>Appends records.</summary>
    /// <returns>The position behind them.</returns>
    public long Append(RecordBlock* block)
    {
        PartitionLock.Acquire(_lock);
        try
        {
            if (block->FirstDatabase >= 0 && block->FirstDatabase != _database)
            {
                _select.Clear();
                RecordEncoder.AddSelect(ref _select, block->FirstDatabase);
                Add(_select.Data, _select.Length);
            }

            _database = block->LastDatabase == RecordBlock.NoDatabase ? _database : block->LastDatabase;
            if (block->Value != null)
            {
                AddAround(block);
            }
            else if (block->Length >= Large && !HasLost)
            {
                Link(block->Data, block->Length)->Memory = block->Memory;
                block->IsTaken = true;
            }
            else
            {
                Add(block->Data, block->Length);
            }
        }
        catch (OutOfMemoryException)
        {
            // Another position than the one before, which may be reached already.
            HasLost = true;
            _end++;
            if (block->Value != null)
            {
                LargeValue.Release(block->Value);
            }
        }

        _positions.End = _end;
        long end = _end;
        PartitionLock.Release(_lock);
        return end;
    }

    // The head of the record, its value, and what follows.
    private void AddAround(RecordBlock* block)
    {
        LargeValue* value = block->Value;
        if (HasLost)
        {
            _end += block->Length + value->Length;
            LargeValue.Release(value);
            block->Value = null;
            return;
        }

        // Three segments of its own, so that a record always begins and ends with one; the last has the memory of the first.
        LogSegment* segment = Link(block->Data, block->HeadLength);
        segment->IsOpen = true;
        segment = Link(value->Data, value->Length);
        segment->IsOpen = true;
        segment->Value = value;
        block->Value = null;
        Link(block->Data + block->HeadLength, block->Length - block->HeadLength)->Memory = block->Memory;
        block->IsTaken = true;
    }

    /// <summary>The file is lost: only positions of records are kept before the next <see cref="Cut"/> afresh.</summary>
    public void Discard()
    {
        PartitionLock.Acquire(_lock);
        HasLost = true;
        PartitionLock.Release(_lock);
    }

    /// <summary>Records could not even be made, for want of memory: from here on there are none, only positions.</summary>
    /// <returns>The position of the end.</returns>
    public long NoteLost()
    {
        PartitionLock.Acquire(_lock);
        HasLost = true;
        _positions.End = ++_end;
        long end = _end;
        PartitionLock.Release(_lock);
        return end;
    }

    /// <summary>The records that are written next, which are whole.</summary>
    /// <param name="vectors">Room for <see cref="MostVectors"/>.</param>
    /// <param name="until">The position of a <see cref="Cut"/> that they do not go beyond.</param>
    /// <param name="bytes">How many bytes.</param>
    /// <returns>Vectors filled; 0: nothing waits.</returns>
    public int Take(IoVector* vectors, long until, out long bytes)
    {
        bytes = 0;
        int count = 0;
        int whole = 0;
        long length = 0;
        PartitionLock.Acquire(_lock);
        long from = _released;
        for (LogSegment* segment = _first; segment != null && count < MostVectors && bytes < WrittenAtOnce; segment = segment->Next)
        {
            if (whole == count && _begin + length == until) // not inside of a record: what is left of it may be no bytes
            {
                break;
            }

            if (segment->Length > from)
            {
                vectors[count++] = new IoVector { Base = segment->Data + from, Length = (nuint)(segment->Length - from) };
                length += segment->Length - from;
            }

            from = 0;
            if (!segment->IsOpen)
            {
                whole = count;
                bytes = length;
            }
        }

        PartitionLock.Release(_lock);
        return whole;
    }

    /// <summary>The position of the next byte that <see cref="Take"/> answers. Who takes only.</summary>
    public long Begin => _begin;

    /// <summary>Frees records that were taken.</summary>
    public void Release(long bytes)
    {
        LogSegment* dead = null;
        PartitionLock.Acquire(_lock);
        _begin += bytes;
        while (bytes > 0)
        {
            long there = _first->Length - _released;
            if (bytes < there || _first->Next == null)
            {
                _released += bytes;
                break;
            }

            bytes -= there;
            LogSegment* next = _first->Next;
            _first->Next = dead;
            dead = _first;
            _first = next;
            _released = 0;
        }

        if (_first != null && _first->Next == null && _released == _first->Length)
        {
            // Nothing waits: the room is used from its beginning.
            _released = 0;
            _first->Length = 0;
            if (!LogSegmentPool.IsRoom(_first) || _first->Capacity < LogSegmentPool.SegmentBytes)
            {
                _first->Next = dead;
                dead = _first;
                _first = null;
                _last = null;
            }
        }

        PartitionLock.Release(_lock);
        _pool.Return(dead);
    }

    /// <summary>Ends the file that the records so far go to: what is appended next begins with its database. All partitions are locked,
    /// so that this is one point in time, and everything before is in <see cref="Take"/>'s answers up to the position.</summary>
    /// <param name="afresh">Whether what waits is dropped: it is in the snapshot that begins now.</param>
    /// <returns>The position.</returns>
    public long Cut(bool afresh)
    {
        PartitionLock.Acquire(_lock);
        LogSegment* dead = null;
        _database = -1;
        if (afresh)
        {
            dead = _first;
            _first = null;
            _last = null;
            _released = 0;
            _begin = _end;
            HasLost = false;
        }
        else if (_last != null)
        {
            // Takes nothing more.
            _last->Capacity = _last->Length;
        }

        long end = _end;
        PartitionLock.Release(_lock);
        _pool.Return(dead);
        return end;
    }

    private void Add(byte* data, long length)
    {
        if (!HasLost)
        {
            if (_last == null || _last->Capacity - _last->Length < length)
            {
                System.Diagnostics.Debug.Assert(length <= LogSegmentPool.SegmentBytes, "what is longer is linked");
                Append(_pool.Rent());
            }

            Buffer.MemoryCopy(data, _last->Data + _last->Length, length, length);
            _last->Length += length;
        }

        _end += length;
    }

    // One that nothing is added to, with bytes that lie elsewhere.
    private LogSegment* Link(byte* data, long length)
    {
        LogSegment* segment = (LogSegment*)NativeMemory.Alloc((nuint)sizeof(LogSegment));
        *segment = default;
        segment->Data = data;
        segment->Length = length;
        segment->Capacity = length;
        Append(segment);
        _end += length;
        return segment;
    }

    private void Append(LogSegment* segment)
    {
        if (_last == null)
        {
            _first = segment;
        }
        else
        {
            _last->Next = segment;
        }

        _last = segment;
    }
}

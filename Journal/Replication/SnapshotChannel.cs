using System;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// A snapshot on its way to replicas, instead of to a file: what is written waits here until each of them has taken it. The thread of the
/// snapshot writes, and waits while the slowest reader is too far behind; any thread reads.
/// </summary>
internal sealed unsafe class SnapshotChannel : Disk
{
    /// <summary>What <see cref="SlowestReader"/> answers when nobody reads any more.</summary>
    public const long Nobody = long.MaxValue;

    private const long Size = 4 << 20;
    private const int LookMilliseconds = 50;

    private readonly Lock _lock = new();
    private readonly WakeWord _taken = new();
    private byte* _memory;
    private long _end;
    private bool _isWhole;
    private bool _isClosed;

    /// <summary>Answers how far the slowest reader has come, or <see cref="Nobody"/>.</summary>
    public required Func<long> SlowestReader { get; init; }

    /// <summary>Called when there is more to read.</summary>
    public required Action Grew { get; init; }

    /// <summary>Answers whether the writer is to give up: its readers are too slow, or the node ends.</summary>
    public required Func<bool> GivesUp { get; init; }

    /// <summary>Why the writer gave up; null: it did not.</summary>
    public string? Error { get; private set; }

    /// <inheritdoc/>
    public override int OpenForWriting(string path, bool truncate)
    {
        long memory = Memory.Map(Size);
        _memory = memory < 0 ? null : (byte*)memory;
        return memory < 0 ? (int)memory : 0;
    }

    /// <inheritdoc/>
    public override void Close(int descriptor)
    {
    }

    /// <inheritdoc/>
    public override void BeginWriteback(int descriptor, long offset, long length)
    {
    }

    /// <inheritdoc/>
    public override void DropPages(int descriptor, long offset, long length)
    {
    }

    /// <inheritdoc/>
    public override nint Write(int descriptor, IoVector* vectors, int count)
    {
        nint written = 0;
        for (int i = 0; i < count; i++)
        {
            byte* data = vectors[i].Base;
            long left = (long)vectors[i].Length;
            while (left > 0)
            {
                long room = WaitForRoom();
                if (room <= 0)
                {
                    return -Errno.BrokenPipe;
                }

                long part = Math.Min(left, room);
                Add(data, part);
                data += part;
                left -= part;
            }

            written += (nint)vectors[i].Length;
        }

        Grew();
        return written;
    }

    /// <summary>All is written: waits until every reader has taken it.</summary>
    /// <returns>0 or −errno.</returns>
    public override int Synchronize(int descriptor)
    {
        Volatile.Write(ref _isWhole, true); // pairs with Read
        Grew();
        while (true)
        {
            // One that has all bytes still has to be told that they are all: then it reads no more.
            if (SlowestReader() == Nobody)
            {
                return 0;
            }

            if (GivesUp())
            {
                Error = "its replicas are too slow";
                return -Errno.BrokenPipe;
            }

            _taken.Wait(LookMilliseconds);
        }
    }

    /// <summary>Copies bytes. Any thread.</summary>
    /// <param name="offset">From the snapshot's beginning: what the caller has taken already.</param>
    /// <param name="into">Where to.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="isEnd">Whether nothing more comes behind them.</param>
    /// <returns>How many; −1: the channel is closed.</returns>
    public int Read(long offset, byte* into, int most, out bool isEnd)
    {
        isEnd = false;
        lock (_lock)
        {
            bool isWhole = Volatile.Read(ref _isWhole); // pairs with Synchronize
            if (_isClosed)
            {
                return -1;
            }

            int count = (int)Math.Min(most, _end - offset);
            if (count == 0)
            {
                // It may not even be open yet.
                isEnd = isWhole;
                return 0;
            }

            long at = offset % Size;
            long part = Math.Min(count, Size - at);
            Buffer.MemoryCopy(_memory + at, into, part, part);
            Buffer.MemoryCopy(_memory, into + part, count - part, count - part);
            isEnd = isWhole && offset + count == _end;
            return count;
        }
    }

    /// <summary>A reader has gone on, or is gone. Any thread.</summary>
    public void Taken() => _taken.Wake();

    /// <summary>Nobody reads any more.</summary>
    public void Free()
    {
        lock (_lock)
        {
            _isClosed = true;
            if (_memory != null)
            {
                _ = Memory.Unmap(_memory, Size);
                _memory = null;
            }
        }
    }

    private long WaitForRoom()
    {
        bool isTold = false;
        while (true)
        {
            long slowest = SlowestReader();
            if (slowest == Nobody)
            {
                Error = "its replicas are gone";
                return 0;
            }

            long room = Size - (_end - slowest);
            if (room > 0)
            {
                return room;
            }

            if (GivesUp())
            {
                Error = "its replicas are too slow";
                return 0;
            }

            if (!isTold)
            {
                isTold = true;
                Grew();
            }

            _taken.Wait(LookMilliseconds);
        }
    }

    private void Add(byte* data, long length)
    {
        lock (_lock)
        {
            long at = _end % Size;
            long part = Math.Min(length, Size - at);
            Buffer.MemoryCopy(data, _memory + at, part, part);
            Buffer.MemoryCopy(data + part, _memory, length - part, length - part);
            Volatile.Write(ref _end, _end + length); // pairs with Synchronize
        }
    }
}

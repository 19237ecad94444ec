using System;
using System.Runtime.InteropServices;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// The last bytes of the log's records, which is what replicas are fed from. A place in it is a position of the log. It keeps a number of
/// bytes in any case, and more while a reader is behind, up to a limit: a reader that is further behind finds that its place is gone.
/// Nobody ever waits for it. One thread at a time adds (<see cref="ChangeLog"/>); any thread reads.
/// </summary>
internal sealed unsafe class ReplicationBacklog
{
    /// <summary>Bytes of a block: memory is taken and given back in such.</summary>
    public const int BlockBytes = 1 << 20;

    /// <summary>What <see cref="SlowestReader"/> answers when there is none.</summary>
    public const long Nobody = long.MaxValue;

    private readonly Lock _lock = new();

    // A block for each stretch of positions, from a multiple of its length on; a ring, in which the first position's is anywhere.
    private byte*[] _blocks = [];
    private bool _isKept;
    private long _size;
    private long _limit;
    private long _first;
    private long _end;
    private byte* _spare;

    /// <summary>Told when readers may have more, by the log's threads; null: nobody is. Set before there are any.</summary>
    public delegate*<object, void> Grew { get; set; }

    /// <summary>Answers the position of the slowest reader, or <see cref="Nobody"/>; null: nobody. Set before there are any.</summary>
    public delegate*<object, long> SlowestReader { get; set; }

    /// <summary>The argument of the functions.</summary>
    public object? Owner { get; set; }

    /// <summary>Whether bytes are kept. Any thread.</summary>
    public bool IsKept => Volatile.Read(ref _isKept); // pairs with Begin and Free

    /// <summary>The position of the first byte that is there. Any thread.</summary>
    public long First => Volatile.Read(ref _first); // pairs with Append

    /// <summary>The position behind the last one. Any thread.</summary>
    public long End => Volatile.Read(ref _end); // pairs with Append

    /// <summary>Keeps the last bytes from a position on; what was kept before is forgotten.</summary>
    public void Begin(long position)
    {
        lock (_lock)
        {
            Drop(position);
            Volatile.Write(ref _isKept, true); // pairs with IsKept
        }
    }

    /// <summary>Keeps at least so many bytes, and at most so many while a reader is behind.</summary>
    public void Limit(long size, long limit)
    {
        lock (_lock)
        {
            _size = size;
            _limit = Math.Max(size, limit);
        }
    }

    /// <summary>Keeps nothing any more.</summary>
    public void Free()
    {
        lock (_lock)
        {
            Volatile.Write(ref _isKept, false); // pairs with IsKept
            Drop(_end);
            NativeMemory.Free(_spare);
            _spare = null;
            _blocks = [];
        }
    }

    /// <summary>
    /// Adds records. Those that are there already are left out: a write that failed is repeated. When some are missing before them, or
    /// there is no memory, what was kept is forgotten, and every reader has to begin anew.
    /// </summary>
    /// <param name="vectors">Where they lie.</param>
    /// <param name="count">How many vectors.</param>
    /// <param name="position">The position of the first byte.</param>
    public void Append(IoVector* vectors, int count, long position)
    {
        if (!IsKept)
        {
            return;
        }

        lock (_lock)
        {
            if (position > _end)
            {
                Drop(position);
            }

            for (int i = 0; i < count && _isKept; i++)
            {
                long known = Math.Clamp(_end - position, 0, (long)vectors[i].Length);
                position += (long)vectors[i].Length;
                if (!TryAdd(vectors[i].Base + known, (long)vectors[i].Length - known))
                {
                    Drop(position);
                }
            }
        }

        Tell();
    }

    /// <summary>Tells that readers may have more. The log's threads.</summary>
    public void Tell()
    {
        if (Grew != null)
        {
            Grew(Owner!);
        }
    }

    /// <summary>Copies bytes from a position on. Any thread.</summary>
    /// <returns>How many, 0 when there are none yet; −1: that position is not there any more.</returns>
    public int Read(long position, byte* into, int most)
    {
        lock (_lock)
        {
            if (!_isKept || position < _first)
            {
                return -1;
            }

            // A snapshot's position may be one that is not written yet.
            int count = (int)Math.Clamp(_end - position, 0, most);
            for (int done = 0; done < count;)
            {
                int at = (int)((position + done) % BlockBytes);
                int part = Math.Min(count - done, BlockBytes - at);
                Buffer.MemoryCopy(Block(position + done) + at, into + done, part, part);
                done += part;
            }

            return count;
        }
    }

    private ref byte* Block(long position) => ref _blocks[position / BlockBytes % _blocks.Length];

    private bool TryAdd(byte* data, long length)
    {
        while (length > 0)
        {
            int at = (int)(_end % BlockBytes);
            if ((at == 0 || _end == _first) && !TryMakeBlock())
            {
                return false;
            }

            long part = Math.Min(length, BlockBytes - at);
            Buffer.MemoryCopy(data, Block(_end) + at, part, part);
            data += part;
            length -= part;
            Volatile.Write(ref _end, _end + part); // pairs with End
        }

        return true;
    }

    // A block for what comes at the end. The first ones go when they need not be kept.
    private bool TryMakeBlock()
    {
        long slowest = SlowestReader == null ? Nobody : SlowestReader(Owner!);
        long keepFrom = Math.Max(Math.Min(_end - _size, slowest), _end - _limit);
        while (_first + BlockBytes - (_first % BlockBytes) <= keepFrom)
        {
            DropFirst();
        }

        long blocks = (_end / BlockBytes) - (_first / BlockBytes) + 1;
        if (blocks > _blocks.Length)
        {
            Widen(blocks);
        }

        ref byte* block = ref Block(_end);
        if (block == null)
        {
            block = _spare != null ? _spare : (byte*)Memory.TryAllocate(BlockBytes);
            _spare = null;
        }

        return block != null;
    }

    private void DropFirst()
    {
        ref byte* block = ref Block(_first);
        NativeMemory.Free(_spare);
        _spare = block;
        block = null;
        Volatile.Write(ref _first, Math.Min(_end, _first + BlockBytes - (_first % BlockBytes))); // pairs with First
    }

    private void Widen(long blocks)
    {
        byte*[] wider = new byte*[Math.Max(blocks, (2 * _blocks.Length) + 2)];
        for (long number = _first / BlockBytes; _blocks.Length > 0 && number < (_first / BlockBytes) + _blocks.Length; number++)
        {
            wider[number % wider.Length] = _blocks[number % _blocks.Length];
        }

        _blocks = wider;
    }

    private void Drop(long position)
    {
        for (int i = 0; i < _blocks.Length; i++)
        {
            NativeMemory.Free(_blocks[i]);
            _blocks[i] = null;
        }

        Volatile.Write(ref _first, position); // pairs with First
        Volatile.Write(ref _end, position); // pairs with End
    }
}

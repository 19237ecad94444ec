using System;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// The last bytes of the log's records, which is what replicas are fed from. A place in it is a position of the log. One thread at a time
/// adds (<see cref="ChangeLog"/>); any thread reads. A reader that is too slow finds that its place is gone: nobody waits for it.
/// </summary>
internal sealed unsafe class ReplicationBacklog
{
    private readonly Lock _lock = new();
    private byte* _memory;
    private long _size;
    private long _first;
    private long _end;

    /// <summary>Told after bytes were added, by the thread that added them; null: nobody is. Set before there are any.</summary>
    public delegate*<object, void> Grew { get; set; }

    /// <summary>The argument of <see cref="Grew"/>.</summary>
    public object? Owner { get; set; }

    /// <summary>Whether bytes are kept. Any thread.</summary>
    public bool IsKept => Volatile.Read(ref _size) != 0; // pairs with Begin and Free

    /// <summary>Bytes there is room for; 0: none are kept. Any thread.</summary>
    public long Size => Volatile.Read(ref _size); // pairs with Begin and Free

    /// <summary>The position of the first byte that is there. Any thread.</summary>
    public long First => Volatile.Read(ref _first); // pairs with Append

    /// <summary>The position behind the last one. Any thread.</summary>
    public long End => Volatile.Read(ref _end); // pairs with Append

    /// <summary>Keeps the last bytes from a position on; what was kept before is forgotten.</summary>
    /// <returns>False: there is no memory.</returns>
    public bool Begin(long size, long position)
    {
        long memory = Memory.Map(size);
        if (memory < 0)
        {
            return false;
        }

        lock (_lock)
        {
            Drop();
            _memory = (byte*)memory;
            Volatile.Write(ref _first, position); // pairs with First
            Volatile.Write(ref _end, position); // pairs with End
            Volatile.Write(ref _size, size); // pairs with IsKept
        }

        return true;
    }

    /// <summary>Keeps nothing any more.</summary>
    public void Free()
    {
        lock (_lock)
        {
            Drop();
        }
    }

    /// <summary>
    /// Adds records. Those that are there already are left out: a write that failed is repeated. When some are missing before them, what
    /// was kept is forgotten, and every reader has to begin anew.
    /// </summary>
    /// <param name="vectors">Where they lie.</param>
    /// <param name="count">How many vectors.</param>
    /// <param name="position">The position of the first byte.</param>
    public void Append(IoVector* vectors, int count, long position)
    {
        lock (_lock)
        {
            if (_size == 0)
            {
                return;
            }

            if (position > _end)
            {
                Volatile.Write(ref _first, position); // pairs with First
                Volatile.Write(ref _end, position); // pairs with End
            }

            for (int i = 0; i < count; i++)
            {
                long known = Math.Clamp(_end - position, 0, (long)vectors[i].Length);
                Add(vectors[i].Base + known, (long)vectors[i].Length - known);
                position += (long)vectors[i].Length;
            }
        }

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
            if (_size == 0 || position < _first)
            {
                return -1;
            }

            // A snapshot's position may be one that is not written yet.
            int count = (int)Math.Clamp(_end - position, 0, most);
            long at = position % _size;
            long part = Math.Min(count, _size - at);
            Buffer.MemoryCopy(_memory + at, into, part, part);
            Buffer.MemoryCopy(_memory, into + part, count - part, count - part);
            return count;
        }
    }

    private void Add(byte* data, long length)
    {
        if (length > _size)
        {
            // The rest would be overwritten at once.
            Volatile.Write(ref _end, _end + length - _size); // pairs with End
            data += length - _size;
            length = _size;
        }

        long at = _end % _size;
        long part = Math.Min(length, _size - at);
        Buffer.MemoryCopy(data, _memory + at, part, part);
        Buffer.MemoryCopy(data + part, _memory, length - part, length - part);
        Volatile.Write(ref _end, _end + length); // pairs with End
        Volatile.Write(ref _first, Math.Max(_first, _end - _size)); // pairs with First
    }

    private void Drop()
    {
        if (_memory != null)
        {
            _ = Memory.Unmap(_memory, _size);
            _memory = null;
            Volatile.Write(ref _size, 0); // pairs with IsKept
        }
    }
}

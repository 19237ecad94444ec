using System;
using System.Collections.Generic;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Protocol;

namespace Epollsrv.Node;

/// <summary>
/// Gives replicas the stream: from memory, or from the files of the log when they are further behind than what is kept there. Any thread;
/// one at a time for a replica.
/// </summary>
internal sealed unsafe class StreamFiles(RunningNode node)
{
    // Each has a buffer and an open file.
    private const int MostReaders = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, StreamFileReader> _readers = [];
    private int _count;
    private long _goneBelow;

    /// <summary>Whether the files have the stream from a position on.</summary>
    public bool Has(long position)
        => position >= Volatile.Read(ref _goneBelow) // pairs with Read
            && node.Persistence is { } data && StreamFileReader.Has(data.Files, position);

    /// <summary>Copies bytes of the stream.</summary>
    /// <param name="kept">What is kept in memory.</param>
    /// <param name="replica">The token of the replica's connection.</param>
    /// <param name="position">The position of the first byte.</param>
    /// <param name="into">Where to.</param>
    /// <param name="most">How many at most.</param>
    /// <returns>As <see cref="ReplicationFeed.Read"/>.</returns>
    public int Read(ReplicationBacklog kept, ulong replica, long position, byte* into, int most)
    {
        int count = kept.Read(position, into, most);
        if (count >= 0 || !kept.IsKept || node.Persistence is not { } data)
        {
            Forget(replica);
            return count;
        }

        count = ReaderOf(data.Files, replica)?.Read(position, into, most) ?? StreamFileReader.Gone;
        if (count == StreamFileReader.Gone)
        {
            // It must not ask for that again and again.
            Forget(replica);
            Volatile.Write(ref _goneBelow, Math.Max(_goneBelow, kept.First)); // pairs with Has
        }

        return count;
    }

    /// <summary>The replica is gone, or reads from memory.</summary>
    public void Forget(ulong replica)
    {
        if (Volatile.Read(ref _count) == 0) // pairs with ReaderOf; its own reader the same connection has made
        {
            return;
        }

        lock (_lock)
        {
            if (_readers.Remove(replica, out StreamFileReader? reader))
            {
                reader.Dispose();
            }

            Volatile.Write(ref _count, _readers.Count); // pairs with the beginning
        }
    }

    private StreamFileReader? ReaderOf(LogFiles files, ulong replica)
    {
        lock (_lock)
        {
            if (!_readers.TryGetValue(replica, out StreamFileReader? reader) && _readers.Count < MostReaders)
            {
                reader = new StreamFileReader(files);
                _readers.Add(replica, reader);
                Volatile.Write(ref _count, _readers.Count); // pairs with Forget
            }

            return reader;
        }
    }
}

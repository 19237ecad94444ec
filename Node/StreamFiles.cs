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
    // Each has a buffer of a megabyte or two and an open file.
    private const int MostReaders = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, StreamFileReader> _readers = [];
    private int _count;
    private long _goneBelow;

    /// <summary>Whether the files have the stream from a position on.</summary>
    public bool Has(long position)
        => position >= Volatile.Read(ref _goneBelow) // pairs with Read and Reset
            && node.Persistence is { Log.Condition.State: LogState.Sound } data && StreamFileReader.Has(data.Files, position);

    /// <summary>Copies bytes of the stream. What memory does not have is read from the disk.</summary>
    /// <param name="log">The log.</param>
    /// <param name="replica">The token of the replica's connection.</param>
    /// <param name="position">The position of the first byte.</param>
    /// <param name="into">Where to.</param>
    /// <param name="most">How many at most.</param>
    /// <returns>As <see cref="ReplicationFeed.Read"/>.</returns>
    public int Read(ChangeLog log, ulong replica, long position, byte* into, int most)
    {
        most = (int)Math.Clamp(log.Shareable - position, 0, most);
        if (most == 0)
        {
            return 0;
        }

        ReplicationBacklog kept = log.Backlog;
        int count = kept.Read(position, into, most);
        if (count >= 0 || !kept.IsKept || node.Persistence is not { } data || log.Condition.State != LogState.Sound)
        {
            Forget(replica);
            return count;
        }

        if (ReaderOf(data.Files, replica) is not { } reader)
        {
            return StreamFileReader.Gone;
        }

        count = reader.Read(position, into, most, log.Written);
        if (count == StreamFileReader.Gone)
        {
            // It must not ask for that again and again.
            Forget(replica);
            Volatile.Write(ref _goneBelow, kept.First); // pairs with Has
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

    /// <summary>Positions count anew: what was gone is that no more.</summary>
    public void Reset() => Volatile.Write(ref _goneBelow, 0); // pairs with Has

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

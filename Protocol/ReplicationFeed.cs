using System;

namespace Epollsrv.Protocol;

/// <summary>What replicas of this node are fed with: the stream of changes, and snapshots. Node derives from it. Any thread.</summary>
internal abstract unsafe class ReplicationFeed
{
    /// <summary>The name of the history that positions count in: 40 hexadecimal digits.</summary>
    public abstract byte[] History { get; }

    /// <summary>The position behind the last change.</summary>
    public abstract long Position { get; }

    /// <summary>The same as a master shows it: as in Redis 0 before the first replica has come, although the log counts already.</summary>
    public long ShownPosition => IsKept ? Position : 0;

    /// <summary>Whether the stream's last bytes are kept, as they are from the first replica on.</summary>
    public abstract bool IsKept { get; }

    /// <summary>The position of the first byte of the stream that is kept in memory.</summary>
    public abstract long KeptFrom { get; }

    /// <summary>The position up to which the stream can be read; the rest of it is on its way.</summary>
    public abstract long Readable { get; }

    /// <summary>Has changes written into the stream, and its last bytes kept, from here on at the latest.</summary>
    /// <returns>False: there is no memory, or the data are being loaded.</returns>
    public abstract bool TryBegin();

    /// <summary>A replica follows the node: keeps in mind, over restarts too, that there are some.</summary>
    public abstract void NoteFollowed();

    /// <summary>Whether the stream can go on for a replica.</summary>
    /// <param name="history">The history that it knows.</param>
    /// <param name="next">The number of the next byte that it needs, counted from 1.</param>
    /// <param name="isKnown">Whether that position of the history is one of this node's, kept or not.</param>
    public abstract bool CanContinue(ReadOnlySpan<byte> history, long next, out bool isKnown);

    /// <summary>Copies bytes of the stream.</summary>
    /// <param name="replica">Who gets them: the token of the connection, whose owner calls this.</param>
    /// <param name="position">The position of the first.</param>
    /// <param name="into">Where to.</param>
    /// <param name="most">How many at most.</param>
    /// <returns>How many; −1: they are not kept any more. What lies before <see cref="KeptFrom"/> is read from the disk.</returns>
    public abstract int Read(ulong replica, long position, byte* into, int most);

    /// <summary>The connection of a replica ends.</summary>
    public abstract void NoteEnded(ulong replica);

    /// <summary>Copies bytes of the snapshot that is under way.</summary>
    /// <param name="number">Its number (<see cref="ReplicaSnapshot.Number"/>).</param>
    /// <param name="offset">From its beginning.</param>
    /// <param name="into">Where to.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="isEnd">Whether nothing more comes behind them.</param>
    /// <returns>How many; −1: there is no such snapshot any more.</returns>
    public abstract int ReadSnapshot(int number, long offset, byte* into, int most, out bool isEnd);

    /// <summary>Who reads the snapshot has gone on, or is gone.</summary>
    public abstract void SnapshotTaken();

    /// <summary>Begins a snapshot for the replicas that wait for one; without effect while one is under way.</summary>
    public abstract void BeginSnapshot();

    /// <summary>Adds a command to the stream that is no change: PING, PUBLISH.</summary>
    /// <param name="command">In RESP, whole.</param>
    /// <param name="mayBeLeftOut">Whether it is left out while the disk is behind: nobody has to wait who publishes.</param>
    /// <returns>The position behind it.</returns>
    public abstract long Add(ReadOnlySpan<byte> command, bool mayBeLeftOut);

    /// <summary>Has the stream readable up to a position soon, if that does not take long before this returns.</summary>
    public abstract void Reach(long position);
}

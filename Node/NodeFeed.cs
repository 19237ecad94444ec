using System;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>
/// What the node's replicas are fed with. Their stream is the log of changes. A node that keeps no data on disk has a log of its own for
/// them, which is written nowhere, from the first replica on. Any thread.
/// </summary>
internal sealed unsafe class NodeFeed : ReplicationFeed
{
    private const int TickMilliseconds = 1000;

    private readonly RunningNode _node;
    private readonly ReplicaSnapshots _snapshots;
    private readonly UnwrittenLog _own;
    private readonly StreamFiles _files;
    private readonly Lock _lock = new();

    private long _usedAt = Clock.Monotonic();
    private long _pingedAt;
    private bool _wasFollowed;

    /// <summary>Makes the feed of a node; no replica has come yet.</summary>
    public NodeFeed(RunningNode node)
    {
        _node = node;
        _snapshots = new ReplicaSnapshots(node);
        _own = new UnwrittenLog(node);
        _files = new StreamFiles(node);
    }

    /// <summary>Held while something is added to the stream that is no change (<see cref="Add"/>); partitions may be locked.</summary>
    public Lock Adding { get; } = new();

    /// <summary>The log; null: there is none yet.</summary>
    public ChangeLog? Log => _node.Persistence is { } persistence ? persistence.Log : _own.Present;

    /// <inheritdoc/>
    public override byte[] History => _node.History.Present.Name;

    /// <inheritdoc/>
    public override long Position => _node.Replication.Position;

    /// <inheritdoc/>
    public override bool IsKept => Log is { Backlog.IsKept: true };

    /// <inheritdoc/>
    public override long KeptFrom => Log?.Backlog.First ?? 0;

    /// <inheritdoc/>
    public override long Readable => Log?.Backlog.End ?? 0;

    private Replicas Replicas => _node.Resp.Replicas;

    /// <inheritdoc/>
    public override bool TryBegin()
    {
        // The stream of a replica must not go on meanwhile: its log begins between two commands.
        lock (_node.Replication.Applying)
        {
            lock (_lock)
            {
                ChangeLog? log = _node.Common.IsLoading ? null : Log;
                if (log is null && (_node.Common.IsLoading || _node.Persistence is not null || (log = _own.Begin()) is null))
                {
                    return false;
                }

                _usedAt = Clock.Monotonic();
                if (log.Backlog.Owner is null)
                {
                    log.Backlog.Owner = this;
                    log.Backlog.Grew = &Grew;
                    log.Backlog.SlowestReader = &SlowestReader;
                    LimitsChanged();
                }

                if (!log.Backlog.IsKept)
                {
                    log.Backlog.Begin(log.Written);
                }

                return true;
            }
        }
    }

    /// <inheritdoc/>
    public override void NoteFollowed()
    {
        if (_node.Persistence is not null)
        {
            _ = _node.Replication.Keeper.Keep();
        }
        else if (!_wasFollowed)
        {
            _wasFollowed = true;
            Node.Log.Warning("a replica follows this node, which keeps no data on disk: when it restarts it is empty, and so are its "
                + "replicas then. --data prevents that");
        }
    }

    /// <inheritdoc/>
    public override bool CanContinue(ReadOnlySpan<byte> history, long next, out bool isKnown)
    {
        long position = next - 1;
        isKnown = Log is { } present && _node.History.Has(history, next) && position <= present.Buffer.End;
        return isKnown && Log is { } log && log.Backlog.IsKept
            && (position >= log.Backlog.First || _files.Has(position));
    }

    /// <inheritdoc/>
    public override int Read(ulong replica, long position, byte* into, int most)
        => Log is { } log ? _files.Read(log, replica, position, into, most) : StreamFileReader.Gone;

    /// <inheritdoc/>
    public override void NoteEnded(ulong replica)
    {
        _files.Forget(replica);
        _snapshots.Taken();
    }

    /// <inheritdoc/>
    public override int ReadSnapshot(int number, long offset, byte* into, int most, out bool isEnd)
        => _snapshots.Read(number, offset, into, most, out isEnd);

    /// <inheritdoc/>
    public override void SnapshotTaken() => _snapshots.Taken();

    /// <inheritdoc/>
    public override void BeginSnapshot() => _snapshots.Begin();

    /// <inheritdoc/>
    public override long Add(ReadOnlySpan<byte> command, bool mayBeLeftOut)
    {
        RecordBuffer buffer = default;
        buffer.Add(command);
        RecordBlock block = new()
        {
            Memory = buffer.Data,
            Data = buffer.Data,
            Length = buffer.Length,
            FirstDatabase = RecordBlock.NoDatabase,
            LastDatabase = RecordBlock.NoDatabase,
        };
        long position = Position;
        lock (Adding)
        {
            // The stream of a replica is its master's.
            if (Log is { } log && _node.Replication.Master is null && !(mayBeLeftOut && IsDiskBehind(log)))
            {
                position = log.Buffer.Append(&block);
                log.WriteSoon();
            }
        }

        if (!block.IsTaken)
        {
            buffer.Free();
        }

        return position;
    }

    /// <inheritdoc/>
    public override void Reach(long position) => Log?.Reach(position);

    /// <summary>The log is off: replicas cannot go on, and positions of another one would stand for different data.</summary>
    public void Interrupt()
    {
        _node.History.Begin();
        _node.Replication.Keeper.KeepIfKept();
        CloseReplicas();
    }

    /// <summary>Replicas are to ask anew: the history is another.</summary>
    public void CloseReplicas()
    {
        _files.Reset();
        if (Replicas.Count != 0)
        {
            Replicas.CloseAll(_node.Server);
        }
    }

    /// <summary>Ends the log of a node that keeps nothing, if there is one.</summary>
    public void EndOwn()
    {
        lock (_lock)
        {
            _own.End();
        }

        Interrupt();
    }

    /// <summary>Has what a replay changes written into the stream as it came, while there is one.</summary>
    public void Attach(CommandReplay replay) => ThreadJournal.AttachStream(replay, this, &Append);

    /// <summary>How much is kept has changed.</summary>
    public void LimitsChanged()
    {
        if (Log is { } log)
        {
            Limit(log.Backlog);
        }
    }

    /// <summary>The loop's tick.</summary>
    /// <returns>Milliseconds until the next; 0: there is nothing to look after.</returns>
    public int Tick()
    {
        if (!IsKept)
        {
            return 0;
        }

        long now = Clock.Monotonic();
        ReplicaOptions options = _node.Resp.Options.Replicas;
        if (Replicas.Count == 0)
        {
            long seconds = (now - _usedAt) / 1_000_000_000;
            if (options.BacklogSeconds > 0 && seconds >= options.BacklogSeconds && !_node.Replication.IsReplica)
            {
                if (_node.Persistence is null)
                {
                    // Changes are not counted any more, so that a position would stand for different data.
                    EndOwn();
                }
                else
                {
                    Log!.Backlog.Free();
                }

                Node.Log.Info("no replica has come for " + ValueText.FormatInteger(seconds) + " s: changes are not kept for any");
                return 0;
            }

            return TickMilliseconds;
        }

        _usedAt = now;
        LimitsChanged();
        ReplicaSupervision.Look(Replicas, _node.Server, now, _node.Resp.Options, this);
        Replicas.Waiters.AskAgain(this);
        if (now - _pingedAt >= options.PingSeconds * 1_000_000_000)
        {
            _pingedAt = now;
            _ = Add("*1\r\n$4\r\nPING\r\n"u8, mayBeLeftOut: false);
        }

        if (Replicas.CountWaiting() > 0)
        {
            BeginSnapshot();
        }

        return TickMilliseconds;
    }

    /// <summary>The server has ended.</summary>
    public void Close()
    {
        _snapshots.Close();
        _own.Close();
    }

    // Those that are further behind need no memory: they are fed from files, or closed.
    private static long SlowestReader(object owner) => ((NodeFeed)owner).Replicas.SlowestPosition(((NodeFeed)owner).KeptFrom);

    private static void Grew(object owner)
    {
        NodeFeed feed = (NodeFeed)owner;
        if (feed.Replicas.Wake(feed._node.Server) && Thread.CurrentThread.Name is "log" or "log-sync")
        {
            feed._node.Server.Loop.Wake();
        }
    }

    private bool IsDiskBehind(ChangeLog log)
        => log.Condition.State != LogState.Sound || _node.IsDiskBehind(log);

    private void Limit(ReplicationBacklog backlog)
    {
        long limit = _node.Resp.Options.ReplicaOutputLimits[0];
        backlog.Limit(_node.Resp.Options.Replicas.BacklogSize, limit == 0 ? long.MaxValue : limit);
    }

    // Of a master's stream. A partition is locked.
    private static long Append(object owner, RecordBlock* block)
    {
        LogBuffer buffer = ((NodeFeed)owner).Log!.Buffer;
        return block == null ? buffer.NoteLost() : buffer.Append(block);
    }
}

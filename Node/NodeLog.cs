using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Journal;
using Epollsrv.Protocol;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>
/// The log of a node, which is turned on and off while the node runs. Its positions go on over that. Whoever turns it on or off is the
/// loading thread or that of a snapshot, or has waited for the end of the latter (<see cref="LogSwitch"/>): one at a time.
/// </summary>
internal sealed unsafe class NodeLog(NodePersistence persistence, RunningNode node)
{
    private LogBuffer? _buffer;
    private ChangeLog? _present;
    private ChangeLog? _prepared;
    private bool _isBased;

    /// <summary>What is written to; null: the log is off, or not loaded yet. Any thread.</summary>
    public ChangeLog? Present
    {
        get => Volatile.Read(ref _present); // pairs with the set
        private set => Volatile.Write(ref _present, value);
    }

    /// <summary>The position behind the last record. Any thread.</summary>
    public long End => Volatile.Read(ref _buffer)?.End ?? 0; // pairs with GoOn

    /// <summary>The position up to which the disk has the log; −1: it is off, or the disk does not have its base. Any thread.</summary>
    public long Synchronized => Volatile.Read(ref _isBased) && Present is { } log ? log.Synchronized : -1; // pairs with NoteBase

    /// <summary>Has what the node's threads change told to the log while it is on, and their replies wait for it. Before they start.
    /// </summary>
    public void Connect()
    {
        ThreadJournal.Attach(node.Server, this, &Append);
        GateSource* gate = node.Server.Gate.Source;
        gate->Observed = &ProtocolContext.Observed;
        gate->HasWritten = &ProtocolContext.HasWritten;
        gate->Reach = &Reach;
    }

    /// <summary>The log goes on behind the end of its files. When all is loaded at the start.</summary>
    /// <param name="file">The last increment.</param>
    /// <param name="position">Where it ends.</param>
    public void GoOn(LogFile file, long position)
    {
        node.Replication.Position = position;
        PositionTable positions = new();
        Volatile.Write(ref _buffer, new LogBuffer(positions, position)); // pairs with End
        node.Store.Positions = positions;
        Prepare(file);
        _ = TurnOn();
        NoteBase();
    }

    /// <summary>Makes ready to write to a file. The log is off.</summary>
    /// <exception cref="Native.SystemRefusedException">There is no thread for it. <see cref="TurnOff"/> closes the file.</exception>
    public void Prepare(LogFile file)
    {
        if (_buffer!.End != node.Replication.Position)
        {
            // A master's data were loaded, or its stream went on while there was no log.
            if (node.Replication.Position < _buffer.End)
            {
                node.Server.Gate.CloseLate();
            }

            _buffer.MoveTo(node.Replication.Position);
        }

        _prepared = new ChangeLog(_buffer, file, persistence.Settings.Interval, LogReporter.Listener(persistence));
        _prepared.Start();
    }

    /// <summary>Every change from now on is logged, and replies wait for the log. All partitions are locked, or nobody else changes
    /// anything.</summary>
    /// <returns>The position.</returns>
    public long TurnOn()
    {
        ChangeLog log = _prepared!;
        _prepared = null;
        long position = log.Buffer.End;
        Present = log;
        persistence.Reporter.Open(position);
        node.Store.Observe(ObserverKinds.Journal, true);

        // CONFIG SET may have come between.
        log.Interval = persistence.Settings.Interval;
        return position;
    }

    /// <summary>The disk has all that there was when the log was turned on, so that from now on nothing is lost.</summary>
    public void NoteBase() => Volatile.Write(ref _isBased, true); // pairs with Synchronized

    /// <summary>Nothing is logged from now on. What was logged is written, and on the disk when that works; then the replies that waited
    /// for it leave.</summary>
    /// <param name="atPoint">Called when nothing is logged any more, with the access that holds all partitions; null: nothing is.</param>
    public void TurnOff(Action<StoreAccess>? atPoint = null)
    {
        Volatile.Write(ref _isBased, false); // pairs with Synchronized
        StoreAccess access = new(node.Store);
        access.LockPartitions(node.Store.AllPartitions);
        node.Store.Observe(ObserverKinds.Journal, false);
        atPoint?.Invoke(access);
        access.UnlockAll();
        if ((Present ?? _prepared) is not { } log)
        {
            return;
        }

        if (!log.Close())
        {
            Log.Error("the log could not be written to its end: " + (log.Condition.Error ?? "unknown"));
        }

        persistence.ClosedBytes += log.File.Length;
        node.Replication.Position = End;
        Present = null;
        _prepared = null;
        persistence.Reporter.Close();

        // The stream of replicas has a gap from here on.
        log.Backlog.Free();
        node.Feed.Interrupt();

        // What could not be written is not needed any more.
        _ = log.Buffer.Cut(afresh: true);
    }

    /// <summary>The interval between synchronizations is another.</summary>
    public void IntervalChanged()
    {
        if (Present is { } log)
        {
            if (persistence.Settings.Interval == ChangeLog.Always)
            {
                // What the kernel has is not on the disk yet.
                node.Store.Positions!.RaiseFloor(End);
            }

            log.Interval = persistence.Settings.Interval;
        }
    }

    // A partition is locked.
    private static long Append(object owner, RecordBlock* block)
    {
        LogBuffer buffer = ((NodeLog)owner)._buffer!;
        return block == null ? buffer.NoteLost() : buffer.Append(block);
    }

    private static void Reach(Server server, long position)
    {
        NodePersistence persistence = RunningNode.Of(server).Persistence!;
        if (persistence.Log is { } log)
        {
            log.Reach(position);
            persistence.Reporter.Limit(log);
        }
    }
}

using System;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Protocol;

namespace Epollsrv.Node;

/// <summary>
/// Snapshots of a node: dump.rdb, and the base that the log begins anew with. One at a time, on a thread of its own or on that of who waits
/// for it; its thread only changes what is below the lock.
/// </summary>
internal sealed class SnapshotJobs
{
    private const int StackBytes = 256 * 1024;

    private readonly NodePersistence _persistence;
    private readonly RunningNode _node;
    private readonly SnapshotSchedule _schedule;
    private readonly Lock _lock = new();
    private Thread? _thread;
    private SnapshotRecord? _running;
    private bool _ends;

    /// <summary>Makes them; none runs.</summary>
    public SnapshotJobs(NodePersistence persistence, RunningNode node)
    {
        _persistence = persistence;
        _node = node;
        Present = new PresentSnapshot(persistence, node);
        Files = new SnapshotFiles(persistence, node, this);
        _schedule = new SnapshotSchedule(persistence, node);
    }

    /// <summary>The one under way.</summary>
    public PresentSnapshot Present { get; }

    /// <summary>What they are written into. The snapshot's thread.</summary>
    public SnapshotFiles Files { get; }

    /// <summary>Whether a thread waits for the one under way. The snapshot's thread; others as a hint.</summary>
    public bool IsUrgent { get; private set; }

    /// <summary>What is known of those into dump.rdb. Any thread, as a hint for reports.</summary>
    public SnapshotRecord SaveRecord { get; } = new("dump.rdb was not saved");

    /// <summary>What is known of those that the log began anew with. Any thread, as a hint for reports.</summary>
    public SnapshotRecord RewriteRecord { get; } = new("the log was not written anew");

    /// <summary>What is known of those for replicas.</summary>
    public SnapshotRecord ReplicaRecord { get; } = new("a snapshot for replicas was not sent");

    /// <summary>Begins to write dump.rdb.</summary>
    /// <param name="mayWait">Whether it is done later when another one is under way.</param>
    /// <param name="inTransaction">Whether it is done later in any case.</param>
    public SaveOutcome BeginSave(bool mayWait, bool inTransaction = false)
    {
        lock (_lock)
        {
            if (_running == SaveRecord)
            {
                return SaveOutcome.AlreadyInProgress;
            }

            if (inTransaction || (_running is not null && mayWait))
            {
                _schedule.IsSaveAsked = true;
                return SaveOutcome.Scheduled;
            }

            if (_running is not null)
            {
                // Redis sends replicas what a child for dump.rdb writes.
                return _running == ReplicaRecord ? SaveOutcome.AlreadyInProgress : SaveOutcome.OtherInProgress;
            }

            return Start(SaveRecord, Files.WriteDump);
        }
    }

    /// <summary>Begins to write the log anew, or to turn it on.</summary>
    /// <param name="inTransaction">Whether it is done later in any case.</param>
    public SaveOutcome BeginRewrite(bool inTransaction = false)
    {
        lock (_lock)
        {
            if (!_persistence.IsLogging)
            {
                Log.Warning("BGREWRITEAOF: the log is off, CONFIG SET appendonly yes begins one");
                return SaveOutcome.Failed;
            }

            if (_running == RewriteRecord)
            {
                return SaveOutcome.AlreadyInProgress;
            }

            if (inTransaction || _running is not null)
            {
                _schedule.IsRewriteAsked = true;
                return SaveOutcome.Scheduled;
            }

            return Start(RewriteRecord, _persistence.Log is null ? Files.BeginLog : Files.RewriteLog);
        }
    }

    /// <summary>Begins a snapshot for replicas, which <paramref name="send"/> makes.</summary>
    /// <returns>False: another one is under way, or comes before.</returns>
    public bool BeginForReplicas(Func<string?> send)
    {
        lock (_lock)
        {
            return _running is null && !_schedule.IsDiskNext && Start(ReplicaRecord, send) == SaveOutcome.Done;
        }
    }

    /// <summary>Makes a snapshot, or does something that none may be made beside, before it returns.</summary>
    /// <param name="record">Of its kind.</param>
    /// <param name="body">Does it. Answers null, or what went wrong.</param>
    public SaveOutcome RunNow(SnapshotRecord record, Func<string?> body)
    {
        lock (_lock)
        {
            if (_running is not null || _schedule.IsRewriteAsked || _ends)
            {
                return SaveOutcome.AlreadyInProgress;
            }

            _running = record;
            IsUrgent = true;
        }

        return Run(record, body) ? SaveOutcome.Done : SaveOutcome.Failed;
    }

    /// <summary>The same instead of all that is under way or scheduled, which is ended.</summary>
    public SaveOutcome RunInstead(SnapshotRecord record, Func<string?> body)
    {
        while (!Volatile.Read(ref _ends)) // pairs with End
        {
            EndPresent(null);
            SaveOutcome outcome = RunNow(record, body);
            if (outcome != SaveOutcome.AlreadyInProgress)
            {
                return outcome;
            }
        }

        return SaveOutcome.Failed;
    }

    /// <summary>The same when everything has ended (<see cref="End"/>). Nobody else is there any more.</summary>
    public bool RunLast(SnapshotRecord record, Func<string?> body)
    {
        Present.AllowLast();
        IsUrgent = true;
        return Run(record, body);
    }

    /// <summary>Ends the snapshot under way, and waits for its end. What is scheduled is not done.</summary>
    /// <param name="kind">Only one of this kind; null: any.</param>
    public void EndPresent(SnapshotRecord? kind)
    {
        while (true)
        {
            lock (_lock)
            {
                _schedule.IsRewriteAsked = false;
                if (_running is null || (kind is not null && _running != kind))
                {
                    return;
                }

                // More than once: it may have been about to begin.
                Present.Stop();
            }

            Thread.Sleep(1);
        }
    }

    /// <summary>Begins what is scheduled, and a rewrite when the log has grown enough. The loop's tick.</summary>
    public void Tick()
    {
        lock (_lock)
        {
            if (_running == ReplicaRecord && _schedule.LookAtWait())
            {
                Log.Warning("a snapshot for replicas has held up others for longer than repl-timeout and is ended; it begins anew later");
                Present.Stop();
            }
        }

        if (_running is null && _schedule.IsRewriteNext)
        {
            _ = BeginRewrite();
        }
        else if (_running is null && _schedule.IsSaveNext)
        {
            _ = BeginSave(mayWait: false);
        }
    }

    /// <summary>Begins the log anew because it is lost. The loop's tick.</summary>
    public void TickLost()
    {
        lock (_lock)
        {
            if (_running != RewriteRecord)
            {
                // Everything else has to wait.
                Present.Stop();
            }
        }

        if (_running is null && _persistence.IsLogging && _schedule.MayTryRewrite)
        {
            _ = BeginRewrite();
        }
    }

    /// <summary>Ends what is under way.</summary>
    public void End()
    {
        Thread? thread;
        lock (_lock)
        {
            Volatile.Write(ref _ends, true); // pairs with RunInstead
            Present.End();
            thread = _thread;
        }

        thread?.Join();
    }

    /// <summary>Says how things are. Any thread.</summary>
    public void Describe(ref PersistenceStatus status)
    {
        lock (_lock)
        {
            Present.Describe(ref status);
            status.ChangesSinceSave = _node.Store.Counters.Changes - Files.ChangesAtSave;
            status.IsRewriteScheduled = _running is null || _running == RewriteRecord ? _schedule.IsRewriteAsked : _schedule.IsRewriteNext;
            SaveRecord.DescribeSave(ref status, _running == SaveRecord);
            RewriteRecord.DescribeRewrite(ref status, _running == RewriteRecord);
        }
    }

    private SaveOutcome Start(SnapshotRecord record, Func<string?> body)
    {
        if (_ends)
        {
            return SaveOutcome.Failed;
        }

        try
        {
            Thread thread = NewThread.Create(() => Run(record, body), StackBytes, "snapshot");
            _running = record;
            _schedule.EndWait();
            NewThread.Start(thread);
            _thread = thread;
            return SaveOutcome.Done;
        }
        catch (SystemRefusedException exception)
        {
            _running = null;
            Log.Error(exception.Message);
            return SaveOutcome.Failed;
        }
    }

    private bool Run(SnapshotRecord record, Func<string?> body)
    {
        record.Begin();
        string? error = SnapshotAttempts.Run(body, Present, record == SaveRecord || record == RewriteRecord);
        bool isGivenUp = error is not null && Present.IsGivenUp;
        lock (_lock)
        {
            record.End(error, isGivenUp, Present);
            Present.Clear();
            _running = null;
            IsUrgent = false;
            _schedule.IsSaveAsked &= record != SaveRecord;
            _schedule.IsRewriteAsked &= record != RewriteRecord;
            if (record == RewriteRecord && record.NeedsPause)
            {
                _schedule.PauseRewrites(record.PauseSeconds(_persistence.Log is { Condition.State: LogState.Lost }));
            }
        }

        SnapshotAttempts.Report(record, error, isGivenUp);
        _persistence.EndSnapshot();
        return error is null;
    }
}

using System;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Protocol;

namespace Epollsrv.Node;

/// <summary>Snapshots of a node: dump.rdb, and the base that the log begins anew with. One at a time, on a thread of its own; its thread
/// only changes what is below the lock.</summary>
internal sealed class SnapshotJobs
{
    private const int StackBytes = 256 * 1024;

    private readonly NodePersistence _persistence;
    private readonly RunningNode _node;
    private readonly SnapshotFiles _files;
    private readonly SnapshotSchedule _schedule;
    private readonly Lock _lock = new();
    private readonly SnapshotRecord _save = new();
    private readonly SnapshotRecord _rewrite = new();
    private readonly SnapshotRecord _backup = new();
    private Thread? _thread;
    private SnapshotRecord? _running;
    private bool _saveIsScheduled;
    private bool _rewriteIsScheduled;
    private bool _ends;
    private long _nextRewrite;

    /// <summary>Makes them; none runs.</summary>
    public SnapshotJobs(NodePersistence persistence, RunningNode node)
    {
        _persistence = persistence;
        _node = node;
        Present = new PresentSnapshot(persistence, node);
        _files = new SnapshotFiles(persistence, node, this);
        _schedule = new SnapshotSchedule(persistence, node);
    }

    /// <summary>The one under way.</summary>
    public PresentSnapshot Present { get; }

    /// <summary>Whether one is under way. Any thread.</summary>
    public bool IsBusy => Volatile.Read(ref _running) is not null; // pairs with the writes under the lock

    /// <summary>Whether a thread waits for the one under way. The snapshot's thread.</summary>
    public bool IsUrgent { get; private set; }

    /// <summary>When dump.rdb was last saved, seconds since 1970; 0: never.</summary>
    public long LastSave => _files.LastSave;

    /// <summary>What is known of those into dump.rdb. Any thread, as a hint for reports.</summary>
    public SnapshotRecord SaveRecord => _save;

    /// <summary>What is known of those that the log began anew with. Any thread, as a hint for reports.</summary>
    public SnapshotRecord RewriteRecord => _rewrite;

    /// <summary>Bytes of changed keys that wait to be written. Any thread.</summary>
    public long Waiting => Present.Waiting;

    /// <summary>Whether the last attempt to save dump.rdb failed. Any thread.</summary>
    public bool HasSaveFailed => _save.HasFailed;

    /// <summary>Begins to write dump.rdb.</summary>
    public SaveOutcome BeginSave(bool mayWait)
    {
        lock (_lock)
        {
            if (_running == _save)
            {
                return SaveOutcome.AlreadyInProgress;
            }

            if (_running is not null)
            {
                _saveIsScheduled |= mayWait;
                return mayWait ? SaveOutcome.Scheduled : SaveOutcome.OtherInProgress;
            }

            return Start(_save, () => Run(_save, _files.WriteDump));
        }
    }

    /// <summary>Begins to write the log anew.</summary>
    public SaveOutcome BeginRewrite()
    {
        lock (_lock)
        {
            if (_running == _rewrite)
            {
                return SaveOutcome.AlreadyInProgress;
            }

            if (_running is not null)
            {
                _rewriteIsScheduled = true;
                return SaveOutcome.Scheduled;
            }

            return _persistence.IsLogging ? Start(_rewrite, () => Run(_rewrite, _files.RewriteLog)) : SaveOutcome.Failed;
        }
    }

    /// <summary>Writes dump.rdb before it returns.</summary>
    public SaveOutcome Save()
    {
        lock (_lock)
        {
            if (_running is not null || _rewriteIsScheduled || _ends)
            {
                return SaveOutcome.AlreadyInProgress;
            }

            _running = _save;
            IsUrgent = true;
        }

        return Run(_save, _files.WriteDump) ? SaveOutcome.Done : SaveOutcome.Failed;
    }

    /// <summary>Writes a snapshot into a file without a name before it returns.</summary>
    /// <returns>A descriptor, or −1.</returns>
    public int SaveUnnamed(out long length)
    {
        long written = 0;
        int descriptor = -1;
        length = 0;
        lock (_lock)
        {
            if (_running is not null || _rewriteIsScheduled || _ends)
            {
                return -1;
            }

            _running = _backup;
            IsUrgent = true;
        }

        bool saved = Run(_backup, () => _files.WriteUnnamed(out descriptor, out written));
        length = written;
        return saved ? descriptor : -1;
    }

    /// <summary>Writes the base that the log begins with before it returns. While loading.</summary>
    public bool WriteBaseNow(string path, long position)
    {
        lock (_lock)
        {
            _running = _rewrite;
        }

        return Run(_rewrite, () => _files.WriteBase(path, position));
    }

    /// <summary>Begins what is scheduled, and a rewrite when the log has grown enough. The loop's tick.</summary>
    public void Tick()
    {
        if (_running is not null)
        {
            return;
        }

        if (_rewriteIsScheduled || (_schedule.IsRewriteDue && Clock.Monotonic() >= _nextRewrite))
        {
            _ = BeginRewrite();
        }
        else if (_saveIsScheduled || _schedule.IsSaveDue(_save, _files.ChangesAtSave))
        {
            _ = BeginSave(mayWait: false);
        }
    }

    /// <summary>Begins the log anew because it is lost. The loop's tick.</summary>
    public void TickLost()
    {
        lock (_lock)
        {
            if (_running != _rewrite)
            {
                // Everything else has to wait.
                Present.Stop();
            }
        }

        if (_running is null && Clock.Monotonic() >= _nextRewrite)
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
            _ends = true;
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
            long now = Clock.Monotonic();
            status.ChangesSinceSave = _node.Store.Counters.Changes - _files.ChangesAtSave;
            Present.Describe(ref status);
            status.IsSaving = _running == _save;
            status.LastSaveFailed = _save.HasFailed;
            status.LastSaveSeconds = _save.Seconds;
            status.PresentSaveSeconds = _running == _save ? (now - _save.Began) / 1_000_000_000 : -1;
            status.Saves = _save.Count;
            status.LastSaveBytes = _save.Bytes;
            status.IsRewriting = _running == _rewrite;
            status.IsRewriteScheduled = _rewriteIsScheduled;
            status.LastRewriteSeconds = _rewrite.Seconds;
            status.PresentRewriteSeconds = _running == _rewrite ? (now - _rewrite.Began) / 1_000_000_000 : -1;
            status.LastRewriteFailed = _rewrite.HasFailed;
            status.Rewrites = _rewrite.Count;
            status.RewriteFailures = _rewrite.Failures;
            status.LastRewriteBytes = _rewrite.Bytes;
        }
    }

    private SaveOutcome Start(SnapshotRecord record, ThreadStart body)
    {
        if (_ends)
        {
            return SaveOutcome.Failed;
        }

        try
        {
            Thread thread = NewThread.Create(body, StackBytes, "snapshot");
            _running = record;
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
        string? error;
        try
        {
            error = body();
        }
        catch (OutOfMemoryException)
        {
            error = "out of memory";
        }

        lock (_lock)
        {
            record.End(error, Present.Peak);
            Present.Clear();
            _running = null;
            IsUrgent = false;
            _saveIsScheduled &= record != _save;
            _rewriteIsScheduled &= record != _rewrite;
            if (record == _rewrite && record.HasFailed)
            {
                int pause = record.PauseSeconds(_persistence.Log is { Condition.State: LogState.Lost });
                _nextRewrite = Clock.Monotonic() + (pause * 1_000_000_000L);
            }
        }

        if (error is not null)
        {
            Log.Error((record == _save ? "dump.rdb was not saved: " : record == _rewrite ? "the log was not written anew: "
                : "a backup was not made: ") + error);
        }

        _persistence.Reporter.UpdateRefusal();
        if (_persistence.Log is { Condition.State: LogState.Sound } log)
        {
            _persistence.Reporter.Limit(log);

            // What is due comes before what clients ask for next.
            Tick();
        }

        _node.Server.EnsureTick();
        return error is null;
    }
}

using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Protocol;

namespace Epollsrv.Node;

/// <summary>
/// The data of a node on disk: loaded at the start, then logged; saved and written anew by <see cref="SnapshotJobs"/>. Made by the
/// node's main thread.
/// </summary>
internal sealed class NodePersistence : Persistence
{
    private const int StackBytes = 1 << 20;
    private const int TickMilliseconds = 1000;
    private const int FailedTickMilliseconds = 50;

    private readonly RunningNode _node;
    private readonly long _startedAt = Clock.Wall() / 1_000_000_000;
    private readonly DataReload _reload;
    private readonly Lock _rewriting = new();
    private Thread? _loading;
    private long _loadingBegan;

    private NodePersistence(RunningNode node, DataSettings settings, DataFolder folder, Disk disk)
    {
        _node = node;
        Settings = settings;
        Folder = folder;
        Disk = disk;
        Files = new LogFiles(folder, disk, new Manifest(null, [], []));
        Logging = new NodeLog(this, node);
        Jobs = new SnapshotJobs(this, node);
        Switch = new LogSwitch(this);
        _reload = new DataReload(this, node);
        Loading = new DataLoading(this, node);
        Reporter = new LogReporter(this, node);
    }

    /// <summary>What it goes by.</summary>
    public DataSettings Settings { get; }

    /// <summary>The directory.</summary>
    public DataFolder Folder { get; }

    /// <summary>What changes files.</summary>
    public Disk Disk { get; }

    /// <summary>Snapshots.</summary>
    public SnapshotJobs Jobs { get; }

    /// <summary>Says what becomes of the log.</summary>
    public LogReporter Reporter { get; }

    /// <summary>Reads the files at the start.</summary>
    public DataLoading Loading { get; }

    /// <summary>Where changes are logged, while they are.</summary>
    public NodeLog Logging { get; }

    /// <summary>Turns the log on and off.</summary>
    public LogSwitch Switch { get; }

    /// <summary>Held by who turns the log on or off, or reads the data again.</summary>
    public Lock Switching { get; } = new();

    /// <summary>What is logged to; null: the log is off, or the data are being loaded.</summary>
    public ChangeLog? Log => Logging.Present;

    /// <summary>The files of the log. After loading only the thread of a snapshot changes them.</summary>
    public LogFiles Files { get; set; }

    /// <summary>Bytes of the base and of the increments that are not written to any more.</summary>
    public long ClosedBytes { get; set; }

    /// <summary>Bytes that the log had when it was last written anew, or at the start.</summary>
    public long BaseBytes { get; set; }

    /// <summary>How often the log could not be written any more. Any thread, as a hint for reports.</summary>
    public long Failures { get; internal set; }

    /// <summary>Whether the data could not be loaded, so that the node stops.</summary>
    public bool HasFailed { get; private set; }

    /// <inheritdoc/>
    public override bool IsLogging => Settings.LogsChanges;

    /// <inheritdoc/>
    public override long LogEnd => Logging.End;

    /// <inheritdoc/>
    public override long Synchronized => Logging.Synchronized;

    /// <inheritdoc/>
    public override long LastSave => Jobs.Files.LastSave == 0 ? _startedAt : Jobs.Files.LastSave;

    private bool IsDumpAsked => SavesAtStop == StopSave.Yes
        || (SavesAtStop == StopSave.ByPoints && (Settings.SavePoints.Length != 0 || Status.IsBeginningLog));

    private bool IsDumpSaved => Jobs.Files.LastSave != 0 && !Jobs.SaveRecord.HasFailed && Status.ChangesSinceSave == 0;

    // Nothing that clients changed is only in memory when the node ends, as far as it is to be kept.
    private bool IsDumpDue => IsDumpAsked && !IsDumpSaved && !_node.Common.IsLoading && !HasFailed;

    /// <summary>Bytes of all files of the log.</summary>
    public long LogBytes => ClosedBytes + (Log?.File.Length ?? 0);

    /// <inheritdoc/>
    public override PersistenceStatus Status => DataReport.StatusOf(this, _node, _loadingBegan);

    /// <summary>Opens the directory.</summary>
    /// <returns>Null after an error was logged.</returns>
    public static NodePersistence? Open(RunningNode node, DataSettings settings, Disk? disk = null)
    {
        disk ??= new Disk();
        DataFolder? folder = DataFolder.Open(disk, settings.Folder!, out string error);
        if (folder is null)
        {
            Node.Log.Error("--data: " + error);
            return null;
        }

        if (!StateFiles.TryRead(node, folder))
        {
            folder.Dispose();
            return null;
        }

        FreeSpace.Check(folder);
        NodePersistence persistence = new(node, settings, folder, disk);
        node.Persistence = persistence;
        node.Common.Persistence = persistence;
        persistence.Logging.Connect();
        persistence.BeginLoading();
        return persistence;
    }

    /// <summary>Begins to load, on a thread of its own. The server listens already; until all is loaded it says so to clients.</summary>
    public void Start()
    {
        _loading = NewThread.Create(Load, StackBytes, "load");
        NewThread.Start(_loading);
    }

    /// <summary>Has everything on the disk and ends. The server has ended.</summary>
    /// <returns>Whether nothing is lost.</returns>
    public bool Close()
    {
        Loading.Stop();
        Log?.Stop();
        Jobs.End();
        _loading?.Join();
        bool saved = Log is null || Log.Close();
        if (!saved)
        {
            Node.Log.Error("the log could not be written to its end: " + (Log!.Condition.Error ?? "unknown"));
        }

        saved &= !IsDumpDue || Jobs.RunLast(Jobs.SaveRecord, Jobs.Files.WriteDump);
        Folder.Dispose();
        return saved;
    }

    /// <summary>The data are being read from now on.</summary>
    internal void BeginLoading()
    {
        IsLoading = true;
        _loadingBegan = Clock.Wall() / 1_000_000_000;
        Reporter.CheckCommands(true);
    }

    /// <summary>They are read.</summary>
    internal void EndLoading()
    {
        IsLoading = false;
        Reporter.UpdateRefusal();
        _node.Server.EnsureTick();
    }

    /// <summary>They could not be read: the node stops.</summary>
    internal void Fail()
    {
        HasFailed = !_node.Server.IsStopping;
        _node.Server.RequestStop();
    }

    /// <summary>A snapshot is over.</summary>
    internal void EndSnapshot()
    {
        Reporter.UpdateRefusal();
        if (Log is { Condition.State: LogState.Sound } log)
        {
            Reporter.Limit(log);
        }

        if (!_node.Common.IsLoading && Log is not { Condition.State: not LogState.Sound })
        {
            // What is due comes before what clients ask for next.
            Jobs.Tick();
        }

        _node.Server.EnsureTick();
    }

    /// <summary>The loop's tick.</summary>
    /// <returns>Milliseconds until the next.</returns>
    public int Tick()
    {
        if (_node.Common.IsLoading)
        {
            return 0;
        }

        if (Log is not { Condition.State: not LogState.Sound } log)
        {
            Jobs.Tick();
            return TickMilliseconds;
        }

        _node.Server.Gate.CloseWaiting();
        if (log.Condition.State == LogState.Lost)
        {
            Jobs.TickLost();
        }

        return FailedTickMilliseconds;
    }

    /// <inheritdoc/>
    public override SaveOutcome BeginSave(bool mayWait, bool inTransaction) => Jobs.BeginSave(mayWait, inTransaction);

    /// <inheritdoc/>
    public override SaveOutcome BeginRewrite(bool inTransaction) => Jobs.BeginRewrite(inTransaction);

    /// <inheritdoc/>
    public override SaveOutcome Save() => Jobs.RunNow(Jobs.SaveRecord, Jobs.Files.WriteDump);

    /// <inheritdoc/>
    public override SaveOutcome SaveToStop() => Jobs.RunInstead(Jobs.SaveRecord, Jobs.Files.WriteDump);

    /// <inheritdoc/>
    public override ReloadOutcome ReloadDump(bool saves, bool empties) => _reload.FromDump(saves, empties);

    /// <inheritdoc/>
    public override ReloadOutcome ReloadLog() => _reload.FromLog();

    /// <inheritdoc/>
    public override void RequestSynchronization()
    {
        if (Log is { Interval: ChangeLog.Never } log)
        {
            log.RequestSynchronization();
        }
    }

    /// <inheritdoc/>
    public override string? RewriteConfig()
    {
        lock (_rewriting)
        {
            return StateFiles.Write(_node, Disk, Folder);
        }
    }

    /// <summary>Why writes are refused, for <see cref="LogReporter"/>.</summary>
    internal void Refuse(byte[]? refusal) => WriteRefusal = refusal;

    private void Load()
    {
        string? error;
        try
        {
            error = Loading.Load();
        }
        catch (SystemRefusedException exception)
        {
            error = exception.Message;
        }

        if (error is not null)
        {
            Node.Log.Error(error);
            Fail();
            return;
        }

        bool logs = Settings.LogsAtStart || Switch.TurnOff() is not null;
        _node.Replication.Keeper.Resume(logs && Loading.IsLog, Loading.Database);
        EndLoading();
        _node.Announce();
    }
}

using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>
/// The data of a node on disk: loaded at the start, then logged; saved and written anew by <see cref="SnapshotJobs"/>. Made by the
/// node's main thread.
/// </summary>
internal sealed unsafe class NodePersistence : Persistence
{
    private const int StackBytes = 1 << 20;
    private const int TickMilliseconds = 1000;
    private const int FailedTickMilliseconds = 50;

    private readonly RunningNode _node;
    private readonly long _startedAt = Clock.Wall() / 1_000_000_000;
    private Thread? _loading;

    private NodePersistence(RunningNode node, DataSettings settings, DataFolder folder, Disk disk)
    {
        _node = node;
        Settings = settings;
        Folder = folder;
        Disk = disk;
        Jobs = new SnapshotJobs(this, node);
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

    /// <summary>The log; null while loading.</summary>
    public ChangeLog? Log { get; internal set; }

    /// <summary>The files of the log. After loading only the thread of a rewrite changes it.</summary>
    public Manifest Manifest { get; set; } = new(null, [], []);

    /// <summary>Bytes of the base and of the increments that are not written to any more.</summary>
    public long ClosedBytes { get; set; }

    /// <summary>Bytes that the log had when it was last written anew, or at the start.</summary>
    public long BaseBytes { get; set; }

    /// <summary>How often the log could not be written any more. Any thread, as a hint for reports.</summary>
    public long Failures { get; internal set; }

    /// <summary>Whether the data could not be loaded, so that the node stops.</summary>
    public bool HasFailed { get; private set; }

    /// <inheritdoc/>
    public override bool IsLogging => Log is not null;

    /// <inheritdoc/>
    public override long LogEnd => Log?.Buffer.End ?? 0;

    /// <inheritdoc/>
    public override long Synchronized => Log?.Synchronized ?? 0;

    /// <inheritdoc/>
    public override long LastSave => Jobs.LastSave == 0 ? _startedAt : Jobs.LastSave;

    /// <summary>Bytes of all files of the log.</summary>
    public long LogBytes => ClosedBytes + (Log?.File.Length ?? 0);

    /// <inheritdoc/>
    public override PersistenceStatus Status
    {
        get
        {
            PersistenceStatus status = default;
            status.LoadingBegan = _startedAt;
            Loading.Describe(ref status);
            status.IsLogging = IsLogging;
            status.LogBytes = LogBytes;
            status.BaseBytes = BaseBytes;
            status.WaitingBytes = Log is null ? 0 : Log.Buffer.End - Log.Written;
            status.IsWriteFailing = Log is not null && Log.Condition.State != LogState.Sound;
            Jobs.Describe(ref status);
            return status;
        }
    }

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

        NodePersistence persistence = new(node, settings, folder, disk);
        node.Persistence = persistence;
        node.Common.Persistence = persistence;
        foreach (ThreadContext thread in node.Server.Threads)
        {
            persistence.Attach(ProtocolContext.Of(thread).Access, RespThread.Of(thread).Call);
        }

        GateSource* gate = node.Server.Gate.Source;
        gate->Observed = &ProtocolContext.Observed;
        gate->HasWritten = &ProtocolContext.HasWritten;
        gate->Reach = &Reach;
        StoreObservers* observers = node.Store.Observers;
        observers->Journal = &RecordWriter.Observe;
        observers->GroupEnded = &RecordWriter.EndGroup;
        persistence.IsLoading = true;
        persistence.Reporter.CheckCommands(true);
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

        Folder.Dispose();
        return saved;
    }

    /// <summary>The loop's tick.</summary>
    /// <returns>Milliseconds until the next.</returns>
    public int Tick()
    {
        if (Log is null)
        {
            return 0;
        }

        if (Log.Condition.State == LogState.Sound)
        {
            Jobs.Tick();
            return TickMilliseconds;
        }

        _node.Server.Gate.CloseWaiting();
        if (Log.Condition.State == LogState.Lost)
        {
            Jobs.TickLost();
        }

        return FailedTickMilliseconds;
    }

    /// <inheritdoc/>
    public override SaveOutcome BeginSave(bool mayWait) => Jobs.BeginSave(mayWait);

    /// <inheritdoc/>
    public override SaveOutcome BeginRewrite() => Jobs.BeginRewrite();

    /// <inheritdoc/>
    public override SaveOutcome Save() => Jobs.Save();

    /// <inheritdoc/>
    public override void RequestSynchronization()
    {
        if (Log is { Interval: ChangeLog.Never } log)
        {
            log.RequestSynchronization();
        }
    }

    /// <inheritdoc/>
    public override int SaveUnnamed(out long length) => Jobs.SaveUnnamed(out length);

    private static void Reach(Server server, long position)
    {
        NodePersistence persistence = RunningNode.Of(server).Persistence!;
        if (persistence.Log is { } log)
        {
            log.Reach(position);
            persistence.Reporter.Limit(log);
        }
    }

    /// <summary>Why writes are refused, for <see cref="LogReporter"/>.</summary>
    internal void Refuse(byte[]? refusal) => WriteRefusal = refusal;

    /// <summary>The interval between synchronizations is another.</summary>
    public void IntervalChanged()
    {
        if (Log is not null)
        {
            if (Settings.Interval == ChangeLog.Always)
            {
                // What the kernel has is not on the disk yet.
                _node.Store.Positions!.RaiseFloor(LogEnd);
            }

            Log.Interval = Settings.Interval;
        }
    }

    private static long Append(object owner, RecordBlock* block)
    {
        LogBuffer buffer = ((NodePersistence)owner).Log!.Buffer;
        return block == null ? buffer.NoteLost() : buffer.Append(block);
    }

    private static void CommandOf(object owner, out Argument* arguments, out int count)
    {
        CommandContext call = (CommandContext)owner;
        arguments = call.Arguments;
        count = call.Count;
    }

    /// <summary>Has what an access changes logged; commands run on it by that call.</summary>
    internal void Attach(StoreAccess access, CommandContext call, bool isStream = false)
        => access.Journal = new RecordWriter(this, &Append, call, &CommandOf) { IsStream = isStream };

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
            HasFailed = !_node.Server.IsStopping;
            Node.Log.Error(error);
            _node.Server.RequestStop();
            return;
        }

        IsLoading = false;
        Reporter.UpdateRefusal();
        _node.Announce();
        _node.Server.EnsureTick();
    }
}

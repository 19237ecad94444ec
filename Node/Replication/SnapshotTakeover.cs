using System;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Journal.Loading;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>
/// Puts a master's snapshot in the place of the node's data: looks all of it through first, so that one that cannot be loaded costs
/// nothing, then empties the store and loads it. A thread of its own; <see cref="TryBegin"/> and <see cref="Close"/> are for others.
/// </summary>
internal sealed class SnapshotTakeover(RunningNode node, NodeReplication replication, MasterLink link)
{
    private const int StackBytes = 1 << 20;
    private const string NoMemory = "there is no memory for its keys";

    private readonly SnapshotRecord _record = new("the master's keys were not taken over");
    private LoadProgress _progress = new();
    private CommandReplay? _replay;
    private Thread? _thread;
    private long _skipped;

    /// <summary>How far loading is. Any thread, for its numbers.</summary>
    public LoadProgress Progress => Volatile.Read(ref _progress); // pairs with TryBegin

    /// <summary>Keys of the snapshot that were left out. Any thread.</summary>
    public long Skipped => Volatile.Read(ref _skipped); // pairs with Load

    /// <summary>Begins; <see cref="MasterLink.EndLoading"/> is called at the end. The owner of the link.</summary>
    /// <returns>False: there is no thread for it.</returns>
    public bool TryBegin(MasterSnapshot snapshot, Master master, byte[] history, long position)
    {
        Volatile.Write(ref _progress, new LoadProgress { TotalBytes = snapshot.Received }); // pairs with Progress
        try
        {
            _thread = NewThread.Create(() => Run(snapshot, master, history, position), StackBytes, "load");
            NewThread.Start(_thread);
            return true;
        }
        catch (SystemRefusedException)
        {
            return false;
        }
    }

    /// <summary>Ends what is under way. After the server has ended.</summary>
    public void Close()
    {
        _progress.IsStopped = true;
        if (_thread is { } thread)
        {
            NewThread.Join(thread);
        }
    }

    private void Run(MasterSnapshot snapshot, Master master, byte[] history, long position)
    {
        long began = Clock.Monotonic();
        _replay ??= new CommandReplay(node.Resp, node.Server, CommandSource.Loader);
        string? error = Inspect(snapshot);
        if (error is not null)
        {
            link.EndLoading(error, MasterLink.LongPause);
            return;
        }

        bool isWanted;
        lock (replication.Applying)
        {
            isWanted = replication.Master == master;
            if (isWanted)
            {
                replication.CanContinue = false;
                replication.SetLoading(true);
            }
        }

        if (!isWanted)
        {
            link.EndLoading("another master is followed by now", 0);
            return;
        }

        error = Place(snapshot, began, position);
        lock (replication.Applying)
        {
            if (error is null && replication.Master == master)
            {
                replication.History.Replace(history, null, -1);
                error = replication.Keeper.Keep() ? null : RoleFile.Name + " cannot be written";
                replication.CanContinue = error is null;
            }
        }

        if (error is not null && node.Persistence is not null)
        {
            // The files still have what was there before, and nothing is logged: nobody may ask, change or save anything before another
            // snapshot is loaded, or the node is started again.
            link.EndLoading(error, MasterLink.LongPause);
            return;
        }

        replication.SetLoading(false);
        link.EndLoading(error, error is not null ? MasterLink.LongPause : 0);
        node.Server.EnsureTick();
    }

    private string? Inspect(MasterSnapshot snapshot)
    {
        try
        {
            return SnapshotInspector.Inspect(snapshot.Descriptor, _replay!.Access, replication.Settings.SkipsOtherTypes, _progress);
        }
        catch (OutOfMemoryException)
        {
            return NoMemory;
        }
    }

    // What is there goes, and what is logged of it ends, before the keys come; they are the beginning of a new log.
    private string? Place(MasterSnapshot snapshot, long began, long position)
    {
        if (node.Persistence is not { } persistence)
        {
            node.Feed.EndOwn();
            return Load(snapshot, began, position);
        }

        string? error = "the node ends";
        lock (persistence.Switching)
        {
            SaveOutcome outcome = persistence.Jobs.RunInstead(_record, () =>
            {
                persistence.Logging.TurnOff();
                error = Load(snapshot, began, position);
                return error ??= persistence.IsLogging ? persistence.Jobs.Files.BeginLog() : null;
            });
            error ??= outcome == SaveOutcome.Done ? null : NoMemory;
        }

        return error;
    }

    private string? Load(MasterSnapshot snapshot, long began, long position)
    {
        StoreAccess access = _replay!.Access;
        access.Now = Clock.Wall() / 1_000_000;
        if (!access.TryFlush(-1, new ChangeNote(ChangeName.None, isVerbatim: true)))
        {
            return "there is no memory for empty databases";
        }

        replication.Writes.Forget();

        SnapshotLoader loader = new(access, _progress)
        {
            SkipsOtherTypes = replication.Settings.SkipsOtherTypes,
        };
        string? error;
        try
        {
            error = loader.Load(snapshot.Descriptor, "its snapshot", out _) ? null : loader.Error;
        }
        catch (OutOfMemoryException)
        {
            access.Group.EndAll();
            access.Abort();
            error = NoMemory;
        }

        access.SelectFirst();
        if (error is not null)
        {
            // A part of the data must not be taken for all of them.
            _ = access.TryFlush(-1, new ChangeNote(ChangeName.None, isVerbatim: true));
            return error;
        }

        lock (replication.Applying)
        {
            replication.Position = position;
            link.Conversation.Stream.Reset(loader.StreamDatabase);
        }

        Volatile.Write(ref _skipped, _skipped + _progress.Skipped); // pairs with Skipped
        Log.Info("loaded " + ValueText.FormatInteger(node.Store.Counters.Keys) + " keys of the master " + link.Following!.Text + " ("
            + ValueText.FormatInteger(snapshot.Received) + " bytes) in " + ValueText.FormatInteger((Clock.Monotonic() - began) / 1_000_000)
            + " ms" + (_progress.Skipped == 0 ? string.Empty
            : ", and left out " + ValueText.FormatInteger(_progress.Skipped) + " that are no strings"));
        return null;
    }
}

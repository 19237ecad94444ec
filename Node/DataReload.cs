using System;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>
/// Puts what is on the disk in place of a running node's keys (DEBUG RELOAD and LOADAOF), by the loader of the start. Other clients are
/// told that the node is loading. The log is off meanwhile, as it was before the keys went, and begins anew with what was loaded: whenever
/// the node is killed, the next start has all keys.
/// </summary>
internal sealed class DataReload(NodePersistence persistence, RunningNode node)
{
    private readonly SnapshotRecord _record = new("the keys were not loaded again");
    private ReloadOutcome _outcome;

    /// <summary>For <see cref="Persistence.ReloadDump"/>.</summary>
    public ReloadOutcome FromDump(bool saves, bool empties) => Run(() =>
    {
        string path = persistence.Folder.DumpPath;
        int result = saves ? 0 : Files.StatusOf(path, out _);
        if (result < 0)
        {
            return path + ": " + Errno.Describe(result);
        }

        _outcome = saves ? ReloadOutcome.NotSaved : ReloadOutcome.NotLoaded;
        return Empty(saves, empties) ?? Load(null);
    });

    /// <summary>For <see cref="Persistence.ReloadLog"/>.</summary>
    public ReloadOutcome FromLog() => Run(() => persistence.Files.Manifest.Last is null ? "there is no log"
        : Empty(saves: false, empties: true) ?? Load(persistence.Files.Manifest));

    private ReloadOutcome Run(Func<string?> body)
    {
        lock (persistence.Switching)
        {
            if (node.Common.IsLoading || node.Replication.IsReplica)
            {
                string why = node.Replication.IsReplica ? "is a replica" : "loads them already";
                Log.Error("the keys are not loaded again: the node " + why);
                return ReloadOutcome.NotLoaded;
            }

            persistence.BeginLoading();
            _outcome = ReloadOutcome.NotLoaded;
            _ = persistence.Jobs.RunInstead(_record, body);
            if (!persistence.HasFailed)
            {
                persistence.EndLoading();
            }

            return _outcome;
        }
    }

    // Requests that were let through before the node was loading may still change something: saved again then.
    private string? Empty(bool saves, bool empties)
    {
        SnapshotFiles files = persistence.Jobs.Files;
        while (true)
        {
            if (saves && files.WriteDump() is { } error)
            {
                return error;
            }

            bool isSaved = false;
            bool isEmpty = false;
            persistence.Logging.TurnOff(access =>
            {
                long changes = node.Store.Counters.Changes;
                isSaved = !saves || changes == files.ChangesAtSave;
                isEmpty = !isSaved || !empties || access.TryFlush(-1, new ChangeNote(ChangeName.None, isVerbatim: true));
                files.Discount(node.Store.Counters.Changes - changes);
            });
            if (isSaved)
            {
                return isEmpty ? null : "the kernel gives no memory";
            }
        }
    }

    private string? Load(Manifest? log)
    {
        _outcome = ReloadOutcome.NotLoaded;
        if (persistence.Loading.Read(log) is { } error)
        {
            // Half of the keys must not become the log. The next start has all of them.
            persistence.Fail();
            return error;
        }

        _outcome = ReloadOutcome.Done;
        return persistence.IsLogging ? persistence.Jobs.Files.BeginLog() : null;
    }
}

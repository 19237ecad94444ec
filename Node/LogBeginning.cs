using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>Begins and ends the log of a running node. While nobody may change anything.</summary>
internal static class LogBeginning
{
    /// <summary>The log goes on where a file ends.</summary>
    public static void GoOn(NodePersistence persistence, RunningNode node, LogFile file, long position)
    {
        PositionTable positions = new();
        LogListener listener = LogReporter.Listener(persistence);
        ChangeLog log = new(new LogBuffer(positions, position), file, persistence.Settings.Interval, listener);
        persistence.Log = log;
        node.Store.Positions = positions;
        node.Server.Gate.Publish(log.Written);
        TurnGateOn(node);
        node.Store.Observe(ObserverKinds.Journal, true);
        log.Start();

        // CONFIG SET may have come between.
        log.Interval = persistence.Settings.Interval;
    }

    /// <summary>Nothing is logged from here on; the files stay as they are.</summary>
    /// <returns>Whether all records are on the disk.</returns>
    public static bool End(NodePersistence persistence, RunningNode node)
    {
        if (persistence.Log is not { } log)
        {
            return true;
        }

        while (persistence.Jobs.IsBusy)
        {
            persistence.Jobs.Present.Stop();
            Thread.Sleep(1);
        }

        node.Store.Observe(ObserverKinds.Journal, false);
        bool saved = log.Close();
        persistence.Log = null;

        // Whoever waits for the log has waited long enough.
        node.Server.Gate.Publish(long.MaxValue);
        return saved;
    }

    /// <summary>
    /// Begins the log anew with what the store holds, which came from a master: a new base and an increment take the place of all files,
    /// which stay what they are until both are on the disk.
    /// </summary>
    /// <param name="persistence">The data on disk; nothing is logged.</param>
    /// <param name="node">Its node.</param>
    /// <param name="position">The position that the store is at.</param>
    /// <returns>Null, or what went wrong, for a person.</returns>
    public static string? Begin(NodePersistence persistence, RunningNode node, long position)
    {
        DataFolder folder = persistence.Folder;
        Disk disk = persistence.Disk;
        Manifest old = persistence.Manifest;
        ManifestEntry increment = old.NextIncrement();
        ManifestEntry newBase = old.NextBase();
        LogFile? file = LogFile.Open(disk, folder.PathOf(increment), truncate: true, out int error);
        if (file is null)
        {
            return folder.PathOf(increment) + ": " + Errno.Describe(error);
        }

        if (!persistence.Jobs.WriteBaseNow(folder.PathOf(newBase), position))
        {
            file.Close();
            return folder.LogPath + ": the log cannot be begun with the master's keys";
        }

        Manifest next = old.With(increment).Rewritten(newBase, increment);
        int result = folder.Save(next);
        if (result < 0)
        {
            file.Close();
            return "cannot write the manifest in " + folder.LogPath + ": " + Errno.Describe(result);
        }

        foreach (ManifestEntry entry in next.History)
        {
            _ = disk.Remove(folder.PathOf(entry));
        }

        persistence.Manifest = next.WithoutHistory();
        _ = folder.Save(persistence.Manifest);
        GoOn(persistence, node, file, position);
        persistence.Reporter.UpdateRefusal();
        return null;
    }

    private static unsafe void TurnGateOn(RunningNode node)
    {
        Volatile.Write(ref node.Server.Gate.Source->IsFailed, 0); // pairs with ReplyGate.IsFailed: what was lost before is no loss now
        Volatile.Write(ref node.Server.Gate.Source->IsOn, 1); // pairs with ReplyGate.IsOn
    }
}

using Epollsrv.Journal;
using Epollsrv.Journal.Snapshots;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>What becomes of a node's snapshots: dump.rdb, or the base that the log begins anew with. The thread of the snapshot.</summary>
internal sealed class SnapshotFiles(NodePersistence persistence, RunningNode node, SnapshotJobs jobs)
{
    /// <summary>When dump.rdb was last saved, seconds since 1970; 0: never.</summary>
    public long LastSave { get; private set; }

    /// <summary>Changes that there had been at its point in time.</summary>
    public long ChangesAtSave { get; private set; }

    private string RewritePath => persistence.Folder.UnfinishedBasePath;

    /// <summary>So many changes were none of clients: keys were loaded.</summary>
    public void Discount(long changes) => ChangesAtSave += changes;

    /// <summary>Writes dump.rdb.</summary>
    /// <returns>Null, or what went wrong.</returns>
    public string? WriteDump()
    {
        string temporary = persistence.Folder.UnfinishedDumpPath;
        long changes = 0;
        bool hasLog = false;
        SnapshotWriter writer = jobs.Present.Make(
            () =>
            {
                changes = node.Store.Counters.Changes;
                hasLog = node.Store.ObservesJournal;
            },
            jobs.IsUrgent);
        if (!writer.Write(temporary, Notes(isBase: false)))
        {
            _ = persistence.Disk.Remove(temporary);
            return writer.Error;
        }

        if (!jobs.IsUrgent)
        {
            CachedPages.Drop(persistence.Folder.DumpPath);
        }

        int result = persistence.Disk.Rename(temporary, persistence.Folder.DumpPath);
        result = result < 0 ? result : persistence.Disk.SynchronizeFolder(persistence.Folder.Path);
        if (result < 0)
        {
            return "cannot rename " + temporary + ": " + Errno.Describe(result);
        }

        // The file has all that a log had which was off at the point in time: the next start must not go by that log.
        if (!hasLog)
        {
            if (persistence.Files.Retire(gently: !jobs.IsUrgent) is { } error)
            {
                return error;
            }

            persistence.ClosedBytes = 0;
            persistence.BaseBytes = 0;
        }

        ChangesAtSave = changes;
        LastSave = Clock.Wall() / 1_000_000_000;
        Log.Info("dump.rdb saved: " + Describe(writer));
        return null;
    }

    /// <summary>Writes the base of a log that is not there yet.</summary>
    /// <param name="path">Where.</param>
    /// <param name="position">Where the log begins.</param>
    public string? WriteBase(string path, long position)
    {
        SnapshotNotes notes = Notes(isBase: true);
        notes.Position = position;
        SnapshotWriter writer = jobs.Present.Make(null, jobs.IsUrgent);
        if (!writer.Write(RewritePath, notes))
        {
            _ = persistence.Disk.Remove(RewritePath);
            return writer.Error;
        }

        int result = persistence.Files.Place(RewritePath, path);
        NoteBase(writer);
        return result < 0 ? "cannot rename " + RewritePath + ": " + Errno.Describe(result) : null;
    }

    /// <summary>Writes the log anew.</summary>
    public string? RewriteLog()
    {
        LogRewrite rewrite = new(persistence.Log!, persistence.Folder, persistence.Disk, persistence.Files);
        SnapshotNotes notes = Notes(isBase: true);
        SnapshotWriter writer = jobs.Present.Make(
            () =>
            {
                notes.Position = rewrite.Rotate();
                notes.Database = node.Replication.StreamDatabase;
            },
            jobs.IsUrgent);
        string? error = rewrite.Prepare();
        if (error is not null)
        {
            return error;
        }

        bool written = writer.Write(RewritePath, notes);
        error = rewrite.Finish(RewritePath, written);
        if (error is not null)
        {
            persistence.ClosedBytes += rewrite.ClosedBytes;
            return writer.Error ?? error;
        }

        NoteBase(writer);
        Log.Info("the log was written anew: " + Describe(writer));
        return null;
    }

    /// <summary>Turns the log on: what changes after the snapshot's point in time is logged. It is the log once the snapshot is
    /// written.</summary>
    public string? BeginLog()
    {
        NodeLog logging = persistence.Logging;
        ManifestEntry next = persistence.Files.Manifest.NextIncrement();
        string? error = persistence.Files.Announce(next);
        LogFile? file = error is null ? persistence.Files.Make(next, out error) : null;
        if (file is null)
        {
            return error;
        }

        SnapshotNotes notes = Notes(isBase: true);
        notes.Database = node.Replication.StreamDatabase;
        SnapshotWriter writer = jobs.Present.Make(() => notes.Position = logging.TurnOn(), jobs.IsUrgent);
        try
        {
            logging.Prepare(file);
            error = !writer.Write(RewritePath, notes) ? writer.Error
                : persistence.Log!.Condition is { State: LogState.Lost } lost ? "the log " + lost.Error
                : persistence.Files.NameBase(RewritePath, persistence.Files.Manifest.With(next), next);
            if (error is null)
            {
                NoteBase(writer);
                logging.NoteBase();
                Log.Info("the log is on: " + Describe(writer));
            }
        }
        catch (SystemRefusedException exception)
        {
            error = exception.Message;
        }
        finally
        {
            if (logging.Synchronized < 0)
            {
                // Tried again later.
                logging.TurnOff();
                _ = persistence.Disk.Remove(RewritePath);
            }
        }

        return error;
    }

    private void NoteBase(SnapshotWriter writer)
    {
        persistence.BaseBytes = writer.Length;
        persistence.ClosedBytes = writer.Length;
    }

    /// <summary>Says for a person what was written.</summary>
    public static string Describe(SnapshotWriter writer)
        => ValueText.FormatInteger(writer.SavedKeys) + " keys, " + ValueText.FormatInteger(writer.Length)
            + " bytes; the longest hold of a lock took " + ValueText.FormatInteger(writer.LongestHold / 1000) + " us of processor time";

    private SnapshotNotes Notes(bool isBase) => new()
    {
        Version = RespCommon.RedisVersion.ToArray(),
        UsedMemory = node.Store.UsedMemory,
        IsBase = isBase,
    };
}

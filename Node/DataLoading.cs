using System;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Journal.Loading;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>Reads a node's data: at the start, when the log goes on behind them, and again when somebody asks for it. One thread at a time;
/// reports are for any.</summary>
internal sealed class DataLoading(NodePersistence persistence, RunningNode node)
{
    private LoadProgress _progress = new();
    private LogReplay? _replay;
    private LogLoader? _loader;
    private bool _stops;

    /// <summary>Whether the data at the start were those of a log.</summary>
    public bool IsLog { get; private set; }

    /// <summary>The database that the log is at.</summary>
    public int Database => _replay?.Commands.Database ?? 0;

    /// <summary>Says how far it is. Any thread.</summary>
    public void Describe(ref PersistenceStatus status)
    {
        status.LoadedKeys = _progress.Keys;
        status.LoadingBytes = _progress.TotalBytes;
        status.LoadedBytes = _progress.Bytes;
    }

    /// <summary>Has loading end soon, as an error. Any thread.</summary>
    public void Stop()
    {
        Volatile.Write(ref _stops, true); // pairs with Read
        _progress.IsStopped = true;
    }

    /// <summary>Reads everything.</summary>
    /// <returns>Null, or what is wrong and what to do, for a person.</returns>
    public string? Load()
    {
        DataFolder folder = persistence.Folder;
        Manifest? manifest = folder.Load(out string error);
        if (manifest is null && error.Length != 0)
        {
            return error;
        }

        persistence.Files = new LogFiles(folder, persistence.Disk, manifest ?? persistence.Files.Manifest);
        if (manifest is { Last: null })
        {
            if (persistence.Files.FinishRetiring() is { } unfinished)
            {
                return unfinished;
            }

            manifest = null;
        }

        bool isDump = manifest is null && Files.StatusOf(folder.DumpPath, out _) == 0;
        string? problem = manifest is not null || isDump ? Read(manifest) : null;
        node.Store.Uniques.Leap();
        IsLog = manifest is not null;
        return problem ?? Begin(isDump);
    }

    /// <summary>Adds the keys that files hold.</summary>
    /// <param name="log">The files of the log; null: dump.rdb.</param>
    /// <returns>Null, or what is wrong and what to do, for a person.</returns>
    public string? Read(Manifest? log)
    {
        long began = Clock.Monotonic();
        _progress = new LoadProgress { IsStopped = Volatile.Read(ref _stops), Tell = Tell }; // pairs with Stop
        _replay ??= new LogReplay(node, persistence.Settings.SkipsOtherTypes || node.Replication.Settings.SkipsOtherTypes);
        CommandReplay commands = _replay.Commands;
        _loader = new LogLoader(commands.Access, persistence.Folder, persistence.Disk, _replay.Target)
        {
            Progress = _progress,
            Warn = Log.Warning,
            RepairLimit = persistence.Settings.Repair,
            SkipsOtherTypes = persistence.Settings.SkipsOtherTypes,
            Log = persistence.Files,
        };

        // What was there before is not told of.
        node.Store.Observe(ObserverKinds.Notifications, false);
        long changes = node.Store.Counters.Changes;
        bool loaded = log is not null ? _loader.Load(log) : _loader.LoadDump();
        commands.DropItem();
        persistence.Jobs.Files.Discount(node.Store.Counters.Changes - changes);
        node.Store.Observe(ObserverKinds.Notifications, node.Common.Notifies);
        if (loaded)
        {
            Report(began);
        }

        return loaded ? null : _loader.Error;
    }

    private void Report(long began)
    {
        LoadProgress progress = _progress;
        long milliseconds = (Clock.Monotonic() - began) / 1_000_000;
        string remarks = Remark(", left out ", progress.Skipped, " keys that are no strings")
            + Remark(", left out ", progress.SkippedFunctions, " libraries of functions")
            + Remark(", left out ", progress.SkippedCommands, " commands of the log that are not about strings")
            + Remark(", ", progress.Failed, " commands of the log failed");
        Log.Info("loaded " + ValueText.FormatInteger(node.Store.Counters.Keys) + " keys from " + persistence.Folder.Path + " ("
            + ValueText.FormatInteger(progress.Bytes) + " bytes) in " + ValueText.FormatInteger(milliseconds) + " ms" + remarks);
    }

    private static string Remark(string before, long count, string after)
        => count == 0 ? string.Empty : before + ValueText.FormatInteger(count) + after;

    private static void Tell(LoadProgress progress) => Log.Info("loading: " + ValueText.FormatInteger(progress.Bytes) + " of "
        + ValueText.FormatInteger(progress.TotalBytes) + " bytes, " + ValueText.FormatInteger(progress.Keys) + " keys and commands");

    // The log goes on.
    private string? Begin(bool isDump)
    {
        DataFolder folder = persistence.Folder;
        Disk disk = persistence.Disk;
        Manifest manifest = persistence.Files.Manifest;
        if (SynchronizeFiles(manifest) is { } unsynchronized)
        {
            return unsynchronized;
        }

        long position = Math.Max(0, _loader?.Position ?? 0);
        persistence.BaseBytes = _loader?.BaseBytes ?? 0;
        persistence.ClosedBytes = _progress.TotalBytes;
        if (manifest.Increments.Length == 0)
        {
            ManifestEntry first = manifest.NextIncrement();
            string? refused = null;
            if (isDump)
            {
                // Before the manifest says so, which the next start would go by.
                refused = persistence.Files.Announce(first);
                manifest = new Manifest(manifest.NextBase(), [], []);
                if (refused is null && !WriteBase(folder.PathOf(manifest.Base!), position))
                {
                    return folder.LogPath + ": the log cannot be begun with the keys of " + folder.DumpPath;
                }

                // Before there is an increment: a base alone is taken for what an interrupted start has left.
                int saved = folder.Save(manifest);
                if (saved < 0)
                {
                    return folder.LogPath + ": the log cannot be begun: " + Errno.Describe(saved);
                }
            }

            LogFile? made = refused is null ? persistence.Files.Make(first, out refused) : null;
            made?.Close();
            manifest = manifest.With(first);
            if ((refused ?? persistence.Files.Save(manifest)) is { } problem)
            {
                return folder.LogPath + ": the log cannot be begun: " + problem;
            }
        }

        LogFile? file = LogFile.Open(disk, folder.PathOf(manifest.Last!), truncate: false, out int error);
        if (file is null)
        {
            return DataFile.Explain(folder.PathOf(manifest.Last!), error);
        }

        file.Marks = persistence.Files.MarksOf(manifest.Last!);
        persistence.ClosedBytes -= file.Length;
        persistence.Logging.GoOn(file, position);
        if (IsLog && node.Replication.Keeper.Kept is not null)
        {
            // For those who follow this node, or will when it is promoted. What lies before it they find in the files.
            ReplicationBacklog backlog = persistence.Log!.Backlog;
            backlog.Limit(node.Resp.Options.Replicas.BacklogSize, node.Resp.Options.Replicas.BacklogSize);
            backlog.Begin(position);
        }

        return null;
    }

    private bool WriteBase(string path, long position)
    {
        SnapshotJobs jobs = persistence.Jobs;
        return jobs.RunNow(jobs.RewriteRecord, () => jobs.Files.WriteBase(path, position)) == SaveOutcome.Done;
    }

    // What a node wrote that was killed, or somebody who copied the files, may be in the kernel's memory only. Clients see it from here on,
    // and nothing else would have it on the disk.
    private string? SynchronizeFiles(Manifest manifest)
    {
        DataFolder folder = persistence.Folder;
        string? error = manifest.Base is null ? null : SynchronizeFile(folder.PathOf(manifest.Base));
        foreach (ManifestEntry entry in manifest.Increments)
        {
            error ??= SynchronizeFile(folder.PathOf(entry));
        }

        if (error is null && manifest.Last is not null)
        {
            int result = persistence.Disk.SynchronizeFolder(folder.LogPath);
            result = result < 0 ? result : persistence.Disk.SynchronizeFolder(folder.Path);
            error = result < 0 ? folder.Path + ": cannot write to the disk: " + Errno.Describe(result) : null;
        }

        return error;
    }

    private string? SynchronizeFile(string path)
    {
        int file = persistence.Disk.OpenForWriting(path, truncate: false);
        if (file < 0)
        {
            return DataFile.Explain(path, file);
        }

        int result = persistence.Disk.Synchronize(file);
        persistence.Disk.Close(file);
        return result < 0 ? path + ": cannot write to the disk: " + Errno.Describe(result) : null;
    }
}

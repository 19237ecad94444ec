using System;
using Epollsrv.Journal;
using Epollsrv.Journal.Loading;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>Reads a node's data at the start and has the log go on behind them. The loading thread; reports are for any.</summary>
internal sealed unsafe class DataLoading(NodePersistence persistence, RunningNode node)
{
    private readonly LoadProgress _progress = new();
    private LogLoader? _loader;

    /// <summary>Says how far it is. Any thread.</summary>
    public void Describe(ref PersistenceStatus status)
    {
        status.LoadedKeys = _progress.Keys;
        status.LoadingBytes = _progress.TotalBytes;
        status.LoadedBytes = _progress.Bytes;
    }

    /// <summary>Has <see cref="Load"/> end soon, as an error. Any thread.</summary>
    public void Stop() => _progress.IsStopped = true;

    /// <summary>Reads everything.</summary>
    /// <returns>Null, or what is wrong and what to do, for a person.</returns>
    public string? Load()
    {
        long began = Clock.Monotonic();
        DataFolder folder = persistence.Folder;
        Manifest? manifest = folder.Load(out string error);
        if (manifest is null && error.Length != 0)
        {
            return error;
        }

        CommandReplay replay = new(node.Resp, node.Server, CommandSource.Loader)
        {
            SkipsUnknown = persistence.Settings.SkipsOtherTypes || node.Replication.Settings.SkipsOtherTypes,
        };
        ReplayTarget target = new() { Owner = replay, Run = &Run, Select = &Select, Error = &ErrorOf };
        _loader = new LogLoader(replay.Access, folder, persistence.Disk, target)
        {
            Progress = _progress,
            Warn = Log.Warning,
            RepairLimit = persistence.Settings.Repair,
            SkipsOtherTypes = persistence.Settings.SkipsOtherTypes,
        };
        bool isDump = manifest is null && Files.StatusOf(folder.DumpPath, out _) == 0;
        if ((manifest is not null && !_loader.Load(manifest)) || (isDump && !_loader.LoadDump()))
        {
            return _loader.Error;
        }

        if (manifest is not null || isDump)
        {
            Report(began);
        }

        return Begin(manifest ?? persistence.Manifest, isDump);
    }

    private void Report(long began)
    {
        LoadProgress progress = _progress;
        long milliseconds = (Clock.Monotonic() - began) / 1_000_000;
        string skipped = progress.Skipped == 0 ? string.Empty
            : ", and left out " + ValueText.FormatInteger(progress.Skipped) + " that are no strings";
        Log.Info("loaded " + ValueText.FormatInteger(node.Store.Counters.Keys) + " keys from " + persistence.Folder.Path + " ("
            + ValueText.FormatInteger(progress.Bytes) + " bytes) in " + ValueText.FormatInteger(milliseconds) + " ms" + skipped);
    }

    // The log goes on.
    private string? Begin(Manifest manifest, bool isDump)
    {
        DataFolder folder = persistence.Folder;
        Disk disk = persistence.Disk;
        if (SynchronizeFiles(manifest) is { } unsynchronized)
        {
            return unsynchronized;
        }

        long position = Math.Max(0, _loader!.Position);
        persistence.BaseBytes = _loader.BaseBytes;
        persistence.ClosedBytes = _loader.Progress.TotalBytes;
        if (manifest.Increments.Length == 0)
        {
            if (isDump)
            {
                // Before there is a manifest, which the next start would go by.
                manifest = new Manifest(manifest.NextBase(), [], []);
                if (!persistence.Jobs.WriteBaseNow(folder.PathOf(manifest.Base!), position))
                {
                    return folder.LogPath + ": the log cannot be begun with the keys of " + folder.DumpPath;
                }
            }

            ManifestEntry first = manifest.NextIncrement();
            LogFile? made = LogFile.Open(disk, folder.PathOf(first), truncate: true, out int refused);
            made?.Close();
            manifest = manifest.With(first);
            int result = made is null ? refused : disk.SynchronizeFolder(folder.LogPath);
            result = result < 0 ? result : folder.Save(manifest);
            if (result < 0)
            {
                return folder.LogPath + ": the log cannot be begun: " + Errno.Describe(result);
            }
        }

        LogFile? file = LogFile.Open(disk, folder.PathOf(manifest.Last!), truncate: false, out int error);
        if (file is null)
        {
            return folder.PathOf(manifest.Last!) + ": " + Errno.Describe(error);
        }

        persistence.Manifest = manifest;
        persistence.ClosedBytes -= file.Length;
        LogBeginning.GoOn(persistence, node, file, position);
        return null;
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
        int result = file < 0 ? file : persistence.Disk.Synchronize(file);
        if (file >= 0)
        {
            persistence.Disk.Close(file);
        }

        return result < 0 ? path + ": cannot write to the disk: " + Errno.Describe(result) : null;
    }

    // What a master's stream holds besides commands on keys means nothing here.
    private static bool Run(object owner, Argument* arguments, int count)
    {
        CommandReplay replay = (CommandReplay)owner;
        if (arguments->Is("publish"u8) || arguments->Is("spublish"u8) || arguments->Is("ping"u8) || arguments->Is("replconf"u8)
            || arguments->Is("script"u8) || arguments->Is("function"u8))
        {
            return true;
        }

        CommandOutcome outcome = replay.Execute(arguments, count);
        return outcome is CommandOutcome.Done or CommandOutcome.Failed
            || (outcome == CommandOutcome.UnknownCommand && replay.SkipsUnknown);
    }

    private static void Select(object owner, int database) => _ = ((CommandReplay)owner).Call.TrySelect(database);

    private static string? ErrorOf(object owner)
    {
        ReadOnlySpan<byte> error = ((CommandReplay)owner).Error;
        return error.IsEmpty ? null : ByteText.Decode(error);
    }
}

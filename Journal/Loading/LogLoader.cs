using System;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Journal.Loading;

/// <summary>Reads a log back: the files of a manifest in order. The store is nobody else's yet. One thread.</summary>
internal sealed unsafe class LogLoader(StoreAccess access, DataFolder folder, Disk disk, ReplayTarget target)
{
    private const int RecordsPerReport = 1024;
    private const int MostWarnings = 10;

    /// <summary>Called with what a person has to know: an end that was cut off, commands that failed.</summary>
    public required Action<string> Warn { get; init; }

    /// <summary>Most bytes cut off from a damaged end.</summary>
    public long RepairLimit { get; init; } = LogRepair.DefaultLimit;

    /// <summary>Gets what is to be known of the files later; null: nobody does.</summary>
    public LogFiles? Log { get; init; }

    /// <summary>As <see cref="SnapshotLoader.SkipsOtherTypes"/>.</summary>
    public bool SkipsOtherTypes { get; init; }

    /// <summary>How far it is.</summary>
    public required LoadProgress Progress { get; init; }

    /// <summary>The position behind the last record; −1: no file says so.</summary>
    public long Position { get; private set; } = -1;

    /// <summary>Bytes of the base.</summary>
    public long BaseBytes { get; private set; }

    /// <summary>What is wrong, for a person; null: nothing.</summary>
    public string? Error { get; private set; }

    /// <summary>Reads all files.</summary>
    public bool Load(Manifest manifest)
    {
        if (!AllExist(manifest))
        {
            return false;
        }

        Progress.TotalBytes = manifest.Base is null ? 0 : SizeOf(manifest.Base);
        BaseBytes = Progress.TotalBytes;
        foreach (ManifestEntry entry in manifest.Increments)
        {
            Progress.TotalBytes += SizeOf(entry);
        }

        // Redis's log always has a base. One without is this program's, and begins with nothing.
        Position = manifest.Base is null ? 0 : -1;
        ManifestEntry? last = folder.EndOf(manifest);
        bool loaded = manifest.Base is null || LoadBase(manifest.Base, isLast: manifest.Base == last);
        foreach (ManifestEntry entry in manifest.Increments)
        {
            loaded = loaded && LoadRecords(folder.PathOf(entry), 0, isLast: entry == last);
        }

        return loaded;
    }

    // A base that is missing must not look as if it were empty.
    private bool AllExist(Manifest manifest)
    {
        if (manifest.Base is { } start && start.Name.EndsWith(".rdb", StringComparison.Ordinal) && Exists(start)
            && !SnapshotLoader.Begins(folder.PathOf(start)))
        {
            Error = folder.PathOf(start) + ": this is no RDB file. The manifest names it: restore it from a backup";
        }

        bool exist = manifest.Base is null || Exists(manifest.Base);
        foreach (ManifestEntry entry in manifest.Increments)
        {
            exist = exist && Exists(entry);
        }

        return exist && Error is null;
    }

    private bool Exists(ManifestEntry entry)
    {
        int result = Files.StatusOf(folder.PathOf(entry), out _);
        if (result < 0)
        {
            Error = folder.PathOf(entry) + ": " + Errno.Describe(result) + ". The manifest names it: restore it from a backup";
        }

        return result == 0;
    }

    /// <summary>Reads dump.rdb, when there is no log.</summary>
    public bool LoadDump()
    {
        Progress.TotalBytes = Files.StatusOf(folder.DumpPath, out FileStatus status) == 0 ? status.Size : 0;
        return LoadSnapshot(folder.DumpPath, out _);
    }

    private bool LoadBase(ManifestEntry entry, bool isLast)
    {
        string path = folder.PathOf(entry);
        long length = 0;
        return (!SnapshotLoader.Begins(path) || LoadSnapshot(path, out length))
            && (length == SizeOf(entry) || LoadRecords(path, length, isLast));
    }

    private bool LoadSnapshot(string path, out long length)
    {
        SnapshotLoader loader = new(access, Progress) { SkipsOtherTypes = SkipsOtherTypes };
        bool loaded = loader.Load(path, out length);
        access.SelectFirst();
        Position = loader.Position;
        Error = loader.Error;
        if (loaded && Position > ReplicationHistory.MostPosition)
        {
            Error = path + ": its position in the log, " + Numbers.ToText(Position) + ", cannot be right. Restore it from a backup";
            return false;
        }

        if (loaded && Position >= 0 && loader.StreamDatabase != 0)
        {
            target.Select(target.Owner, loader.StreamDatabase);
        }

        return loaded;
    }

    private bool LoadRecords(string path, long offset, bool isLast)
    {
        using LogReader? reader = LogReader.Open(path, offset, Position, out int error);
        if (reader is null)
        {
            Error = path + ": " + Errno.Describe(error) + ". The manifest names it: restore it from a backup";
            return false;
        }

        reader.Marks = Log?.MarksOf(path);
        long before = Progress.Bytes - offset;
        LogStep step;
        while ((step = reader.Next()) == LogStep.Record)
        {
            if (!Run(reader, path))
            {
                return false;
            }

            if (Progress.Keys++ % RecordsPerReport == 0)
            {
                Progress.Advance(before + reader.Offset);
                if (Progress.IsStopped)
                {
                    Error = "stopped while loading";
                    return false;
                }
            }
        }

        Position = reader.Position;
        Progress.Bytes = before + reader.Length;
        if (step == LogStep.Damaged)
        {
            Position = reader.Damage!.Position;
            bool cut = LogRepair.TryCut(disk, reader.Damage, isLast, RepairLimit, out string text);
            Error = cut ? null : text;
            if (cut)
            {
                Warn(text);
            }
        }

        return Error is null;
    }

    private bool Run(LogReader reader, string path)
    {
        switch (target.Run(target.Owner, reader.Arguments, reader.Count))
        {
            case ReplayOutcome.Refused:
                Error = path + ": before offset " + Numbers.ToText(reader.Offset) + ": " + target.Error(target.Owner);
                return false;
            case ReplayOutcome.Failed:
                if (Progress.Failed++ < MostWarnings)
                {
                    Warn(path + ": before offset " + Numbers.ToText(reader.Offset) + " a command fails: " + target.Error(target.Owner));
                }

                return true;
            case ReplayOutcome.Skipped:
                Progress.SkippedCommands++;
                return true;
            default:
                return true;
        }
    }

    private long SizeOf(ManifestEntry entry) => Files.StatusOf(folder.PathOf(entry), out FileStatus status) == 0 ? status.Size : 0;
}

using System;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// The directory of a node's data, as Redis 7's: dump.rdb, and in appendonlydir/ the manifest and the files of the log. One node at a
/// time has it open for writing. One thread.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    /// <summary>The name of the directory of the log's files.</summary>
    public const string LogName = "appendonlydir";

    private const string ProbeName = "temp-epollsrv.probe";
    private const int LongestManifest = 1 << 20;

    private readonly Disk _disk;
    private readonly FolderLock _lock;

    private DataFolder(Disk disk, string path)
    {
        _disk = disk;
        Path = path;
        LogPath = path + "/" + LogName;
        _lock = new FolderLock(disk, path);
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>The directory of the log's files.</summary>
    public string LogPath { get; }

    /// <summary>What BGSAVE writes.</summary>
    public string DumpPath => Path + "/dump.rdb";

    /// <summary>A dump that is being written.</summary>
    public string UnfinishedDumpPath => Path + "/temp-dump.rdb";

    /// <summary>A base that is being written. It is where it will stay: before Linux 5.19, a confined node cannot rename files from one
    /// directory to another.</summary>
    public string UnfinishedBasePath => LogPath + "/temp-rewrite.rdb";

    /// <summary>The list of the log's files.</summary>
    public string ManifestPath => LogPath + "/" + Manifest.FileName;

    // Redis before version 7.
    private string OldLogPath => Path + "/" + Manifest.Prefix;

    /// <summary>Opens a directory for a node: made when it does not exist, locked until <see cref="Dispose"/>.</summary>
    /// <param name="disk">What changes files.</param>
    /// <param name="path">The directory; the one it is in must exist.</param>
    /// <param name="error">What is wrong and what to do, for people.</param>
    /// <returns>Null: it cannot be used.</returns>
    public static DataFolder? Open(Disk disk, string path, out string error)
    {
        DataFolder folder = new(disk, Trim(path));
        error = folder.Make(folder.Path) ?? folder._lock.Take() ?? folder.Make(folder.LogPath)
            ?? folder.Probe(folder.Path) ?? folder.Probe(folder.LogPath) ?? string.Empty;
        if (error.Length != 0)
        {
            folder.Dispose();
            return null;
        }

        folder.RemoveUnfinished();
        return folder;
    }

    /// <summary>Looks at a directory without changing anything, also while a node has it open.</summary>
    public static DataFolder OpenToRead(string path) => new(new Disk(), Trim(path));

    /// <summary>Whether the process can use no other directory than that of the start, because it is confined to it (Landlock).</summary>
    public bool IsOnlyOne { get; set; }

    /// <summary>Where a file of the manifest is.</summary>
    public string PathOf(ManifestEntry entry)
    {
        string path = LogPath + "/" + entry.Name;
        return entry.Name == Manifest.Prefix && !Exists(path) && Exists(OldLogPath) ? OldLogPath : path;
    }

    /// <summary>The file that the records end in. An increment is named before it is written to, while the one before it still is: a crash
    /// at that time leaves the end of that one torn.</summary>
    public ManifestEntry? EndOf(Manifest manifest)
    {
        ReadOnlySpan<ManifestEntry> increments = manifest.Increments;
        int last = increments.Length - 1;
        while (last >= 0 && Files.StatusOf(PathOf(increments[last]), out FileStatus status) == 0 && status.Size == 0)
        {
            last--;
        }

        return last >= 0 ? increments[last] : manifest.Base;
    }

    /// <summary>Reads the manifest. The log of a Redis before version 7 becomes the base of a new one; if the folder is open for
    /// writing, it is moved into <see cref="LogPath"/>.</summary>
    /// <param name="error">What is wrong and what to do, for people; empty when there is no manifest.</param>
    /// <returns>Null: there is none, or it cannot be used.</returns>
    public Manifest? Load(out string error)
    {
        string? text = TextFile.ReadRegular(ManifestPath, LongestManifest, out int result);
        if (text is null && result is not (-Errno.NoEntry or -Errno.NotDirectory))
        {
            error = result == -Errno.Invalid ? ManifestPath + ": is longer than 1 MB: this is no manifest"
                : DataFile.Explain(ManifestPath, result);
            return null;
        }

        if (text is null)
        {
            error = MissingManifest.Describe(LogPath, Exists(DumpPath));
            return error.Length == 0 && Exists(OldLogPath) ? Adopt(out error) : null;
        }

        Manifest? manifest = ManifestReader.Read(ByteText.Encode(text), out error);
        if (manifest is null)
        {
            error = ManifestPath + ": " + error + ". Correct it or restore the directory from a backup";
            return null;
        }

        // The move may have been interrupted.
        if (_lock.IsHeld && manifest.Base is { } oldBase && PathOf(oldBase) == OldLogPath
            && (error = OldLogProblem() ?? MoveOldLog()).Length != 0)
        {
            return null;
        }

        return manifest;
    }

    /// <summary>Puts a manifest in place of the one before: after a power cut there is either. The files that it names must be on the
    /// disk, their names too (<see cref="Disk.SynchronizeFolder"/>).</summary>
    /// <returns>0 or −errno; then it is not known which one will be there after a power cut.</returns>
    public int Save(Manifest manifest) => WholeFile.Replace(_disk, LogPath, Manifest.FileName, manifest.ToText());

    /// <summary>Whether there is something to load, or something that is to be looked at by <see cref="Load"/>.</summary>
    public bool HasData()
    {
        Manifest? manifest = Load(out string error);
        return error.Length != 0 || manifest is { Last: not null } or { Base: not null } || Exists(DumpPath);
    }

    /// <summary>Whether a node has the directory open just now.</summary>
    public bool IsInUse() => _lock.IsTaken();

    /// <summary>Makes what is missing in the directory of a running node, after somebody has removed it, moved it or put another one in its
    /// place. The directory itself is not made: its disk may be missing, and what is written beneath the place of that one would be hidden
    /// when it is back.</summary>
    /// <returns>Null, or what is wrong and what to do, for people.</returns>
    public string? Restore()
    {
        int result = Files.StatusOf(Path, out FileStatus status);
        if (result < 0 || !status.IsDirectory)
        {
            return Path + ": " + Errno.Describe(result < 0 ? result : -Errno.NotDirectory) + ". Put the data directory back"
                + (IsOnlyOne ? string.Empty : ", or make an empty one: all keys are written to it");
        }

        string? error = _lock.Take() ?? (Exists(LogPath) ? null : Make(LogPath));
        return error is not null && IsOnlyOne
            ? error + ". The node is confined to the directory that was there at its start (--sandbox): put that one back, or restart the node"
            : error;
    }

    /// <summary>Gives the directory to others.</summary>
    public void Dispose() => _lock.Dispose();

    private static string Trim(string path)
    {
        string trimmed = path.TrimEnd('/');
        return trimmed.Length == 0 ? path.Length == 0 ? "." : "/." : trimmed;
    }

    private static bool Exists(string path) => Files.StatusOf(path, out _) == 0;

    private string? Make(string path)
    {
        int result = _disk.MakeFolder(path);
        if (result == 0)
        {
            result = _disk.SynchronizeFolder(Paths.FolderOf(path));
        }
        else if (result == -Errno.Exists)
        {
            result = Files.StatusOf(path, out FileStatus status);
            result = result == 0 && !status.IsDirectory ? -Errno.NotDirectory : result;
        }

        return result >= 0 ? null : path + ": the data directory cannot be made: " + Errno.Describe(result)
            + -result switch
            {
                Errno.NoEntry => "; make the directory that it is to be in",
                Errno.NotDirectory => "; give another path, or move the file away",
                Errno.AccessDenied => "; make it, and let it belong to the user that runs the node",
                _ => string.Empty,
            };
    }

    // A node that was killed has left them; the next one may be long in writing its own.
    private void RemoveUnfinished()
    {
        foreach (string path in new[] { UnfinishedDumpPath, UnfinishedBasePath })
        {
            if (Exists(path))
            {
                _ = _disk.Remove(path);
            }
        }
    }

    private string? Probe(string path)
    {
        string probe = path + "/" + ProbeName;
        int file = _disk.OpenForWriting(probe, truncate: true);
        if (file < 0)
        {
            return Unwritable(probe, file);
        }

        _disk.Close(file);
        int result = _disk.Remove(probe);
        return result < 0 ? Unwritable(probe, result) : null;
    }

    internal static string Unwritable(string path, int result) => path + ": the data directory cannot be written to: "
        + Errno.Describe(result) + -result switch
        {
            Errno.AccessDenied => "; it must belong to the user that runs the node",
            Errno.TooManyLinks => "; it is a symbolic link: remove it",
            _ => string.Empty,
        };

    private Manifest? Adopt(out string error)
    {
        error = OldLogProblem() ?? string.Empty;
        if (error.Length != 0)
        {
            return null;
        }

        Manifest manifest = new(new ManifestEntry(Manifest.Prefix, 1, ManifestKind.Base), [], []);
        if (_lock.IsHeld)
        {
            // In this order: when it is interrupted, the manifest names a file that is still where it was.
            int result = Save(manifest);
            error = result < 0 ? ManifestPath + ": cannot be written: " + Errno.Describe(result) : MoveOldLog();
        }

        return error.Length == 0 ? manifest : null;
    }

    // A link is not moved either: a relative one would lead elsewhere.
    private string? OldLogProblem()
    {
        int result = Files.StatusOf(OldLogPath, out FileStatus status, follow: false);
        return result == 0 && status.IsRegular ? null : OldLogPath + ": "
            + Errno.Describe(result < 0 ? result : -Errno.NotSeekable) + ". Put the log itself there, or move this away";
    }

    private string MoveOldLog()
    {
        int result = _disk.Rename(OldLogPath, LogPath + "/" + Manifest.Prefix);
        result = result < 0 ? result : _disk.SynchronizeFolder(LogPath);
        result = result < 0 ? result : _disk.SynchronizeFolder(Path);
        return result < 0 ? OldLogPath + ": cannot be moved to " + LogPath + ": "
            + Errno.Describe(result) + (result == -Errno.CrossDevice
                ? ". It is on another file system, or the sandbox of Linux before 5.19 forbids it: move it there yourself" : string.Empty)
            : string.Empty;
    }
}

using System.Collections.Generic;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// The files of a node's log and the manifest that names them, changed in steps between any two of which the power may go. One thread at a
/// time; others may read the manifest meanwhile.
/// </summary>
internal sealed class LogFiles(DataFolder folder, Disk disk, Manifest manifest)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LogMarks> _marks = [];

    /// <summary>The files of the log now.</summary>
    public Manifest Manifest { get; private set; } = manifest;

    /// <summary>Where a file of the log is.</summary>
    public string PathOf(ManifestEntry entry) => folder.PathOf(entry);

    /// <summary>Where the blocks of a file of the log begin. Any thread.</summary>
    public LogMarks MarksOf(ManifestEntry entry) => MarksOf(PathOf(entry));

    /// <summary>The same of the file at a path.</summary>
    public LogMarks MarksOf(string path)
    {
        lock (_lock)
        {
            if (!_marks.TryGetValue(path, out LogMarks? marks))
            {
                marks = new LogMarks();
                _marks.Add(path, marks);
            }

            return marks;
        }
    }

    /// <summary>Whether there is no log, and nothing is left of one.</summary>
    public bool IsEmpty => Manifest.Last is null && Manifest.History.IsEmpty;

    /// <summary>Makes the file of an increment that the manifest does not name yet.</summary>
    /// <param name="next">Its name.</param>
    /// <param name="error">What went wrong, for a person.</param>
    /// <returns>Null: it went wrong.</returns>
    public LogFile? Make(ManifestEntry next, out string? error)
    {
        string path = folder.PathOf(next);
        LogFile? file = LogFile.Open(disk, path, truncate: true, out int result);
        result = file is null ? result : disk.SynchronizeFolder(folder.LogPath);
        error = result >= 0 ? null : "cannot make " + path + ": " + Errno.Describe(result);
        if (error is not null)
        {
            file?.Close();
            return null;
        }

        ForgetMarks(path);
        file!.Marks = MarksOf(path);
        return file;
    }

    /// <summary>Puts a manifest in place of the one before.</summary>
    /// <returns>Null, or what went wrong, for a person.</returns>
    public string? Save(Manifest next)
    {
        int result = folder.Save(next);
        if (result < 0)
        {
            return "cannot write the manifest in " + folder.LogPath + ": " + Errno.Describe(result);
        }

        Manifest = next;
        return null;
    }

    /// <summary>A log is about to be begun. While there is none, a manifest of history alone names its first files, so that the next start
    /// removes what a crash leaves of them.</summary>
    /// <param name="next">The first increment.</param>
    /// <returns>Null, or what went wrong, for a person.</returns>
    public string? Announce(ManifestEntry next)
    {
        if (Manifest.Last is not null)
        {
            return null;
        }

        string? error = IsEmpty ? null : FinishRetiring();
        return error ?? Save(new Manifest(Manifest.NextBase(), [], [next]).Retired());
    }

    /// <summary>Moves a file that was written beside the log's to its place, for good.</summary>
    /// <param name="written">Where it is, in the node's directory.</param>
    /// <param name="path">Its place, among the log's files.</param>
    /// <returns>0 or −errno.</returns>
    public int Place(string written, string path)
    {
        int result = disk.Rename(written, path);
        result = result < 0 ? result : disk.SynchronizeFolder(folder.LogPath);
        return result < 0 ? result : disk.SynchronizeFolder(folder.Path);
    }

    /// <summary>A base is written: the log consists of it and the increment that follows it, and the other files are removed.</summary>
    /// <param name="written">Where the base is, whole and on the disk.</param>
    /// <param name="before">The files until now, with <paramref name="next"/>.</param>
    /// <param name="next">The increment.</param>
    /// <returns>Null, or what went wrong, for a person.</returns>
    public string? NameBase(string written, Manifest before, ManifestEntry next)
    {
        ManifestEntry newBase = Manifest.NextBase();
        int result = Place(written, folder.PathOf(newBase));
        Manifest after = Manifest.Last is null ? new Manifest(newBase, [], [next]) : before.Rewritten(newBase, next);
        result = result < 0 ? result : folder.Save(after);
        if (result < 0)
        {
            _ = disk.Remove(written);
            return "cannot name the new base in " + folder.LogPath + ": " + Errno.Describe(result);
        }

        Manifest = after;
        if (!after.History.IsEmpty)
        {
            _ = RemoveHistory(gently: true);
            _ = Save(Manifest.WithoutHistory());
        }

        return null;
    }

    /// <summary>The log is off, and dump.rdb is on the disk with all that it has and more: from here on the directory has no log. A
    /// manifest of history alone says so until the files are removed.</summary>
    /// <param name="gently">Whether removing large files may take a while.</param>
    /// <returns>Null, or what went wrong, for a person.</returns>
    public string? Retire(bool gently)
    {
        // A log that was begun, and ended before its base was named, leaves files of the names that come next.
        Manifest all = new(Manifest.NextBase(), Manifest.Retired().History, [Manifest.NextIncrement()]);
        string? error = Manifest.Last is null ? null : Save(all.Retired());
        return error ?? (IsEmpty ? null : FinishRetiring(gently));
    }

    /// <summary>The rest of <see cref="Retire"/>, after which there is no manifest. Also at the start, when it was interrupted.</summary>
    /// <returns>Null, or what went wrong, for a person.</returns>
    public string? FinishRetiring(bool gently = false)
    {
        int result = RemoveHistory(gently);

        // In this order: files of a log without a manifest look as if somebody had lost it.
        result = result < 0 ? result : disk.SynchronizeFolder(folder.LogPath);
        result = result < 0 ? result : Removed(disk.Remove(folder.ManifestPath));
        result = result < 0 ? result : disk.SynchronizeFolder(folder.LogPath);
        if (result < 0)
        {
            return "cannot remove the log in " + folder.LogPath + ", which dump.rdb has taken the place of: " + Errno.Describe(result);
        }

        Manifest = new Manifest(null, [], []);
        return null;
    }

    private void ForgetMarks(string path)
    {
        lock (_lock)
        {
            _ = _marks.Remove(path);
        }
    }

    private static int Removed(int result) => result == -Errno.NoEntry ? 0 : result;

    // Gently: so that requests do not wait.
    private int RemoveHistory(bool gently)
    {
        int result = 0;
        foreach (ManifestEntry entry in Manifest.History)
        {
            ForgetMarks(PathOf(entry));
            if (gently)
            {
                CachedPages.Drop(folder.PathOf(entry));
            }

            int removed = Removed(disk.Remove(folder.PathOf(entry)));
            result = removed < 0 ? removed : result;
        }

        return result;
    }
}

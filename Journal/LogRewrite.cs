using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// The steps by which a log begins anew: an increment for what comes after the snapshot's point in time, named by the manifest before
/// anything is in it; then the base, which takes the place of all that came before. After a power cut between any two of them the manifest
/// names files that are whole. One thread, one rewrite.
/// </summary>
internal sealed class LogRewrite(ChangeLog log, DataFolder folder, Disk disk, Manifest manifest)
{
    private readonly bool _afresh = log.Condition.State == LogState.Lost;
    private readonly ManifestEntry _next = manifest.NextIncrement();
    private readonly LogFile _old = log.File;
    private LogFile? _file;
    private bool _rotated;

    /// <summary>The files of the log now.</summary>
    public Manifest Manifest { get; private set; } = manifest;

    /// <summary>After <see cref="Finish"/>: bytes of the increment that is not written to any more.</summary>
    public long ClosedBytes { get; private set; }

    /// <summary>Makes the increment.</summary>
    /// <returns>Null, or what went wrong.</returns>
    public string? Prepare()
    {
        if (_afresh)
        {
            log.WaitForWrite();
            if (folder.Restore() is { } missing)
            {
                return missing;
            }
        }

        string path = folder.PathOf(_next);
        _file = LogFile.Open(disk, path, truncate: true, out int result);
        if (_file is null)
        {
            return "cannot make " + path + ": " + Errno.Describe(result);
        }

        result = disk.SynchronizeFolder(folder.LogPath);
        if (result == 0 && !_afresh)
        {
            // What was lost before is missing in the old increments: then the new one belongs to the new base only.
            result = Save(Manifest.With(_next));
        }

        if (result < 0)
        {
            _file.Close();
            return "cannot write the manifest in " + folder.LogPath + ": " + Errno.Describe(result);
        }

        return null;
    }

    /// <summary>The snapshot's point in time: all partitions are locked.</summary>
    /// <returns>The position.</returns>
    public long Rotate()
    {
        _rotated = true;
        return log.Rotate(_file!, _afresh);
    }

    /// <summary>The base is written, or not.</summary>
    /// <param name="written">Where it is.</param>
    /// <param name="succeeded">Whether it is whole and on the disk.</param>
    /// <returns>Null, or what went wrong.</returns>
    public string? Finish(string written, bool succeeded)
    {
        if (!_rotated)
        {
            _file!.Close();
            return Undo(written);
        }

        if (!succeeded)
        {
            // At once: the log may wait for the room that it takes.
            _ = disk.Remove(written);
        }

        bool isSwitched = log.WaitForRotation(_afresh);
        ClosedBytes = isSwitched && !_afresh ? _old.Length : 0;
        if (!succeeded || !isSwitched)
        {
            _ = disk.Remove(written);
            return isSwitched ? "no snapshot" : "the log could not be written to its end: " + log.Condition.Error;
        }

        ManifestEntry newBase = Manifest.NextBase();
        Manifest before = _afresh ? Manifest.With(_next) : Manifest;
        int result = disk.Rename(written, folder.PathOf(newBase));
        result = result < 0 ? result : disk.SynchronizeFolder(folder.LogPath);
        result = result < 0 ? result : disk.SynchronizeFolder(folder.Path);
        result = result < 0 ? result : Save(before.Rewritten(newBase, _next));
        if (result < 0)
        {
            _ = disk.Remove(written);
            return "cannot name the new base in " + folder.LogPath + ": " + Errno.Describe(result);
        }

        if (_afresh)
        {
            log.Recover();
        }

        RemoveHistory();
        return null;
    }

    // The increment must not stay behind the one that is still written to: a loader would take that one for whole.
    private string? Undo(string written)
    {
        _ = disk.Remove(written);
        if (!_afresh)
        {
            ManifestEntry[] others = Manifest.Increments[..^1].ToArray();
            int result = Save(new Manifest(Manifest.Base, Manifest.History, others));
            if (result < 0)
            {
                return "cannot write the manifest in " + folder.LogPath + ": " + Errno.Describe(result);
            }
        }

        _ = disk.Remove(folder.PathOf(_next));
        return "no snapshot";
    }

    private void RemoveHistory()
    {
        foreach (ManifestEntry entry in Manifest.History)
        {
            _ = disk.Remove(folder.PathOf(entry));
        }

        _ = Save(Manifest.WithoutHistory());
    }

    private int Save(Manifest next)
    {
        int result = folder.Save(next);
        if (result == 0)
        {
            Manifest = next;
        }

        return result;
    }
}

namespace Epollsrv.Journal;

/// <summary>
/// The steps by which a log begins anew: an increment for what comes after the snapshot's point in time, named by the manifest before
/// anything is in it; then the base, which takes the place of all that came before. After a power cut between any two of them the manifest
/// names files that are whole. One thread, one rewrite.
/// </summary>
internal sealed class LogRewrite(ChangeLog log, DataFolder folder, Disk disk, LogFiles files)
{
    private readonly bool _afresh = log.Condition.State == LogState.Lost;
    private readonly ManifestEntry _next = files.Manifest.NextIncrement();
    private readonly LogFile _old = log.File;
    private LogFile? _file;
    private bool _rotated;

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

        _file = files.Make(_next, out string? error);
        if (_file is not null && !_afresh)
        {
            // What was lost before is missing in the old increments: then the new one belongs to the new base only.
            error = files.Save(files.Manifest.With(_next));
            if (error is not null)
            {
                _file.Close();
            }
        }

        return error;
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

        string? error = files.NameBase(written, _afresh ? files.Manifest.With(_next) : files.Manifest, _next);
        if (error is null && _afresh)
        {
            log.Recover();
        }

        return error;
    }

    // The increment must not stay behind the one that is still written to: a loader would take that one for whole.
    private string? Undo(string written)
    {
        _ = disk.Remove(written);
        if (!_afresh)
        {
            Manifest named = files.Manifest;
            if (files.Save(new Manifest(named.Base, named.History, named.Increments[..^1])) is { } error)
            {
                return error;
            }
        }

        _ = disk.Remove(folder.PathOf(_next));
        return "no snapshot";
    }
}

using System;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// Keeps other nodes from a directory by two locks (flock(2)). That of the directory itself cannot be removed, but only processes of the
/// same machine see it. That of an empty file in it is seen by other machines too, where a network file system passes locks on. One thread.
/// </summary>
internal sealed unsafe class FolderLock(Disk disk, string folder) : IDisposable
{
    private const string Name = "epollsrv.lock";

    // A node that was stopped a moment ago, or `check`, may still hold it.
    private const int Attempts = 20;
    private const int Pause = 50;

    private readonly string _path = folder + "/" + Name;
    private int _folder = -1;
    private int _file = -1;

    /// <summary>Whether the directory is ours.</summary>
    public bool IsHeld => _file >= 0;

    /// <summary>Takes it, also when it is held but its file was removed, or the directory was moved.</summary>
    /// <returns>Null, or what is wrong and what to do.</returns>
    public string? Take() => Take(ref _folder, folder, Files.OpenFolder(folder), string.Empty)
        ?? Take(ref _file, _path, disk.OpenForWriting(_path, truncate: false), " (it has locked " + Name + ")");

    /// <summary>Whether a node holds it just now.</summary>
    public bool IsTaken() => IsLocked(Files.OpenFolder(folder)) || IsLocked(Files.Open(_path, Files.ReadOnly | Files.NonBlocking));

    /// <summary>Gives it to others.</summary>
    public void Dispose()
    {
        Close(ref _file);
        Close(ref _folder);
    }

    private string? Take(ref int held, string path, int opened, string reason)
    {
        if (opened < 0)
        {
            return DataFolder.Unwritable(path, opened);
        }

        if (held >= 0 && Files.Status(held, out FileStatus old) == 0 && Files.Status(opened, out FileStatus named) == 0
            && old.IsSameFile(named))
        {
            disk.Close(opened);
            return null;
        }

        int result = Files.TryLock(opened);
        for (int i = 0; i < Attempts && result == -Errno.Again; i++)
        {
            _ = Descriptor.Poll(null, 0, Pause);
            result = Files.TryLock(opened);
        }

        if (result < 0)
        {
            disk.Close(opened);
            return result == -Errno.Again
                ? folder + ": another node uses this data directory" + reason + ". Stop it, or give each node its own --data"
                : path + ": cannot be locked: " + Errno.Describe(result);
        }

        Close(ref held);
        held = opened;
        return null;
    }

    private static bool IsLocked(int opened)
    {
        bool isLocked = opened >= 0 && Files.TryLock(opened) == -Errno.Again;
        Descriptor.Close(opened);
        return isLocked;
    }

    private void Close(ref int held)
    {
        if (held >= 0)
        {
            disk.Close(held);
            held = -1;
        }
    }
}

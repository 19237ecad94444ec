using System;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>Keeps other nodes from a directory: an empty file in it, which is locked. One thread.</summary>
internal sealed unsafe class FolderLock(Disk disk, string folder) : IDisposable
{
    private const string Name = "epollsrv.lock";

    // A node that was stopped a moment ago, or `check`, may still hold it.
    private const int Attempts = 20;
    private const int Pause = 50;

    private readonly string _path = folder + "/" + Name;
    private int _descriptor = -1;

    /// <summary>Whether the directory is ours.</summary>
    public bool IsHeld => _descriptor >= 0;

    /// <summary>Takes it, also when it is held but its file was removed, or moved together with the directory.</summary>
    /// <returns>Null, or what is wrong and what to do.</returns>
    public string? Take()
    {
        if (IsHeld && Files.StatusOf(_path, out FileStatus named) == 0 && Files.Status(_descriptor, out FileStatus own) == 0
            && own.IsSameFile(named))
        {
            return null;
        }

        int file = disk.OpenForWriting(_path, truncate: false);
        if (file < 0)
        {
            return DataFolder.Unwritable(_path, file);
        }

        int result = Files.TryLock(file);
        for (int i = 0; i < Attempts && result == -Errno.Again; i++)
        {
            _ = Descriptor.Poll(null, 0, Pause);
            result = Files.TryLock(file);
        }

        if (result < 0)
        {
            disk.Close(file);
            return result == -Errno.Again
                ? folder + ": another node uses this data directory (it has locked " + Name + "). Stop it, or give each node its own --data"
                : _path + ": cannot be locked: " + Errno.Describe(result);
        }

        Dispose();
        _descriptor = file;
        return null;
    }

    /// <summary>Whether a node holds it just now.</summary>
    public bool IsTaken()
    {
        int file = Files.Open(_path, Files.ReadOnly);
        if (file < 0)
        {
            return false;
        }

        bool isLocked = Files.TryLock(file) == -Errno.Again;
        Descriptor.Close(file);
        return isLocked;
    }

    /// <summary>Gives it to others.</summary>
    public void Dispose()
    {
        if (IsHeld)
        {
            disk.Close(_descriptor);
            _descriptor = -1;
        }
    }
}

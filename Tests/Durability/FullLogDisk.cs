using System.Collections.Generic;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Native;

namespace Epollsrv.Tests.Durability;

/// <summary>A disk that takes everything but records while it is full: a log is rotated, and the old file cannot be ended.</summary>
internal sealed unsafe class FullLogDisk : Disk
{
    private readonly Lock _lock = new();
    private readonly HashSet<int> _increments = [];

    /// <summary>Whether records are refused.</summary>
    public bool IsFull { get; set; }

    public override int OpenForWriting(string path, bool truncate)
    {
        int descriptor = base.OpenForWriting(path, truncate);
        lock (_lock)
        {
            _ = path.EndsWith(".incr.aof", System.StringComparison.Ordinal) ? _increments.Add(descriptor) : _increments.Remove(descriptor);
        }

        return descriptor;
    }

    public override nint Write(int descriptor, IoVector* vectors, int count)
    {
        lock (_lock)
        {
            return IsFull && _increments.Contains(descriptor) ? -Errno.NoSpace : base.Write(descriptor, vectors, count);
        }
    }

    public override int Synchronize(int descriptor) => 0;

    public override int SynchronizeFolder(string path) => 0;
}

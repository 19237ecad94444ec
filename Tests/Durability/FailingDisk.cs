using System;
using System.Collections.Generic;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Native;

namespace Epollsrv.Tests.Durability;

/// <summary>Has the n-th call of one kind fail, and perhaps all that follow, until it is cured. Waits for no real disk.</summary>
/// <param name="call">Which kind; null: only counts.</param>
/// <param name="number">The first that fails, from 1.</param>
/// <param name="error">Errno.</param>
/// <param name="lasts">Whether the following ones fail too, and all that write with them.</param>
internal sealed unsafe class FailingDisk(DiskCall? call, int number, int error, bool lasts) : Disk
{
    private readonly Lock _lock = new();
    private readonly HashSet<int> _open = [];
    private readonly int[] _counts = new int[Enum.GetValues<DiskCall>().Length];
    private bool _isArmed;
    private bool _hasHalved;

    /// <summary>Whether a call has failed.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>How many files are open. When the node has ended.</summary>
    public int Open => _open.Count;

    /// <summary>Calls of a kind since <see cref="Arm"/>.</summary>
    public int Count(DiskCall kind) => _counts[(int)kind];

    /// <summary>Counting begins.</summary>
    public void Arm()
    {
        lock (_lock)
        {
            _isArmed = true;
        }
    }

    /// <summary>Nothing fails any more.</summary>
    public void Cure()
    {
        lock (_lock)
        {
            _isArmed = false;
        }
    }

    public override int OpenForWriting(string path, bool truncate)
    {
        int descriptor = Fails(DiskCall.Open) ? -error : base.OpenForWriting(path, truncate);
        lock (_open)
        {
            _ = descriptor >= 0 && _open.Add(descriptor);
        }

        return descriptor;
    }

    public override void Close(int descriptor)
    {
        lock (_open)
        {
            // Before the number is given to another file. A folder's lock is no file that was opened for writing.
            _ = _open.Remove(descriptor);
        }

        base.Close(descriptor);
    }

    public override nint Write(int descriptor, IoVector* vectors, int count)
    {
        if (!Fails(DiskCall.Write))
        {
            return base.Write(descriptor, vectors, count);
        }

        if (_hasHalved || vectors->Length < 2)
        {
            return -error;
        }

        // What a full disk does: part of it is taken, and then nothing.
        _hasHalved = true;
        IoVector half = new() { Base = vectors->Base, Length = vectors->Length / 2 };
        _ = base.Write(descriptor, &half, 1);
        return -error;
    }

    public override int Synchronize(int descriptor) => Fails(DiskCall.Synchronize) ? -error : 0;

    public override int SetLength(int descriptor, long length) =>
        Fails(DiskCall.SetLength) ? -error : base.SetLength(descriptor, length);

    public override int Rename(string from, string to) => Fails(DiskCall.Rename) ? -error : base.Rename(from, to);

    public override int Remove(string path) => Fails(DiskCall.Remove) ? -error : base.Remove(path);

    public override int SynchronizeFolder(string path) => Fails(DiskCall.SynchronizeFolder) ? -error : 0;

    private bool Fails(DiskCall kind)
    {
        lock (_lock)
        {
            if (!_isArmed)
            {
                return false;
            }

            int count = ++_counts[(int)kind];
            bool fails = kind == call && (lasts ? count >= number : count == number);
            HasFailed |= fails;
            return fails;
        }
    }
}

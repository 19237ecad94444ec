using System;

using Epollsrv.Native;
using Epollsrv.Protocol;

namespace Epollsrv.Share;

/// <summary>
/// The hashes of a shared folder's files: what is known, what waits, and the work itself in short slices. Asked by any thread; the work
/// (<see cref="Step"/>) is done by one thread at a time, whoever has the job.
/// </summary>
internal sealed unsafe class FileHashes
{
    // A file written less than this before may be written again without its time of change
    // moving on: kernels stamp by their tick, some file systems by the second, or by two.
    private const long UnsettledNanoseconds = 100_000_000;
    private const long UnsettledSeconds = 2_100_000_000;
    private const long Second = 1_000_000_000;
    private const long ClockSkew = Second;
    private const int UnsettledPause = 50;
    private const byte MostAttempts = 100;

    private readonly SharedFolder _folder;
    private readonly FolderSweep _sweep;
    private readonly object _lock = new();

    // Under the lock.
    private readonly HashCache _cache = new();
    private readonly HashQueue _queue = new();
    private FileHashing _current = new();
    private FileHashing _suspended = new();
    private int _urgent;
    private bool _currentIsUrgent;
    private bool _swap;
    private bool _sweepWanted;
    private bool _sweepAgain;

    /// <summary>Prepares; nothing is hashed before it is wanted.</summary>
    public FileHashes(SharedFolder folder)
    {
        _folder = folder;
        _sweep = new FolderSweep(folder);
    }

    /// <summary>Bytes hashed so far. Written by the job, read in passing.</summary>
    public long HashedBytes { get; private set; }

    /// <summary>Files hashed so far. Written by the job, read in passing.</summary>
    public long HashedFiles { get; private set; }

    /// <summary>Files whose identity is known. In passing.</summary>
    public int Known => _cache.Count;

    /// <summary>Files that wait, not counting those a walk over the folder has still to find. In passing.</summary>
    public int Waiting => _queue.Count + (_current.IsBusy ? 1 : 0) + (_suspended.IsBusy ? 1 : 0);

    /// <summary>Whether there is something to do.</summary>
    public bool HasWork
    {
        get
        {
            lock (_lock)
            {
                return _queue.Count > 0 || _current.IsBusy || _suspended.IsBusy || _sweepWanted;
            }
        }
    }

    /// <summary>All files are to be looked at, one after the other, after those that are asked for.</summary>
    public void WantAll()
    {
        lock (_lock)
        {
            WantSweep();
        }
    }

    /// <summary>A file is to be looked at.</summary>
    public void Want(ReadOnlySpan<byte> name)
    {
        if (FileName.Check(name) == 0)
        {
            lock (_lock)
            {
                Enqueue(name);
            }
        }
    }

    /// <summary>The identity of a file with this status.</summary>
    /// <returns>False when it is not known yet; it is hashed then.</returns>
    public bool TryIdentify(ReadOnlySpan<byte> name, in FileStatus status, SharedIdentity* identity)
    {
        lock (_lock)
        {
            HashRecord* record = _cache.Find(status);
            if (record == null)
            {
                if (!IsUnderWay(status))
                {
                    Enqueue(name);
                }

                return false;
            }

            *identity = record->Identity;
            return true;
        }
    }

    /// <summary>The identity and the pieces' hashes of a file with this status.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="status">Its status.</param>
    /// <param name="identity">Receives the identity.</param>
    /// <param name="state">Goes to <paramref name="add"/>.</param>
    /// <param name="add">Takes the list's bytes; called under the lock, must be short.</param>
    /// <returns>0; −EAGAIN: it is hashed now, before others; −ENOBUFS: its list is too long to be kept.</returns>
    public int Describe(ReadOnlySpan<byte> name, in FileStatus status, SharedIdentity* identity, object state, delegate*<object, byte*, int,
        void> add)
    {
        lock (_lock)
        {
            HashRecord* record = _cache.Find(status);
            if (record != null && (record->List != null || record->ListBytes > HashCache.MostListBytes))
            {
                *identity = record->Identity;
                if (record->List == null)
                {
                    return -Errno.NoBuffers;
                }

                add(state, record->List, (int)record->ListBytes);
                return 0;
            }

            if (_suspended.IsBusy && status.IsSame(_suspended.Status))
            {
                _swap = true;
            }
            else if (!IsUnderWay(status) && _queue.Add(name, first: true))
            {
                _urgent = Math.Min(_urgent + 1, _queue.Count);
            }

            return -Errno.Again;
        }
    }

    /// <summary>Works for a while. One thread at a time.</summary>
    /// <param name="until">When to stop, nanoseconds of the monotonic clock.</param>
    /// <returns>0: nothing is left to do; −1: there is more; above: there is more, but not before so many milliseconds.</returns>
    public int Step(long until)
    {
        do
        {
            Choose();
            if (_current.IsBusy)
            {
                Hash();
                continue;
            }

            int result = BeginNext();
            if (result != -1)
            {
                return result;
            }
        }
        while (Clock.Monotonic() < until);
        return -1;
    }

    // What somebody waits for comes before what only has to be done some time.
    private void Choose()
    {
        lock (_lock)
        {
            bool suspend = _current.IsBusy && !_suspended.IsBusy && !_currentIsUrgent && _urgent > 0;
            bool resume = _suspended.IsBusy && (_swap || (!_current.IsBusy && _urgent == 0));
            if (suspend || resume)
            {
                (_current, _suspended) = (_suspended, _current);
                _currentIsUrgent = resume && _swap;
                _swap = false;
            }
        }
    }

    private void Hash()
    {
        int result = _current.Step(out int done);
        HashedBytes += done;
        if (result == 0)
        {
            return;
        }

        lock (_lock)
        {
            FileStatus status = _current.Status;
            byte* list = _current.End();
            _currentIsUrgent = false;
            if (result == 1)
            {
                HashedFiles++;
                _cache.Add(status, _current.Identity, list);
            }
            else
            {
                System.Runtime.InteropServices.NativeMemory.Free(list);
            }
        }
    }

    // −1: go on; else what Step answers.
    private int BeginNext()
    {
        Span<byte> name = stackalloc byte[FileName.Maximum];
        int length;
        byte attempts;
        bool urgent;
        bool walks;
        lock (_lock)
        {
            length = _queue.Take(name, out attempts);
            urgent = length > 0 && _urgent > 0;
            _urgent -= urgent ? 1 : 0;
            walks = length == 0 && _sweepWanted;
        }

        if (walks && (length = _sweep.Next(name)) == 0)
        {
            lock (_lock)
            {
                _sweepWanted = _sweepAgain;
                _sweepAgain = false;
            }
        }

        if (length == 0)
        {
            return walks ? -1 : 0;
        }

        name = name[..length];
        int file = _folder.Open(name, out FileStatus status);
        if (file < 0)
        {
            return -1;
        }

        long now = Clock.Wall();
        bool unsettled = IsUnsettled(status.ChangedNanoseconds, now) || IsUnsettled(status.ModifiedNanoseconds, now);
        lock (_lock)
        {
            HashRecord* record = _cache.Find(status);
            if (!unsettled && (record == null || (urgent && record->List == null)) && !IsUnderWay(status))
            {
                _current.Begin(file, status);
                _currentIsUrgent = urgent;
                return -1;
            }

            if (unsettled && attempts < MostAttempts && _queue.Add(name, first: false, (byte)(attempts + 1)))
            {
                // Somebody is writing it.
                Descriptor.Close(file);
                return UnsettledPause;
            }
        }

        Descriptor.Close(file);
        return -1;
    }

    // A name that finds no room is found by a walk.
    private void Enqueue(ReadOnlySpan<byte> name)
    {
        if (!_queue.Add(name, first: false))
        {
            WantSweep();
        }
    }

    // The walk that is under way may be past it.
    private void WantSweep()
    {
        _sweepAgain |= _sweepWanted;
        _sweepWanted = true;
    }

    private bool IsUnderWay(in FileStatus status)
        => (_current.IsBusy && status.IsSame(_current.Status)) || (_suspended.IsBusy && status.IsSame(_suspended.Status));

    private static bool IsUnsettled(long time, long now) => now - time > -ClockSkew
        && now - time < (time % Second == 0 ? UnsettledSeconds : UnsettledNanoseconds);
}

using System;
using System.Threading;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Journal.Snapshots;

/// <summary>
/// Writes the store as it is at one point in time into a file, beside the requests that change it. One at a time in a store. The thread
/// that calls <see cref="Write"/> goes through the keys and writes; it rests longer than it works, and keeps to a number of bytes a
/// second, when it is told to leave the processors to others.
/// </summary>
internal sealed unsafe class SnapshotWriter
{
    // Between two looks at the clock: about 25 µs of work.
    private const long StepBytes = 16 * 1024;

    // Between two rests, nanoseconds of CPU time: to wait for the disk or the processor is no work. A request that comes meanwhile may have
    // to wait for the processor until the rest begins, because the scheduler lets a thread go on to the end of its time slice, of some
    // milliseconds.
    private const long LongestWork = 25_000;

    /// <summary>How much longer work on the disk's files rests than it works. Where it rested only as long, two processors were busy to
    /// the last, and a request in a hundred waited two to four times as long as without a snapshot. Longer rests than these gained nothing
    /// that could be measured.</summary>
    public const int RestFactor = 3;

    // Bytes beyond which the copies of what was changed are written without a rest, unless half of the buffer is less.
    private const long MostWaiting = 2 << 20;

    // The longest sleep, nanoseconds: what is changed meanwhile waits to be written, and a stop waits for its end.
    private const long LongestPause = 20_000_000;

    private readonly StoreAccess _access;
    private readonly StoreSnapshot _snapshot;
    private readonly SnapshotCollector _collector;
    private readonly Disk _disk;
    private SnapshotFile? _file;
    private long _began;
    private long _working;
    private long _beginHold;
    private int _stopped;
    private bool _isBegun;

    /// <summary>Makes a writer, for one snapshot.</summary>
    public SnapshotWriter(KeyValueStore store, Disk disk)
    {
        _access = new StoreAccess(store);
        _snapshot = new StoreSnapshot(store);
        _collector = new SnapshotCollector(_snapshot, store.PartitionCount);
        _disk = disk;
    }

    /// <summary>Called at the point in time, while all partitions are locked.</summary>
    public Action? AtPoint { get; init; }

    /// <summary>Called after less waits to be written.</summary>
    public Action? Drained { get; init; }

    /// <summary>Most bytes a second; 0: no limit.</summary>
    public long Rate { get; init; }

    /// <summary>Most bytes that should wait to be written.</summary>
    public required long Buffer { get; init; }

    /// <summary>Whether more wait. Any thread.</summary>
    public bool IsBehind => Waiting > Buffer;

    /// <summary>Whether it works as fast as it can.</summary>
    public bool IsUrgent { get; init; }

    /// <summary>Bytes that wait to be written because their keys were changed. Any thread.</summary>
    public long Waiting => _collector.Waiting;

    /// <summary>Most bytes that ever waited.</summary>
    public long Peak => _collector.Peak;

    /// <summary>Keys saved so far, and keys there are. Any thread.</summary>
    public long SavedKeys => _file?.Keys ?? 0;

    /// <summary>Keys there were at the point in time.</summary>
    public long Keys { get; private set; }

    /// <summary>Bytes of the file.</summary>
    public long Length => _file?.Length ?? 0;

    /// <summary>The longest time a lock was held, nanoseconds of CPU time: of one partition, or of all at the point in time. Any
    /// thread.</summary>
    public long LongestHold => Math.Max(_snapshot.LongestHold, Volatile.Read(ref _beginHold)); // pairs with TryBegin

    /// <summary>Why there is no file, for a person; null: there is one.</summary>
    public string? Error { get; private set; }

    /// <summary>Whether there is no file although nothing failed: it was stopped, or keys that it had to save were flushed. The thread of
    /// <see cref="Write"/>.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>Has <see cref="Write"/> give up soon. Any thread.</summary>
    public void Stop() => Volatile.Write(ref _stopped, 1); // pairs with Work

    /// <summary>Whether it is to give up. Any thread.</summary>
    public bool IsStopped => Volatile.Read(ref _stopped) != 0; // pairs with Stop

    // Whether somebody waits, or nothing comes of it.
    private bool IsHurried => IsUrgent || (_isBegun && _snapshot.IsAborted);

    /// <summary>Writes the file, which is on the disk when this returns true. Its name is not yet.</summary>
    public bool Write(string path, SnapshotNotes notes)
    {
        bool saved = false;
        try
        {
            _collector.GetReady(_access.Store.UsedMemory);
            if (!TryBegin())
            {
                Error = "another snapshot is under way";
                return false;
            }

            saved = Save(path, notes);
        }
        finally
        {
            // Whatever happened: the store must not go on to save what nobody takes.
            EndSnapshot();
            _collector.Drop();
        }

        bool isStopped = IsStopped;
        bool hasFailed = _file!.Error != 0 || _collector.IsOutOfMemory;
        IsGivenUp = !saved && (isStopped || !hasFailed);
        Error = saved ? null
            : isStopped ? "it was stopped"
            : _file.Error != 0 ? "cannot write " + path + ": " + Errno.Describe(_file.Error)
            : _collector.IsOutOfMemory ? "no memory for what is changed during a snapshot"
            : "keys were flushed meanwhile";
        return saved;
    }

    private bool TryBegin()
    {
        _access.LockPartitions(_access.Store.AllPartitions);
        long locked = Clock.ThreadCpuTime();
        _isBegun = _snapshot.TryBegin(_access, SnapshotCollector.Consumer, _collector);
        if (_isBegun)
        {
            Keys = _access.Store.Counters.Keys;
            AtPoint?.Invoke();
        }

        Volatile.Write(ref _beginHold, Clock.ThreadCpuTime() - locked); // pairs with LongestHold
        _access.UnlockAll();
        return _isBegun;
    }

    private bool Save(string path, SnapshotNotes notes)
    {
        _file = new SnapshotFile(_disk, path, Rest);
        _working = Clock.ThreadCpuTime();
        _file.AddNotes(notes, _access.Store.Uniques.Last);
        _began = Clock.Monotonic();
        SnapshotProgress progress = Work(_file);
        EndSnapshot();
        bool saved = progress == SnapshotProgress.Saved;
        if (saved)
        {
            WriteLast(_file);
            saved = _file.Finish() == 0;
        }
        else
        {
            _file.Close();
        }

        return saved;
    }

    private void EndSnapshot()
    {
        if (_isBegun)
        {
            _snapshot.Abort();
            while (_snapshot.SaveSome(_access, StepBytes) == SnapshotProgress.More)
            {
            }

            _snapshot.End();
            _isBegun = false;
        }
    }

    private SnapshotProgress Work(SnapshotFile file)
    {
        while (true)
        {
            if (file.Error != 0 || Volatile.Read(ref _stopped) != 0) // pairs with Stop
            {
                _snapshot.Abort();
            }

            SnapshotProgress progress = _snapshot.SaveSome(_access, StepBytes);
            WriteWaiting(file);
            if (progress != SnapshotProgress.More)
            {
                return progress;
            }

            KeepRate(file);
        }
    }

    private void WriteWaiting(SnapshotFile file)
    {
        while (_collector.Take() is { } piece)
        {
            WritePiece(file, piece);
        }
    }

    // The pieces that no partition has filled. No change waits for them: the store is done with the snapshot.
    private void WriteLast(SnapshotFile file)
    {
        _collector.SealAll();
        while (_collector.Take() is { } piece)
        {
            KeepRate(file);
            WritePiece(file, piece);
        }
    }

    private void WritePiece(SnapshotFile file, SnapshotPiece piece)
    {
        file.Write(piece);
        _collector.Recycle(piece);
        Drained?.Invoke();
    }

    // Between any two pieces of work; not while changes come faster than they are written.
    private void Rest()
    {
        long work = Clock.ThreadCpuTime() - _working;
        if (work >= LongestWork && !IsHurried && _collector.Waiting < Math.Min(MostWaiting, Buffer / 2))
        {
            Clock.Sleep(Math.Min(RestFactor * work, LongestPause));
            _working = Clock.ThreadCpuTime();
        }
    }

    private void KeepRate(SnapshotFile file)
    {
        long until = Rate == 0 || IsHurried ? 0 : _began + (long)(file.Length * 1e9 / Rate);
        long left;
        while ((left = until - Clock.Monotonic()) > 0 && !IsStopped)
        {
            Clock.Sleep(Math.Min(left, LongestPause));
            _working = Clock.ThreadCpuTime();
            if (_isBegun)
            {
                WriteWaiting(file);
            }
        }
    }
}

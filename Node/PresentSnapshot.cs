using System;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Journal.Snapshots;
using Epollsrv.Protocol;

namespace Epollsrv.Node;

/// <summary>The snapshot under way, if any. Any thread.</summary>
internal sealed class PresentSnapshot(NodePersistence persistence, RunningNode node)
{
    private readonly Lock _lock = new();
    private SnapshotWriter? _writer;
    private bool _ends;

    /// <summary>Bytes of changed keys that wait to be written.</summary>
    public long Waiting => Volatile.Read(ref _writer)?.Waiting ?? 0; // pairs with Make and Clear

    /// <summary>Whether clients have to wait for it.</summary>
    public bool IsBehind => Volatile.Read(ref _writer) is { IsBehind: true }; // pairs with Make and Clear

    /// <summary>Most bytes that waited.</summary>
    public long Peak => Volatile.Read(ref _writer)?.Peak ?? 0; // pairs with Make and Clear

    /// <summary>The longest time that it has held a partition's lock, nanoseconds of its thread's CPU time.</summary>
    public long LongestHold => Volatile.Read(ref _writer)?.LongestHold ?? 0; // pairs with Make and Clear

    /// <summary>Whether it ended without a result although nothing failed. The snapshot's thread.</summary>
    public bool IsGivenUp => _writer is { IsGivenUp: true };

    /// <summary>Whether it did so because keys were flushed. The snapshot's thread.</summary>
    public bool IsFlushed => _writer is { IsGivenUp: true, IsStopped: false };

    /// <summary>Makes the writer of the next one. The snapshot's thread.</summary>
    /// <param name="atPoint">Called at its point in time; null: nothing is.</param>
    /// <param name="isUrgent">Whether a thread waits for it.</param>
    /// <param name="disk">What it is written to; null: the node's.</param>
    public SnapshotWriter Make(Action? atPoint, bool isUrgent, Disk? disk = null)
    {
        SnapshotWriter writer = new(node.Store, disk ?? persistence.Disk)
        {
            AtPoint = atPoint,
            Drained = NoteDrained,
            Rate = persistence.Settings.Rate,

            // For replicas it is given up instead: a small node would never come to its end.
            Buffer = disk is null ? node.SnapshotBuffer : persistence.Settings.SnapshotBuffer,
            IsUrgent = isUrgent,
        };
        lock (_lock)
        {
            Volatile.Write(ref _writer, writer); // pairs with Waiting
            if (_ends)
            {
                writer.Stop();
            }
        }

        return writer;
    }

    /// <summary>It is over.</summary>
    public void Clear() => Volatile.Write(ref _writer, null); // pairs with Waiting

    /// <summary>Has it end soon, without a result.</summary>
    public void Stop() => Volatile.Read(ref _writer)?.Stop(); // pairs with Make and Clear

    /// <summary>The same, for all that come.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ends = true;
            Stop();
        }
    }

    /// <summary>All have ended; one more may come.</summary>
    public void AllowLast()
    {
        lock (_lock)
        {
            _ends = false;
        }
    }

    /// <summary>Says how far it is.</summary>
    public void Describe(ref PersistenceStatus status)
    {
        SnapshotWriter? writer = Volatile.Read(ref _writer); // pairs with Make and Clear
        status.SnapshotBytes = writer?.Waiting ?? 0;
        status.SavedKeys = writer?.SavedKeys ?? 0;
        status.KeysToSave = writer?.Keys ?? 0;
    }

    private void NoteDrained()
    {
        if (persistence.Log is { } log)
        {
            persistence.Reporter.Limit(log);
        }
    }
}

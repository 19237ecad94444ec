using System.Threading;
using Epollsrv.Journal;

namespace Epollsrv.Node;

/// <summary>How the data are kept on disk. What CONFIG SET may change is read anew each time it is needed.</summary>
internal sealed class DataSettings
{
    private bool _logsChanges = true;

    /// <summary>The directory; null: nothing is kept.</summary>
    public string? Folder { get; set; }

    /// <summary>Whether changes are to be logged (CONFIG SET appendonly).</summary>
    public bool LogsChanges
    {
        get => Volatile.Read(ref _logsChanges); // pairs with the set
        set => Volatile.Write(ref _logsChanges, value);
    }

    /// <summary>The same for the node's start: it reads what there is in any case, and turns the log off then.</summary>
    public bool LogsAtStart { get; set; } = true;

    /// <summary>
    /// Nanoseconds between two synchronizations of the log, or <see cref="ChangeLog.Always"/>, or <see cref="ChangeLog.Never"/>.
    /// </summary>
    public long Interval { get; set; } = 1_000_000_000;

    /// <summary>By how much the log must have grown, in percent of what it was, before it is written anew; 0: never by itself.</summary>
    public long RewritePercentage { get; set; } = 100;

    /// <summary>Bytes that the log must have before it is written anew by itself.</summary>
    public long RewriteMinSize { get; set; } = 64L << 20;

    /// <summary>Most bytes a second that a snapshot is written with; 0: no limit.</summary>
    public long Rate { get; set; }

    /// <summary>Most bytes that are cut off from a damaged end of the log.</summary>
    public long Repair { get; set; } = LogRepair.DefaultLimit;

    /// <summary>Bytes of records that may wait before clients have to.</summary>
    public long LogBuffer { get; set; } = 64L << 20;

    /// <summary>Bytes of changed keys that a snapshot may keep before clients have to wait.</summary>
    public long SnapshotBuffer { get; set; } = 32L << 20;

    /// <summary>When dump.rdb is saved by itself. Replaced as a whole.</summary>
    public SavePoint[] SavePoints { get; set; } = [];

    /// <summary>Whether writes are refused while dump.rdb cannot be saved by itself.</summary>
    public bool StopsOnSaveError { get; set; } = true;

    /// <summary>Whether keys whose values are no strings are left out when a file is loaded.</summary>
    public bool SkipsOtherTypes { get; set; }
}

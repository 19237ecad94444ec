using Epollsrv.Store;

namespace Epollsrv.Journal.Snapshots;

/// <summary>A piece of an RDB file: keys of one database, the last of them perhaps with a value that lies elsewhere.</summary>
internal sealed unsafe class SnapshotPiece
{
    /// <summary>The next one in a list.</summary>
    public SnapshotPiece? Next;

    /// <summary>The database of the keys.</summary>
    public int Database;

    /// <summary>Keys in it.</summary>
    public int Keys;

    /// <summary>The keys, as the file has them.</summary>
    public RecordBuffer Bytes;

    /// <summary>A pinned value whose bytes follow; null: none.</summary>
    public LargeValue* Value;

    /// <summary>Bytes of memory that it keeps from being used or freed.</summary>
    public long KeptBytes => Bytes.Capacity + (Value == null ? 0 : Value->Length);
}

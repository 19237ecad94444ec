namespace Epollsrv.Journal.Snapshots;

/// <summary>What an RDB file says of itself.</summary>
internal sealed class SnapshotNotes
{
    /// <summary>The version of Redis whose form it has.</summary>
    public required byte[] Version { get; init; }

    /// <summary>Bytes that the keys took.</summary>
    public long UsedMemory { get; init; }

    /// <summary>The position of the log at the point in time; −1: there is no log.</summary>
    public long Position { get; set; } = -1;

    /// <summary>For replicas: the history that the position is one of; null: for nobody.</summary>
    public byte[]? History { get; set; }

    /// <summary>The database that the log's records behind it begin with, unless they say so themselves.</summary>
    public int Database { get; set; }

    /// <summary>Whether it is the base of a log.</summary>
    public bool IsBase { get; init; }
}

namespace Epollsrv.Protocol;

/// <summary>
/// The node's part in replication, as of a moment: what INFO, ROLE and the metrics show, without the list of replicas. Times in seconds;
/// −1: never, or not now.
/// </summary>
internal struct ReplicationStatus
{
    /// <summary>Whether it follows a master.</summary>
    public bool IsReplica;

    /// <summary>Sentinel prefers replicas with a lower one (replica-priority).</summary>
    public long Priority;

    /// <summary>Whether clients of a replica may not write.</summary>
    public bool IsReadOnly;

    /// <summary>The history that the data belong to: 40 hexadecimal digits.</summary>
    public byte[] History;

    /// <summary>The history that they belonged to before; null: none.</summary>
    public byte[]? PreviousHistory;

    /// <summary>The first position that is not of the previous history; −1: there is none.</summary>
    public long PreviousEnd;

    /// <summary>Bytes of the history so far.</summary>
    public long Position;

    /// <summary>The master's name or address; null: there is none.</summary>
    public byte[]? MasterHost;

    /// <summary>The master's port.</summary>
    public int MasterPort;

    /// <summary>How far the link to it is.</summary>
    public LinkState Link;

    /// <summary>Since the master was last heard.</summary>
    public long SinceHeard;

    /// <summary>Since the link broke.</summary>
    public long SinceBroken;

    /// <summary>Bytes of the master's snapshot that have arrived, and all if it said how many; −1: it did not.</summary>
    public long SnapshotRead;

    /// <summary>All bytes of that snapshot.</summary>
    public long SnapshotLength;
}

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// What a connection is as a replica, or will be when it has said what it can (REPLCONF). Pooled memory of its session. Changed and read by
/// other threads only under the lock of <see cref="Replicas"/>, in whose list it is from PSYNC on; what has no such remark belongs to the
/// connection's owner.
/// </summary>
internal unsafe struct Replica
{
    /// <summary>Bytes of the longest address that a replica may give (REPLCONF ip-address).</summary>
    public const int LongestAddress = 255;

    /// <summary>Bytes of pooled memory.</summary>
    public int Capacity;

    /// <summary>The port that it listens at, as it says; 0: it has not said.</summary>
    public int Port;

    /// <summary>Bytes of <see cref="Address"/>; 0: it has not given one.</summary>
    public int AddressLength;

    /// <summary>The address that it wants others to use.</summary>
    public fixed byte Address[LongestAddress];

    /// <summary>Whether it understands a snapshot whose end is marked (capa eof).</summary>
    public bool KnowsMarks;

    /// <summary>Whether it asked by SYNC: no line with history and position stands before the snapshot.</summary>
    public bool IsPlain;

    /// <summary>Whether it only wants a snapshot (rdb-only).</summary>
    public bool IsBackup;

    /// <summary>Whether it is in the list.</summary>
    public bool IsListed;

    /// <summary>Whether what stands before the snapshot is sent.</summary>
    public bool HasHead;

    /// <summary>Its connection. Under the lock.</summary>
    public ulong Token;

    /// <summary>How far it is. Under the lock.</summary>
    public ReplicaState State;

    /// <summary>The number of the snapshot that it gets. Under the lock.</summary>
    public int Snapshot;

    /// <summary>Bytes of the snapshot that it was given. Under the lock.</summary>
    public long SnapshotOffset;

    /// <summary>The position of the stream that it gets next. Under the lock.</summary>
    public long Position;

    /// <summary>The position that it says it has. Under the lock.</summary>
    public long Acknowledged;

    /// <summary>When it was last heard, monotonic milliseconds. Under the lock.</summary>
    public long HeardAt;

    /// <summary>Since when, in monotonic milliseconds, what it takes of the snapshot is counted from <see cref="PacedFrom"/>. Event loop.
    /// </summary>
    public long PacedSince;

    /// <summary>The <see cref="SnapshotOffset"/> at that time. Event loop.</summary>
    public long PacedFrom;

    /// <summary>Since when it has been behind the soft limit, monotonic milliseconds; 0: it is not. Under the lock.</summary>
    public long BehindSince;

    /// <summary>1 while it has everything and is to be woken when there is more. Any thread, by interlocked instructions.</summary>
    public int IsIdle;

    /// <summary>The replica before this one. Under the lock.</summary>
    public Replica* Previous;

    /// <summary>The replica after this one. Under the lock.</summary>
    public Replica* Next;
}

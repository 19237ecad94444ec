namespace Epollsrv.Protocol.Resp;

/// <summary>How far a replica is.</summary>
internal enum ReplicaState
{
    /// <summary>It waits until a snapshot begins.</summary>
    Waits,

    /// <summary>A snapshot is being sent.</summary>
    Loads,

    /// <summary>All of the snapshot is sent; the stream begins when the replica says that it has it.</summary>
    Loaded,

    /// <summary>It gets the stream.</summary>
    Online,
}

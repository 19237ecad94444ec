using System;

namespace Epollsrv.Protocol;

/// <summary>The node's part in replication, as the protocols see it. Node derives from it. Any thread.</summary>
internal abstract class Replication
{
    /// <summary>Whether the node follows a master: its clients may not write.</summary>
    public abstract bool IsReplica { get; }

    /// <summary>Whether clients may not write because of that (replica-read-only).</summary>
    public abstract bool RefusesWrites { get; }

    /// <summary>Whether clients may not even read, because the data may be old (replica-serve-stale-data).</summary>
    public abstract bool RefusesReads { get; }

    /// <summary>Whether the master's snapshot is being loaded: there are only some of the data.</summary>
    public abstract bool IsLoading { get; }

    /// <summary>Nanoseconds since the master was last heard; the largest number: the link is down. 0: there is no master.</summary>
    public abstract long Lag { get; }

    /// <summary>Why a write is refused and where it is to go, for a person; empty: it is not.</summary>
    public abstract ReadOnlySpan<byte> Refusal { get; }

    /// <summary>What INFO and ROLE show.</summary>
    public abstract ReplicationStatus Status { get; }

    /// <summary>Whether a master may be named so.</summary>
    public abstract bool IsHost(ReadOnlySpan<byte> host);

    /// <summary>Begins to follow a master, instead of another one or of none; the data become the master's when it answers.</summary>
    /// <param name="host">Its name or address.</param>
    /// <param name="port">Its port.</param>
    /// <returns>False: it was followed already.</returns>
    public abstract bool Follow(byte[] host, int port);

    /// <summary>How far FAILOVER is.</summary>
    public abstract FailoverState Failover { get; }

    /// <summary>Whether one is under way: nobody else may change the role then.</summary>
    public bool IsFailingOver => Failover != FailoverState.None;

    /// <summary>Begins to hand the part of the master over.</summary>
    /// <returns>False: that is under way, or cannot be done.</returns>
    public abstract bool TryBeginFailover(FailoverRequest request);

    /// <summary>Gives that up. Not on the event loop.</summary>
    /// <returns>False: none is under way.</returns>
    public abstract bool AbortFailover();

    /// <summary>Follows nobody any more: the data stay, clients may write, and a new history begins here.</summary>
    public abstract void Lead();
}

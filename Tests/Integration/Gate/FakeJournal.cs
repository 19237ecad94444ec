using System;
using System.Collections.Concurrent;
using System.Threading;

using Epollsrv.Engine;

namespace Epollsrv.Tests.Integration.Gate;

/// <summary>
/// Stands for the log of a node in the test's process: the test says which position
/// requests have to wait for, all or one connection's, and moves the position that is safe.
/// </summary>
internal sealed unsafe class FakeJournal : IDisposable
{
    private static readonly ConcurrentDictionary<Server, FakeJournal> _journals = [];

    private readonly NodeUnderTest _node;
    private readonly ConcurrentDictionary<long, long> _ofConnections = [];
    private long _ofAll;

    /// <summary>Turns the node's gate on.</summary>
    public FakeJournal(NodeUnderTest node)
    {
        _node = node;
        _journals[node.Server] = this;
        Gate.Source->Observed = &Observed;
        Volatile.Write(ref Gate.Source->IsOn, 1);
    }

    public ReplyGate Gate => _node.Server.Gate;

    /// <summary>All requests that end from now on wait for a position.</summary>
    public void HoldAll(long position) => Volatile.Write(ref _ofAll, position);

    /// <summary>Those of one connection do.</summary>
    public void Hold(long connection, long position) => _ofConnections[connection] = position;

    /// <summary>The log is safe up to there.</summary>
    public void Move(long position) => Gate.Publish(position);

    /// <summary>Waits until so many connections are held.</summary>
    public void UntilHeld(int count) => NodeUnderTest.Until(() => Gate.Waiting == count, "held connections");

    /// <summary>Waits until no connection is held and no byte counts as held.</summary>
    public void UntilNothingIsHeld() =>
        NodeUnderTest.Until(() => Gate.Waiting == 0 && _node.Server.Buffers.HeldBack == 0, "nothing is held");

    public void Dispose()
    {
        Volatile.Write(ref Gate.Source->IsOn, 0);
        Gate.Publish(long.MaxValue - 1);
    }

    private static long Observed(ThreadContext thread, bool forget)
    {
        FakeJournal journal = _journals[thread.Server];
        long position = thread.Connection != null && journal._ofConnections.TryGetValue(thread.Connection->Identifier, out long own) ? own
            : 0;
        return Math.Max(position, Volatile.Read(ref journal._ofAll));
    }
}

using System;
using System.Threading;

using Epollsrv.Engine;
using Epollsrv.Protocol;
using Epollsrv.Store;

namespace Epollsrv.Tests.Integration.Gate;

/// <summary>
/// Stands for the log of a node in the test's process, as far as positions go: each change takes
/// the next one, and the test moves the position that is safe. One at a time in a process.
/// </summary>
internal sealed unsafe class PositionJournal : IDisposable
{
    private static long _end;

    private readonly NodeUnderTest _node;

    /// <summary>Turns the node's gate on. No key has changed before.</summary>
    public PositionJournal(NodeUnderTest node)
    {
        _node = node;
        _end = 0;
        Store.Positions = new PositionTable();
        Store.Observers->Journal = &Append;
        Store.Observers->GroupEnded = &EndGroup;
        Store.Observe(ObserverKinds.Journal, true);
        Gate.Source->Observed = &ProtocolContext.Observed;
        Volatile.Write(ref Gate.Source->IsOn, 1);
    }

    private KeyValueStore Store => ((InProcessNode)_node).Node.Store;

    private ReplyGate Gate => _node.Server.Gate;

    /// <summary>The log is safe up to all changes made so far.</summary>
    public void Settle() => Gate.Publish(Volatile.Read(ref _end));

    /// <summary>Waits until so many connections are held.</summary>
    public void UntilHeld(int count) => NodeUnderTest.Until(() => Gate.Waiting == count, "held connections");

    public void Dispose()
    {
        Volatile.Write(ref Gate.Source->IsOn, 0);
        Gate.Publish(long.MaxValue - 1);
    }

    private static void Append(StoreAccess access, Effect* effect)
    {
        PositionTable table = access.Store.Positions!;
        long position = Interlocked.Increment(ref _end);
        table.End = position;
        if (effect->Kind is EffectKind.Flush or EffectKind.Swap)
        {
            access.Observed.Flush(table, position);
        }
        else
        {
            access.Observed.Write(table, effect->Hash, position, isAsked: true);
        }
    }

    private static void EndGroup(StoreAccess access)
    {
    }
}

using System;
using Epollsrv.Engine;

namespace Epollsrv.Node;

/// <summary>What the event loop does from time to time for a node. All of it short: the work itself is done by jobs.</summary>
internal static class NodeTick
{
    /// <summary>For <see cref="ServerOptions.Tick"/>.</summary>
    /// <returns>Milliseconds until the next, or 0 while there is nothing to look after.</returns>
    public static int Run(Server server)
    {
        RunningNode node = RunningNode.Of(server);
        int next = Sooner(node.Expiry.Tick(node), node.Leases.Tick(node));
        next = Sooner(next, node.Replication.Tick());
        next = node.Persistence is { } persistence ? Sooner(next, persistence.Tick()) : next;
        next = Sooner(next, node.Feed.Tick());
        next = Sooner(next, node.DelayedFlush.Tick(node));
        next = node.ServiceManager is { } manager ? Sooner(next, manager.Tick()) : next;
        return node.Share is { } share ? Sooner(next, share.Hashing.Tick()) : next;
    }

    private static int Sooner(int left, int right) => left == 0 ? right : right == 0 ? left : Math.Min(left, right);
}

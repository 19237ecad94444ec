using System;
using Epollsrv.Engine;
using Epollsrv.Protocol;

namespace Epollsrv.Commands;

/// <summary>What the event loop does from time to time for a node. All of it short: the work itself is done by jobs.</summary>
internal static class NodeTick
{
    /// <summary>For <see cref="ServerOptions.Tick"/>.</summary>
    /// <returns>Milliseconds until the next, or 0 while there is nothing to look after.</returns>
    public static int Run(Server server)
    {
        NodeServices services = (NodeServices)server.Services!;
        int next = Sooner(BackgroundExpiry.Tick(server), LeaseExpiry.Tick(server, services));
        return services.ShareOwner is NodeShare share ? Sooner(next, share.HashingTick()) : next;
    }

    private static int Sooner(int left, int right) => left == 0 ? right : right == 0 ? left : Math.Min(left, right);
}

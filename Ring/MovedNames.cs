using System;

namespace Epollsrv.Ring;

/// <summary>Which names belong to other nodes after a change of the ring.</summary>
internal static class MovedNames
{
    /// <summary>The names that a node of the earlier ring had, and that do not belong to it in the present one.</summary>
    /// <param name="names">All names.</param>
    /// <param name="before">Knows the earlier ring.</param>
    /// <param name="now">Knows the present one.</param>
    /// <param name="node">The node's index in the earlier ring.</param>
    public static NameSet Of(NameSet names, RingClient before, RingClient now, int node)
    {
        PeerAddress address = before.Nodes[node];
        NameSet moved = new();
        for (int place = 0; place < names.Capacity; place++)
        {
            if (names.TryAt(place, out ReadOnlySpan<byte> name) && IsFor(before, name, address) && !IsFor(now, name, address))
            {
                _ = moved.Add(name);
            }
        }

        return moved;
    }

    private static bool IsFor(RingClient client, ReadOnlySpan<byte> name, PeerAddress node)
    {
        int owner = client.Map.Owner(name);
        int replica = client.Map.Replica(owner);
        return client.Nodes[owner].Endpoint == node.Endpoint || (replica >= 0 && client.Nodes[replica].Endpoint == node.Endpoint);
    }
}

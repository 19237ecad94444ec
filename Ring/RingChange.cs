using System;

namespace Epollsrv.Ring;

/// <summary>What nodes of a ring have to forget after a change of the list of nodes.</summary>
internal static class RingChange
{
    /// <summary>Withdraws names from nodes of the earlier ring that they do not belong to any more. What a node misses, and what it had
    /// missed before, it is told when it returns, if it is still in the list.</summary>
    /// <param name="names">All names.</param>
    /// <param name="before">Knows the earlier ring.</param>
    /// <param name="roundsBefore">Its rounds.</param>
    /// <param name="now">Knows the present ring.</param>
    /// <param name="rounds">Its rounds.</param>
    /// <param name="until">Nothing is started after this moment, nanoseconds of the monotonic clock.</param>
    public static void Withdraw(
        NameSet names, RingClient before, RegistrationRounds roundsBefore, RingClient now, RegistrationRounds rounds, long until)
    {
        for (int node = 0; node < before.Nodes.Length; node++)
        {
            PeerAddress address = before.Nodes[node];
            using NameSet moved = Moved(names, before, now, address);
            if (before.IsOpen(node))
            {
                _ = roundsBefore.Run(RingVerb.Withdraw, moved, node, false, until);
            }
            else
            {
                roundsBefore.Owe(node, moved);
            }

            int place = Array.FindIndex(now.Nodes, other => other.Endpoint == address.Endpoint);
            if (place >= 0)
            {
                rounds.TakeOver(place, roundsBefore, node);
            }
        }
    }

    private static NameSet Moved(NameSet names, RingClient before, RingClient now, PeerAddress node)
    {
        NameSet moved = new();
        for (int place = 0; place < names.Capacity; place++)
        {
            if (names.TryAt(place, out ReadOnlySpan<byte> name) && IsFor(before, name, node) && !IsFor(now, name, node))
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

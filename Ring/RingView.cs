using System;
using System.Text;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>
/// A ring as one of its nodes sees it. Its nodes never change: a ring that changes is another view, published as a whole. Any thread.
/// </summary>
/// <param name="nodes">All nodes in the order of server.conf, as they are announced.</param>
/// <param name="self">The own index, from 0.</param>
internal sealed class RingView(PeerAddress[] nodes, int self)
{
    /// <summary>All nodes in the order of server.conf, as they are announced.</summary>
    public PeerAddress[] Nodes { get; } = nodes;

    /// <summary>The own index in <see cref="Nodes"/>.</summary>
    public int Self { get; } = self;

    /// <summary>What was known of each node when they were last looked after.</summary>
    public PeerState[] Peers { get; } = PeerState.Of(nodes);

    /// <summary>Whether a node answered when the nodes were last looked after; this one always does.</summary>
    public bool IsUp(int node) => node == Self || Peers[node].IsUp;

    /// <summary>
    /// A number by which nodes find out whether they have the same list: equal for the same nodes in the same order, written in the same
    /// way. Never 0.
    /// </summary>
    public uint Fingerprint()
    {
        StringBuilder list = new();
        foreach (PeerAddress node in Nodes)
        {
            _ = list.Append(node.Endpoint.ToLowerInvariant()).Append('\n');
        }

        return Math.Max(1, RingHash.Compute(Encoding.UTF8.GetBytes(list.ToString())));
    }
}

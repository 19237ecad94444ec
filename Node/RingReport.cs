using System;
using System.Text;
using Epollsrv.Ring;

namespace Epollsrv.Node;

/// <summary>The metrics of the ring's nodes in /metrics, as a node that shares files sees them. Workers only.</summary>
internal static class RingReport
{
    private delegate long Reading(PeerState peer);

    /// <summary>Adds families; none where there is no other node.</summary>
    public static void AddMetrics(NodeShare share, in MetricsWriter metrics)
    {
        if (share.Ring is not { Nodes.Length: > 1 } ring)
        {
            return;
        }

        PeerAddress[] nodes = ring.Nodes;
        PeerState[] peers = ring.Peers;

        metrics.Family("ring_node_up"u8, "gauge"u8, "1 while the node answers; this node always does."u8);
        for (int i = 0; i < peers.Length; i++)
        {
            Begin(metrics, "ring_node_up"u8, nodes[i]);
            metrics.Label("self"u8, i == ring.Self ? "true"u8 : "false"u8);
            metrics.End(ring.IsUp(i) ? 1 : 0);
        }

        Add(metrics, "ring_node_changes_total"u8, "counter"u8, "Times that the node came or went."u8, nodes, peers, peer => peer.Changes);
        Add(metrics, "ring_node_connections_total"u8, "counter"u8, "Connections opened to the node to register files."u8, nodes, peers,
            peer => peer.Connections);
        Add(metrics, "ring_node_informed"u8, "gauge"u8, "1 while the node has been told of all files of this node."u8, nodes, peers,
            peer => peer.IsSettled ? 1 : 0);
        Add(metrics, "lease_renewals_total"u8, "counter"u8, "Renewals of this node's leases that the node has answered."u8, nodes, peers,
            peer => peer.Renewals);
        Add(metrics, "leases_forgotten_total"u8, "counter"u8, "Times that the node had forgotten this node's leases."u8, nodes, peers,
            peer => peer.Forgotten);
    }

    private static void Add(
        in MetricsWriter metrics, ReadOnlySpan<byte> name, ReadOnlySpan<byte> type, ReadOnlySpan<byte> help, PeerAddress[] nodes,
        PeerState[] peers, Reading read)
    {
        metrics.Family(name, type, help);
        for (int i = 0; i < peers.Length; i++)
        {
            Begin(metrics, name, nodes[i]);
            metrics.End(read(peers[i]));
        }
    }

    private static void Begin(in MetricsWriter metrics, ReadOnlySpan<byte> name, PeerAddress node)
    {
        metrics.Begin(name, "node"u8, default);
        metrics.Body.Add(node.Number);
        metrics.Label("address"u8, default);

        // A host of server.conf may be any text, a path for example: what would end a label is replaced.
        foreach (byte letter in Encoding.UTF8.GetBytes(node.Endpoint))
        {
            metrics.Body.Add(letter is (byte)'"' or (byte)'\\' or < 32 ? (byte)'?' : letter);
        }
    }
}

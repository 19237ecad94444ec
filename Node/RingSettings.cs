using Epollsrv.Ring;

namespace Epollsrv.Node;

/// <summary>Which ring a node belongs to, and which of its nodes it is. Immutable: a ring that changes is another object.</summary>
internal sealed class RingSettings
{
    /// <summary>A ring and one of its nodes.</summary>
    public RingSettings(ServerConf conf, int self)
    {
        Nodes = conf.Nodes;
        Self = self;
    }

    /// <summary>All nodes in the order of server.conf.</summary>
    public PeerAddress[] Nodes { get; }

    /// <summary>This node's index in <see cref="Nodes"/>, from 0.</summary>
    public int Self { get; }

    /// <summary><see cref="RingView.Fingerprint"/>.</summary>
    public uint Fingerprint => new RingView(Nodes, Self).Fingerprint();
}

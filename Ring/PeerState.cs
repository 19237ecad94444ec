using System;

namespace Epollsrv.Ring;

/// <summary>What a <see cref="RegistrationClient"/> knows of one node. Written by the client's thread alone and read by others in passing:
/// each value is whole, all together are not a point in time.</summary>
internal sealed class PeerState
{
    /// <summary>Makes one for each of some nodes.</summary>
    public static PeerState[] Of(PeerAddress[] nodes) => Array.ConvertAll(nodes, _ => new PeerState());

    /// <summary>Whether the node answers.</summary>
    public bool IsUp { get; set; }

    /// <summary>Whether it has been told everything that is registered here.</summary>
    public bool IsSettled { get; set; }

    /// <summary>How often <see cref="IsUp"/> has changed.</summary>
    public long Changes { get; set; }

    /// <summary>Connections that were opened to it.</summary>
    public long Connections { get; set; }

    /// <summary>Renewals of this holder's leases that it has answered.</summary>
    public long Renewals { get; set; }

    /// <summary>Those of them that it had no lease for: it has forgotten everything, and is told again.</summary>
    public long Forgotten { get; set; }
}

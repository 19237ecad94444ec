using System;

namespace Epollsrv.Ring;

/// <summary>Notes for others what a <see cref="RegistrationClient"/> knows of its nodes. The client's thread.</summary>
/// <param name="client">Its connections.</param>
/// <param name="rounds">What the nodes have been told.</param>
/// <param name="peers">Get what is known, one for each node.</param>
internal sealed class PeerStatePublisher(RingClient client, RegistrationRounds rounds, PeerState[] peers)
{
    /// <summary>A node has answered a renewal of the leases.</summary>
    /// <param name="node">Its index.</param>
    /// <param name="forgotten">Whether it knew of none.</param>
    /// <param name="trace">Takes a line about it; null: nobody wants to know.</param>
    public void NoteRenewal(int node, bool forgotten, Action<string>? trace)
    {
        peers[node].Renewals++;
        peers[node].Forgotten += forgotten ? 1 : 0;
        trace?.Invoke(client.Nodes[node].Name + ", " + (forgotten
            ? "has forgotten this node's leases, and is told of all files again" : "has renewed this node's leases"));
    }

    /// <summary>Notes how each node is, when they have been looked after.</summary>
    /// <param name="trace">Takes a line about each change; null: nobody wants to know.</param>
    public void Publish(Action<string>? trace)
    {
        for (int node = 0; node < peers.Length; node++)
        {
            PeerState peer = peers[node];
            bool isUp = client.IsUp(node);
            peer.Changes = client.ChangesOf(node);
            peer.IsUp = isUp;
            bool isSettled = isUp && rounds.IsSettled(node);
            bool isNew = peer.Connections != client.OpeningsOf(node);
            if (isNew || (isSettled && !peer.IsSettled))
            {
                trace?.Invoke(client.Nodes[node].Name + (isNew ? ", has a new connection" : string.Empty)
                    + (isSettled ? ", has been told of all files" : ", has not been told of all files yet"));
            }

            peer.IsSettled = isSettled;
            peer.Connections = client.OpeningsOf(node);
        }
    }
}

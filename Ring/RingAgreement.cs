using System;
using Epollsrv.Native;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>
/// Finds out which nodes of a ring have another list of its nodes than this one, and says so. Nodes of ours tell it in their identity
/// line; a C node is asked once for each connection. Belongs to the thread of its client.
/// </summary>
/// <param name="client">The connections.</param>
/// <param name="fingerprint">Of the own list: <see cref="RingView.Fingerprint"/>; 0: nobody is asked.</param>
/// <param name="warn">Takes a line about a node that disagrees; null to keep silent.</param>
/// <param name="inform">Takes a line about a node that agrees again; null to keep silent.</param>
internal sealed class RingAgreement(RingClient client, uint fingerprint, Action<string>? warn, Action<string>? inform)
{
    private readonly RingOperation?[] _questions = new RingOperation?[client.Nodes.Length];

    // RingClient.OpeningsOf when a node was last asked.
    private readonly int[] _asked = new int[client.Nodes.Length];
    private readonly bool[] _differs = new bool[client.Nodes.Length];

    /// <summary>Asks the nodes that a new connection stands to.</summary>
    /// <param name="again">Ask the other nodes of ours too.</param>
    public void Ask(bool again)
    {
        for (int node = 0; node < _questions.Length && fingerprint != 0; node++)
        {
            RingOperation question = _questions[node] ??= new RingOperation();
            bool isDue = _asked[node] != client.OpeningsOf(node) || (again && question.Kind == PeerKind.Ours);
            if (isDue && client.IsOpen(node) && question.Result != RingResult.Pending)
            {
                _asked[node] = client.OpeningsOf(node);
                client.Start(question.Set(RingVerb.Identify, default, default, node));
            }
        }
    }

    /// <summary>Looks at the answers.</summary>
    public void Judge()
    {
        for (int node = 0; node < _questions.Length; node++)
        {
            if (_questions[node] is { Result: RingResult.Done } question && FingerprintIn(question.Value) is var theirs && theirs != 0
                && (theirs != fingerprint) != _differs[node])
            {
                _differs[node] = !_differs[node];
                if (_differs[node])
                {
                    warn?.Invoke(client.Nodes[node].Name + ": has another list of the ring's nodes than this node, so that files are not"
                        + " found; give all nodes the same file (--conf), and have each read it (SIGHUP)");
                }
                else
                {
                    inform?.Invoke(client.Nodes[node].Name + ": has the same list of the ring's nodes as this node again");
                }
            }
        }
    }

    // 0: the node has no ring, is too old to tell, or wants the password first.
    private static unsafe long FingerprintIn(ReadOnlySpan<byte> identity)
    {
        int start = identity.IndexOf(CsFrame.IdentityRing);
        ReadOnlySpan<byte> digits = start < 0 ? default : identity[(start + CsFrame.IdentityRing.Length)..];
        fixed (byte* data = digits)
        {
            return Numbers.TryParse(data, digits.Length, out long number) ? number : 0;
        }
    }
}

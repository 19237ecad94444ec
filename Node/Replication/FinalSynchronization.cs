using Epollsrv.Engine;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>
/// The end of an orderly stop: when no other connection is left, so that nothing changes any more, the replicas get the rest of the
/// stream, and are waited for until they have it. Event loop only.
/// </summary>
internal sealed class FinalSynchronization(RunningNode node)
{
    private long _position = -1;

    /// <summary>For <see cref="ServerOptions.FinishStop"/>.</summary>
    public static bool IsDone(Server server) => RunningNode.Of(server).FinalSynchronization.IsDone();

    private bool IsDone()
    {
        Replicas replicas = node.Resp.Replicas;
        int online = replicas.CountHeard(long.MinValue);
        if (online == 0)
        {
            return true;
        }

        if (node.Server.Connections.Open > replicas.Count)
        {
            return false;
        }

        if (_position < 0)
        {
            _position = node.Feed.Position;
        }

        replicas.Waiters.Ask(node.Feed, _position);
        return replicas.CountAt(_position) >= online;
    }
}

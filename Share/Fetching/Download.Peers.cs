using System.Collections.Generic;

using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <content>Counting and listing the peers.</content>
internal sealed unsafe partial class Download
{
    /// <summary>The peers that have the file but no list of its pieces: after <see cref="DownloadResult.Plain"/>.</summary>
    public RingNode[] PlainPeers
    {
        get
        {
            List<RingNode> plain = [];
            foreach (PeerSource peer in _peers)
            {
                if (peer.Answer == PeerAnswer.Plain)
                {
                    plain.Add(peer.Node);
                }
            }

            return plain.ToArray();
        }
    }

    private int Count(PeerTest test)
    {
        int count = 0;
        foreach (PeerSource peer in _peers)
        {
            count += test switch
            {
                PeerTest.Ready => peer.IsReady,
                PeerTest.Sender => peer.Sent > 0,
                PeerTest.Undecided => peer.IsUndecided,
                PeerTest.Hashing => peer.Answer == PeerAnswer.Hashing && !peer.IsHopeless,
                PeerTest.Known => peer.Answer == PeerAnswer.Known,
                PeerTest.Plain => peer.Answer == PeerAnswer.Plain,
                PeerTest.Hopeful => !peer.IsHopeless,
                PeerTest.Unfinished => peer.Have is not null && peer.Stage != PeerStage.LeftOut,
                _ => IsCandidate(peer) && peer.Have is null,
            } ? 1 : 0;
        }

        return count;
    }
}

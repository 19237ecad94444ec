using System;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <content>Which of the files that peers have under the name is meant, and what its pieces are.</content>
internal sealed unsafe partial class Download
{
    // A holder that says it is hashing is believed so long.
    private const long HashingPatience = 600 * Second;
    private const long HashingGrace = 1 * Second;

    // Time-outs for the whole list, when another could send it.
    private const int ListPatience = 5;

    private PeerSource? _listPeer;
    private long _listDeadline;
    private bool _hasList;
    private byte[]? _expectedDigest;

    /// <summary>A peer has sent its list.</summary>
    public void ListArrived(PeerSource peer)
    {
        _listPeer = null;
        Span<byte> hash = stackalloc byte[FileIdentity.HashBytes];
        Sha256.Hash(Map!.Hashes, hash);
        _hasList = hash.SequenceEqual(Identity!.List);
        if (!_hasList)
        {
            peer.LeaveOut("sent a wrong list of pieces; left out");
        }
    }

    // Waits until the peers have said what they have, and takes what most of them agree on.
    private DownloadResult Agree()
    {
        bool told = false;
        while (true)
        {
            Turn(Clock.Monotonic() + (50 * Millisecond));
            long waited = Clock.Monotonic() - _began;
            bool undecided = Count(PeerTest.Undecided) > 0;
            bool hashing = Count(PeerTest.Hashing) > 0;
            FileIdentity? best = Vote();
            if (best is not null && (!undecided || waited > Timeout) && (!hashing || waited > HashingGrace))
            {
                Take(best);
                return DownloadResult.Done;
            }

            if (best is null && !undecided && (!hashing || waited > HashingPatience))
            {
                return Disagree(hashing);
            }

            if (hashing && !told && waited > HashingGrace)
            {
                told = true;
                Warn(DisplayName + ": its holder is still hashing it; waiting");
            }
        }
    }

    private DownloadResult Disagree(bool hashing)
    {
        int known = Count(PeerTest.Known);
        if (_options.Digest is not null || known > 0 || hashing)
        {
            Warn(DisplayName + (hashing ? ": its holder did not finish hashing it" : ": no peer has it with this digest"));
            return DownloadResult.Failed;
        }

        if (Count(PeerTest.Plain) > 0)
        {
            return DownloadResult.Plain;
        }

        foreach (PeerSource peer in _peers)
        {
            if (peer.Answer == PeerAnswer.Missing)
            {
                Warn(peer.Node.Endpoint + ": cannot send " + DisplayName);
            }
        }

        Warn(DisplayName + ": no peer sent it");
        return DownloadResult.Failed;
    }

    // The identity with the most votes: of those who have all of the file, if there are any; the first of several in the ring's order.
    private FileIdentity? Vote()
    {
        bool whole = Count(PeerTest.Whole) > 0;
        FileIdentity? best = null;
        int most = 0;
        foreach (PeerSource peer in _peers)
        {
            int votes = 0;
            foreach (PeerSource other in _peers)
            {
                votes += Counts(other, whole) && other.Identity!.Same(peer.Identity) ? 1 : 0;
            }

            if (votes > most)
            {
                most = votes;
                best = peer.Identity;
            }
        }

        return best;
    }

    private bool Counts(PeerSource peer, bool whole) => IsCandidate(peer) && (peer.Have is null || !whole)
        && (_options.Digest is null || (peer.Digest is not null && peer.Digest.AsSpan().SequenceEqual(_options.Digest)));

    private static bool IsCandidate(PeerSource peer) => peer.Answer == PeerAnswer.Known && peer.Stage != PeerStage.LeftOut;

    private void Take(FileIdentity identity)
    {
        Identity = identity;
        Map = new PieceMap(identity);
        int most = 0;
        foreach (PeerSource peer in _peers)
        {
            if (peer.Answer == PeerAnswer.Known && !identity.Same(peer.Identity))
            {
                peer.LeaveOut(OtherText(peer.Identity!));
            }

            // The digest that most of them name.
            int votes = 0;
            foreach (PeerSource other in _peers)
            {
                votes += peer.Digest is not null && other.Digest is not null && identity.Same(other.Identity) && other.Digest.AsSpan().SequenceEqual(peer.Digest) ? 1 : 0;
            }

            if (votes > most && identity.Same(peer.Identity))
            {
                most = votes;
                _expectedDigest = peer.Digest;
            }
        }

        _expectedDigest = _options.Digest ?? _expectedDigest;
    }

    // The list of the pieces' hashes, from whoever has a right one.
    private bool FetchList()
    {
        _hasList = Map!.Count == 0;
        while (!_hasList && _failure == 0)
        {
            if (_listPeer is { OwesList: true } slow && Clock.Monotonic() > _listDeadline && Count(PeerTest.Ready) > (slow.IsReady ? 1 : 0))
            {
                // A byte now and then would hold up everything for ever.
                slow.GiveUp();
            }

            // One at a time: another's bytes must not come into the list after it was verified.
            if (_listPeer is null || !(_listPeer.IsReady || _listPeer.OwesList))
            {
                _listPeer = null;
                foreach (PeerSource peer in _peers)
                {
                    if (peer.IsReady && (_listPeer is null || peer.Failures < _listPeer.Failures))
                    {
                        _listPeer = peer;
                    }
                }

                if (_listPeer is null && Count(PeerTest.Hopeful) == 0)
                {
                    return NobodyLeft();
                }

                _listDeadline = Clock.Monotonic() + (ListPatience * Timeout);
                if (_listPeer is not null && !_listPeer.Ask(PeerQuestionKind.List, -1, Clock.Monotonic()))
                {
                    _listPeer = null;
                }
            }

            Turn(Clock.Monotonic() + (50 * Millisecond));
        }

        return _failure == 0;
    }

    private bool NobodyLeft()
    {
        Warn(DisplayName + ": no peer is left that could send it" + Kept());
        return false;
    }
}

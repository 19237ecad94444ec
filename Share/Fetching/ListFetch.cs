using System;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>The list of the pieces' hashes, from whoever has a right one. Belongs to the download's thread.</summary>
internal sealed class ListFetch
{
    /// <summary>What is said of a peer whose list is not the one that the identity stands for.</summary>
    public const string WrongText = "sent a wrong list of pieces; left out";

    // Time-outs for the whole list, when another could send it.
    private const int Patience = 5;

    private readonly Download _download;
    private readonly PieceMap _map;
    private PeerSource? _peer;
    private long _deadline;
    private bool _isHere;

    /// <summary>Prepares to fetch the list into a map.</summary>
    public ListFetch(Download download, PieceMap map)
    {
        _download = download;
        _map = map;
    }

    /// <summary>Fetches it.</summary>
    /// <returns>False: nobody is left who could send it.</returns>
    public bool Fetch()
    {
        if (_map.Count == 0)
        {
            return IsRight() || Refuse();
        }

        while (!_isHere && !_download.HasFailed)
        {
            if (_peer is { Questions.HasList: true } slow && Clock.Monotonic() > _deadline
                && _download.Peers.Count(PeerTest.Ready) > (slow.IsReady ? 1 : 0))
            {
                // A byte now and then would hold up everything for ever.
                slow.GiveUp();
            }

            // One at a time: another's bytes must not come into the list after it was verified.
            if ((_peer is null || !(_peer.IsReady || _peer.Questions.HasList)) && !AskAnother())
            {
                return false;
            }

            _download.Poll(50);
        }

        return true;
    }

    /// <summary>A peer has sent its list.</summary>
    public void Arrived(PeerSource peer)
    {
        _peer = null;
        _isHere = IsRight();
        if (!_isHere)
        {
            peer.LeaveOut(WrongText);
        }
    }

    private bool IsRight()
    {
        Span<byte> hash = stackalloc byte[FileIdentity.HashBytes];
        Sha256.Hash(_map.Hashes, hash);
        return hash.SequenceEqual(_map.Identity.List);
    }

    // An empty file has one identity only.
    private bool Refuse()
    {
        foreach (PeerSource peer in _download.Peers.All)
        {
            if (_map.Identity.Same(peer.Copy.Identity))
            {
                peer.LeaveOut(WrongText);
            }
        }

        return false;
    }

    // The one that has failed least. False: none may be hoped for.
    private bool AskAnother()
    {
        _peer = null;
        foreach (PeerSource peer in _download.Peers.All)
        {
            if (peer.IsReady && (_peer is null || peer.Failures < _peer.Failures))
            {
                _peer = peer;
            }
        }

        if (_peer is null)
        {
            return _download.Peers.Count(PeerTest.Hopeful) > 0;
        }

        long now = Clock.Monotonic();
        _deadline = now + (Patience * _download.Timeout);
        if (!_peer.Ask(PeerQuestionKind.List, -1, now))
        {
            _peer = null;
        }

        return true;
    }
}

using System;
using System.Collections.Generic;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>Which of the files that peers have under the name is meant. Belongs to the download's thread.</summary>
internal sealed class Agreement
{
    private const long HashingGrace = 1_000_000_000;

    private readonly Download _download;
    private readonly DownloadPeers _peers;

    // The plain SHA-256 that was asked for, or null.
    private readonly byte[]? _wanted;

    // Identities that nobody could prove.
    private readonly List<FileIdentity> _disproved = [];

    /// <summary>Prepares.</summary>
    public Agreement(Download download)
    {
        _download = download;
        _peers = download.Peers;
        _wanted = download.Options.Digest;
    }

    /// <summary>Waits until the peers have said what they have, and finds what most of them agree on.</summary>
    /// <param name="identity">The file; null when there is none.</param>
    /// <returns>Done: they agree; else why there is none.</returns>
    public DownloadResult Reach(out FileIdentity? identity)
    {
        bool told = false;
        while (true)
        {
            _download.Poll(50);
            long waited = Clock.Monotonic() - _download.Began;
            bool undecided = _peers.Count(PeerTest.Undecided) > 0;
            bool hashing = _peers.Count(PeerTest.Hashing) > 0;
            identity = Vote();
            if (identity is not null && (!undecided || waited > _download.Timeout) && (!hashing || waited > HashingGrace))
            {
                return DownloadResult.Done;
            }

            if (identity is null && !undecided && !hashing)
            {
                return Disagree();
            }

            if (hashing && !told && waited > HashingGrace)
            {
                told = true;
                _download.Warn(_download.DisplayName + ": its holder is still hashing it; waiting");
            }
        }
    }

    /// <summary>The plain SHA-256 that a file must have: the one that was asked for, or that most of its holders name; else null.</summary>
    public byte[]? DigestOf(FileIdentity identity)
    {
        byte[]? digest = null;
        int most = 0;
        foreach (PeerSource peer in _peers.All)
        {
            int votes = 0;
            foreach (PeerSource other in _peers.All)
            {
                votes += peer.Copy.Digest is not null && other.Copy.Digest is not null && identity.Same(other.Copy.Identity)
                    && other.Copy.Digest.AsSpan().SequenceEqual(peer.Copy.Digest) ? 1 : 0;
            }

            if (votes > most && identity.Same(peer.Copy.Identity))
            {
                most = votes;
                digest = peer.Copy.Digest;
            }
        }

        return _wanted ?? digest;
    }

    /// <summary>An identity was taken: who has another is left out.</summary>
    public void LeaveOutOthers(FileIdentity taken)
    {
        foreach (PeerSource peer in _peers.All)
        {
            if (peer.Copy.Answer == PeerAnswer.Known && !taken.Same(peer.Copy.Identity))
            {
                peer.LeaveOutAsOther();
            }
        }
    }

    /// <summary>
    /// Whether an identity is to be given up for another that peers have: what nobody could prove to
    /// have, so that whoever is asked first, and names a file it has not, does not keep it from those
    /// who have theirs. What was only not reached to its end is not given up: its pieces are kept.
    /// </summary>
    /// <param name="identity">The one that was taken.</param>
    /// <param name="isProven">Whether a piece of it was right.</param>
    public bool HasOther(FileIdentity identity, bool isProven)
    {
        bool others = false;
        foreach (PeerSource peer in _peers.All)
        {
            if (isProven && identity.Same(peer.Copy.Identity) && peer.Stage != PeerStage.LeftOut)
            {
                return false;
            }

            others |= peer.IsOther;
        }

        return others;
    }

    /// <summary>Nobody could prove to have an identity: its holders are left out, those of others count again.</summary>
    public void Disprove(FileIdentity identity)
    {
        _disproved.Add(identity);
        foreach (PeerSource peer in _peers.All)
        {
            if (identity.Same(peer.Copy.Identity))
            {
                peer.LeaveOut(null);
            }

            peer.Readmit();
        }
    }

    private DownloadResult Disagree()
    {
        if (_wanted is not null || _peers.Count(PeerTest.Known) > 0)
        {
            _download.Warn(_download.DisplayName + ": no peer has it with this digest");
            return DownloadResult.Failed;
        }

        if (_peers.Count(PeerTest.Plain) > 0)
        {
            return DownloadResult.Plain;
        }

        foreach (PeerSource peer in _peers.All)
        {
            if (peer.Copy.Answer == PeerAnswer.Missing)
            {
                _download.Warn(peer.Node.Endpoint + ": cannot send " + _download.DisplayName);
            }
        }

        _download.Warn(_download.DisplayName + ": no peer sent it");
        return DownloadResult.Failed;
    }

    // The identity with the most votes: of those who have all of the file, if there are any; the first of several in the ring's order.
    private FileIdentity? Vote()
    {
        bool whole = _peers.All.Exists(peer => IsCandidate(peer) && peer.Copy.Have is null);
        FileIdentity? best = null;
        int most = 0;
        foreach (PeerSource peer in _peers.All)
        {
            int votes = 0;
            foreach (PeerSource other in _peers.All)
            {
                votes += Counts(other, whole) && other.Copy.Identity!.Same(peer.Copy.Identity) ? 1 : 0;
            }

            if (votes > most)
            {
                most = votes;
                best = peer.Copy.Identity;
            }
        }

        return best;
    }

    private bool Counts(PeerSource peer, bool whole) => IsCandidate(peer) && (peer.Copy.Have is null || !whole)
        && (_wanted is null || (peer.Copy.Digest is not null && peer.Copy.Digest.AsSpan().SequenceEqual(_wanted)));

    private bool IsCandidate(PeerSource peer) => peer.Copy.Answer == PeerAnswer.Known && peer.Stage != PeerStage.LeftOut
        && !_disproved.Exists(identity => identity.Same(peer.Copy.Identity));
}

using System;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>Which piece is asked of which peer. Belongs to the download's thread.</summary>
internal sealed class PieceChooser
{
    private const long Millisecond = 1_000_000;

    // Pieces beyond the next one that may wait in memory for their turn
    // when the output is in order. The other buffers are for second copies.
    private const int OrderedWindow = 8;

    // Most pieces looked at for one choice.
    private const int LongestSearch = 4096;

    // While it is not known yet who else fetches, a holder that has everything is asked for little.
    private const long SettlingTime = 700 * Millisecond;
    private const int MostSettlingPieces = 6;

    // How often it is judged whether the others who fetch are quick enough to wait for.
    private const long JudgeInterval = 1500 * Millisecond;

    private readonly Download _download;
    private readonly PieceIntake _intake;
    private readonly PieceMap _map;

    // 0: nobody fetches from here.
    private readonly ulong _selfNumber;
    private ulong _random = RandomBytes.Next() | 1;
    private int _cursor;
    private bool _isSwarm;
    private bool _waitsForNobody;
    private int _gainedFromPartial;
    private int _askedOfHolders;
    private long _nextJudgement;
    private long _swarmSince;

    public PieceChooser(Download download, FileFetch fetch)
    {
        _download = download;
        _intake = fetch.Intake;
        _map = fetch.Map;
        _selfNumber = download.Options.Holder is null ? 0 : DownloadPeers.NumberOf(download.Options.Holder);
    }

    /// <summary>Fetching beside others begins.</summary>
    public void Begin()
    {
        _swarmSince = Clock.Monotonic();
        _nextJudgement = _swarmSince + (2 * JudgeInterval);
    }

    /// <summary>Asks every peer for as many pieces as it may be asked for, one each in turn.</summary>
    public void Schedule(long now)
    {
        _isSwarm = !_download.IsOrdered && (_selfNumber != 0 || _download.Peers.Count(PeerTest.Unfinished) > 0);
        bool any = true;
        while (any)
        {
            any = false;
            for (int i = 0; i < _download.Peers.All.Count; i++)
            {
                PeerSource peer = _download.Peers.All[i];
                int piece;
                if (peer.Window > 0 && (piece = Choose(peer, now)) >= 0)
                {
                    // Counted first: should the connection break while it is asked, the piece comes back through Lost.
                    _map.Ask(piece);
                    if (peer.Ask(PeerQuestionKind.Piece, piece, now))
                    {
                        any = true;
                        _askedOfHolders += peer.Copy.Have is null ? 1 : 0;
                    }
                    else
                    {
                        _map.Answered(piece);
                    }
                }
            }
        }
    }

    private int Choose(PeerSource peer, long now)
    {
        int piece = _isSwarm ? ChooseRarest(peer, now) : ChooseFirst(peer);
        return piece >= 0 ? piece : ChooseSecondCopy(peer, now);
    }

    // The first that nobody is asked for: what is there then has few gaps, and the hash of the whole follows closely.
    private int ChooseFirst(PeerSource peer)
    {
        _cursor = _map.SkipWhole(_cursor);
        int end = _download.IsOrdered ? Math.Min(_map.Count, _intake.NextOut + OrderedWindow) : _map.Count;
        for (int piece = _cursor * 8; piece < end; piece++)
        {
            if (_map.IsWanted(piece) && peer.Copy.Has(piece) && !_intake.IsHeld(piece))
            {
                return piece;
            }
        }

        return -1;
    }

    // Among those who fetch at the same time: what few others have, from a random place on, so that all soon have something to offer. A
    // holder of the whole is asked only for what nobody else has, and by one of them for each piece.
    private int ChooseRarest(PeerSource peer, long now)
    {
        bool spares = peer.Copy.Have is null && _selfNumber != 0 && !_waitsForNobody;
        if (spares && now - _swarmSince < SettlingTime
            && (_askedOfHolders >= Math.Clamp(_map.Count / 40, 1, MostSettlingPieces) || peer.Questions.Pieces > 0))
        {
            return -1;
        }

        int start = (int)(NextRandom() % (ulong)_map.Count);
        int best = -1;
        int fewest = int.MaxValue;
        int looked = 0;
        for (int i = 0; i < _map.Count && looked < LongestSearch && fewest > 0; i++)
        {
            int piece = start + i < _map.Count ? start + i : start + i - _map.Count;
            if (!_map.IsWanted(piece) || !peer.Copy.Has(piece))
            {
                continue;
            }

            looked++;
            int others = Others(piece, out bool isMine);
            if (others < fewest && !(spares && (others > 0 || !isMine)))
            {
                fewest = others;
                best = piece;
            }
        }

        return best;
    }

    // How many of those who are fetching have a piece, and whether it is this one's part to get it from a holder of the whole: the same
    // numbers are compared everywhere, so that each piece is fetched by one.
    private int Others(int piece, out bool isMine)
    {
        int count = 0;
        isMine = true;
        ulong mine = Mix(_selfNumber, piece);
        foreach (PeerSource other in _download.Peers.All)
        {
            if (other.Copy.Have is null || other.Copy.Identity is null || other.IsHopeless)
            {
                continue;
            }

            count += other.Copy.Has(piece) && other.IsReady ? 1 : 0;
            isMine &= Mix(other.Number, piece) <= mine || other.Copy.HasAll;
        }

        return count;
    }

    // A piece that another peer was asked for: it is late, or this one is done sooner.
    private int ChooseSecondCopy(PeerSource peer, long now)
    {
        foreach (PeerSource slow in _download.Peers.All)
        {
            if (slow == peer || slow.Questions.Pieces == 0)
            {
                continue;
            }

            for (int i = 0; i < slow.Questions.Pieces; i++)
            {
                PeerQuestion question = slow.Questions.Piece(i);
                int piece = question.Piece;
                if (_map.AskedFor(piece) != 1 || _map.Has(piece) || _intake.IsHeld(piece) || !peer.Copy.Has(piece))
                {
                    continue;
                }

                bool sooner = !(_isSwarm && peer.Copy.Have is null) && peer.Rate > 0
                    && peer.SecondsFor(peer.Questions.Pieces + 1) < 0.5 * slow.SecondsFor(i + 1) && slow.Rate > 0;
                if (now > question.Deadline || sooner)
                {
                    return piece;
                }
            }
        }

        return -1;
    }

    /// <summary>A peer has sent a piece that was right.</summary>
    public void Gain(PeerSource peer) => _gainedFromPartial += peer.Copy.Have is null ? 0 : 1;

    /// <summary>Waiting for the others is worth while as long as they bring a tenth of what a holder of the whole could.</summary>
    public void Judge(long now)
    {
        if (_swarmSince == 0 || now < _nextJudgement)
        {
            return;
        }

        double holders = 0;
        foreach (PeerSource peer in _download.Peers.All)
        {
            holders += peer.Copy.Have is null && peer.IsReady ? peer.Rate : 0;
        }

        double gained = _gainedFromPartial * (double)FileIdentity.PieceBytes * 1000 * Millisecond / JudgeInterval;
        _waitsForNobody = gained < holders / 10;
        _gainedFromPartial = 0;
        _nextJudgement = now + JudgeInterval;
    }

    private ulong NextRandom()
    {
        // xorshift64: any spread will do.
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return _random;
    }

    // The finalizer of splitmix64.
    private static ulong Mix(ulong number, int piece)
    {
        ulong value = (number << 32) + (uint)piece;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}

using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Share;

/// <content>Which piece is asked of which peer.</content>
internal sealed unsafe partial class Download
{
    // Pieces beyond the next one that may wait in memory for their turn when the output is in order. The other buffers are for second copies.
    private const int OrderedWindow = 8;

    // Most pieces looked at for one choice.
    private const int LongestSearch = 4096;

    // While it is not known yet who else fetches, a holder that has everything is asked for little.
    private const long SettlingTime = 700 * Millisecond;
    private const int MostSettlingPieces = 6;

    // How often it is judged whether the others who fetch are quick enough to wait for.
    private const long JudgeInterval = 1500 * Millisecond;

    private readonly ulong _selfNumber;
    private ulong _random = RandomBytes.Next() | 1;
    private int _cursor;
    private bool _isSwarm;
    private bool _waitsForNobody;
    private int _gainedFromPartial;
    private int _askedOfHolders;
    private long _nextJudgement;
    private long _swarmSince;

    private long RefreshInterval(long now) => now - _began < 10 * Second || _selfNumber != 0 ? 300 * Millisecond : Second;

    // Asks every peer for as many pieces as it may be asked for, one each in turn.
    private void Schedule(long now)
    {
        _isSwarm = !IsOrdered && (_selfNumber != 0 || Count(PeerTest.Unfinished) > 0);
        bool any = true;
        while (any)
        {
            any = false;
            for (int i = 0; i < _peers.Count; i++)
            {
                PeerSource peer = _peers[i];
                int piece;
                if (peer.Window > 0 && (piece = Choose(peer, now)) >= 0)
                {
                    // Counted first: should the connection break while it is asked, the piece comes back through Lost.
                    Map!.Ask(piece);
                    if (peer.Ask(PeerQuestionKind.Piece, piece, now))
                    {
                        any = true;
                        _askedOfHolders += peer.Have is null ? 1 : 0;
                    }
                    else
                    {
                        Map.Answered(piece);
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
        _cursor = Map!.SkipWhole(_cursor);
        int end = IsOrdered ? Math.Min(Map.Count, _nextOut + OrderedWindow) : Map.Count;
        for (int piece = _cursor * 8; piece < end; piece++)
        {
            if (Map.IsWanted(piece) && peer.Has(piece) && !IsHeld(piece))
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
        bool spares = peer.Have is null && _selfNumber != 0 && !_waitsForNobody;
        if (spares && now - _swarmSince < SettlingTime && (_askedOfHolders >= Math.Clamp(Map!.Count / 40, 1, MostSettlingPieces) || peer.Outstanding > 0))
        {
            return -1;
        }

        int start = (int)(NextRandom() % (ulong)Map!.Count);
        int best = -1;
        int fewest = int.MaxValue;
        int looked = 0;
        for (int i = 0; i < Map.Count && looked < LongestSearch && fewest > 0; i++)
        {
            int piece = start + i < Map.Count ? start + i : start + i - Map.Count;
            if (!Map.IsWanted(piece) || !peer.Has(piece))
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
        foreach (PeerSource other in _peers)
        {
            if (other.Have is null || other.Identity is null || other.IsHopeless)
            {
                continue;
            }

            count += other.Has(piece) && other.IsReady ? 1 : 0;
            isMine &= Mix(other.Number, piece) <= mine || other.HasAll;
        }

        return count;
    }

    // A piece that another peer was asked for: it is late, or this one is done sooner.
    private int ChooseSecondCopy(PeerSource peer, long now)
    {
        foreach (PeerSource slow in _peers)
        {
            if (slow == peer || slow.Outstanding == 0)
            {
                continue;
            }

            for (int i = 0; i < slow.Outstanding; i++)
            {
                int piece = slow.AskedPiece(i, out long deadline);
                if (Map!.AskedFor(piece) != 1 || Map.Has(piece) || IsHeld(piece) || !peer.Has(piece))
                {
                    continue;
                }

                bool sooner = !(_isSwarm && peer.Have is null) && peer.Rate > 0
                    && peer.SecondsFor(peer.Outstanding + 1) < 0.5 * slow.SecondsFor(i + 1) && slow.Rate > 0;
                if (now > deadline || sooner)
                {
                    return piece;
                }
            }
        }

        return -1;
    }

    private void Gained(PeerSource peer) => _gainedFromPartial += peer.Have is null ? 0 : 1;

    // Waiting for the others is worth while as long as they bring a tenth of what a holder of the whole could.
    private void Judge(long now)
    {
        if (_swarmSince == 0 || Map is null)
        {
            _nextJudgement = now + (2 * JudgeInterval);
            return;
        }

        if (now < _nextJudgement)
        {
            return;
        }

        double holders = 0;
        foreach (PeerSource peer in _peers)
        {
            holders += peer.Have is null && peer.IsReady ? peer.Rate : 0;
        }

        double gained = _gainedFromPartial * (double)FileIdentity.PieceBytes * Second / JudgeInterval;
        _waitsForNobody = gained < holders / 10;
        _gainedFromPartial = 0;
        _nextJudgement = now + JudgeInterval;
    }

    // Lets others have what is here, when this download is to be served.
    private void Serve()
    {
        _swarmSince = Clock.Monotonic();
        if (_options.Holder is null || Map!.Count == 0)
        {
            return;
        }

        int descriptor = Descriptor.Duplicate(_part!.FileDescriptor);
        if (descriptor >= 0)
        {
            _served = new UnfinishedFile { Name = _options.Name, Map = Map, FileDescriptor = descriptor, Digest = _expectedDigest };
            UnfinishedFiles.Add(_served);
            _holders?.Register(_options.Holder);
        }
    }

    private ulong NextRandom()
    {
        // xorshift64: any spread will do.
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return _random;
    }

    private static ulong NumberOf(ReadOnlySpan<byte> holder) => (ulong)KeyHash.Compute(holder) + 1;

    // The finalizer of splitmix64.
    private static ulong Mix(ulong number, int piece)
    {
        ulong value = (number << 32) + (uint)piece;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}

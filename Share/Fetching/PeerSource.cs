using System;

using Epollsrv.Native;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <summary>
/// One peer of a download: asked over CS, on a connection of its own, what it is, then, when it is a node of ours, spoken HTTP to over one connection that is
/// kept. Never waits: <see cref="Watch"/>, poll(2), <see cref="Turn"/>. Belongs to the download's thread.
/// </summary>
internal sealed unsafe partial class PeerSource
{
    /// <summary>Most pieces asked for at a time.</summary>
    public const int MostPieces = 4;

    private const int MostQuestions = MostPieces + 4;
    private const int MostFailures = 3;
    private const long FirstPause = 200_000_000;
    private const long Second = 1_000_000_000;

    private readonly Download _download;
    private readonly HostResolver _resolver;
    private readonly bool _trusted;
    private readonly PeerQuestion[] _asked = new PeerQuestion[MostQuestions];
    private int _askedCount;
    private int _socket = -1;
    private long _deadline;
    private long _retryAt;
    private SocketAddress _address;

    /// <summary>Describes a peer; nothing is opened yet.</summary>
    public PeerSource(Download download, RingNode node)
    {
        _download = download;
        Node = node;
        _resolver = new HostResolver(node.Host, node.Port);
        _trusted = RingPassword.IsTrusted(node.Host, node.Port);
    }

    /// <summary>Where it is.</summary>
    public RingNode Node { get; }

    /// <summary>How far the conversation is.</summary>
    public PeerStage Stage { get; private set; }

    /// <summary>What it is.</summary>
    public NodeKind Kind { get; private set; }

    /// <summary>What is known of its copy.</summary>
    public PeerAnswer Answer { get; private set; }

    /// <summary>The identity it names; null until <see cref="PeerAnswer.Known"/>.</summary>
    public FileIdentity? Identity { get; private set; }

    /// <summary>The plain SHA-256 it names, or null.</summary>
    public byte[]? Digest { get; private set; }

    /// <summary>The pieces it has; null: all.</summary>
    public byte[]? Have { get; private set; }

    /// <summary>Failures since it last sent a piece.</summary>
    public int Failures { get; private set; }

    /// <summary>Bytes a second, over the last pieces; 0 before the first.</summary>
    public double Rate { get; private set; }

    /// <summary>Pieces it has sent.</summary>
    public int Sent { get; private set; }

    /// <summary>Pieces it is being asked for.</summary>
    public int Outstanding { get; private set; }

    /// <summary>When its answer about the pieces it has came, nanoseconds.</summary>
    public long AskedAt { get; private set; }

    /// <summary>A number for the sharing out of pieces among those who fetch: the same everywhere for the same peer.</summary>
    public ulong Number { get; init; }

    /// <summary>Whether the first answer is still to come, and is to be waited for.</summary>
    public bool IsUndecided => Stage != PeerStage.LeftOut && Failures == 0 && Answer == PeerAnswer.Unknown;

    /// <summary>Whether there is nothing more to hope for from it: left out, or failed again and again.</summary>
    public bool IsHopeless => Stage == PeerStage.LeftOut || Failures > MostFailures;

    /// <summary>Whether it can be asked for pieces now.</summary>
    public bool IsReady => Stage == PeerStage.Open && Answer == PeerAnswer.Known && !_closing;

    /// <summary>Whether it has been asked for the list and has not answered yet: until then what it sends may go into the list's memory.</summary>
    public bool OwesList
    {
        get
        {
            bool owes = false;
            for (int i = 0; i < _askedCount; i++)
            {
                owes |= _asked[i].Kind == PeerQuestionKind.List;
            }

            return owes;
        }
    }

    /// <summary>How many more pieces it can be asked for: what it sends in a quarter of a second, at least one.</summary>
    public int Window => !IsReady ? 0 : Math.Clamp((int)(Rate / 4 / FileIdentity.PieceBytes) + 1, 1, MostPieces) - Outstanding;

    /// <summary>Whether it has a piece.</summary>
    public bool Has(int piece) => Have is null || (Have[piece >> 3] & (0x80 >> (piece & 7))) != 0;

    /// <summary>Whether it has all pieces, though it did not say that it has the whole file.</summary>
    public bool HasAll { get; private set; }

    /// <summary>The seconds that so many more pieces would take; infinite before anything is known.</summary>
    public double SecondsFor(int pieces) => Rate > 0 ? pieces * (double)FileIdentity.PieceBytes / Rate : double.PositiveInfinity;

    /// <summary>Says what to wait for.</summary>
    public void Watch(ref PollEntry entry)
    {
        entry.Descriptor = _socket;
        entry.Returned = 0;
        bool connecting = Stage is PeerStage.Greeting or PeerStage.Connecting;
        bool reads = !connecting && !(_paused = IsHeldBack());
        entry.Events = (short)((connecting || _outSent < _outUsed ? PollEntry.Out : 0) | (reads ? PollEntry.In : 0));
        if (_paused && _outSent == _outUsed)
        {
            // A connection that broke would wake the loop again and again while nothing may be read.
            entry.Descriptor = -1;
        }
    }

    /// <summary>When <see cref="Turn"/> has something to do although nothing happens; long.MaxValue: never.</summary>
    public long NextTurn() => Stage switch
    {
        PeerStage.Closed => _retryAt,
        PeerStage.LeftOut => long.MaxValue,
        PeerStage.Resolving => Math.Min(_deadline, Clock.Monotonic() + 5_000_000),
        PeerStage.Open when _askedCount == 0 => long.MaxValue,
        _ => _deadline,
    };

    /// <summary>Does what can be done without waiting.</summary>
    public void Turn(long now, short events)
    {
        bool failed = (events & PollEntry.Failed) != 0;
        switch (Stage)
        {
            case PeerStage.Closed when now >= _retryAt:
                Stage = PeerStage.Resolving;
                _deadline = now + _download.Timeout;
                Resolve(now);
                break;
            case PeerStage.Resolving:
                Resolve(now);
                break;
            case PeerStage.Greeting or PeerStage.Connecting when failed || (events & PollEntry.Out) != 0:
                Connected(now, Socket.PendingError(_socket));
                break;
            case PeerStage.Identifying or PeerStage.Open:
                Exchange(now, events);
                break;
        }

        if (_paused)
        {
            _deadline = now + _download.Timeout;
        }
        else if (NextTurn() <= now && Stage is not PeerStage.Closed)
        {
            Fail(Stage == PeerStage.Resolving ? NodeFailure.LookUpTimedOut : -Errno.TimedOut);
        }
    }

    /// <summary>Asks something; the request leaves with the next turn.</summary>
    /// <returns>False when too much is unanswered.</returns>
    public bool Ask(PeerQuestionKind kind, int piece, long now)
    {
        if (_askedCount == MostQuestions || !WriteRequest(kind, piece))
        {
            return false;
        }

        if (_askedCount == 0)
        {
            _deadline = now + _download.Timeout;
            _pieceBegan = now;
        }

        long expected = kind == PeerQuestionKind.Piece && Rate > 0 ? (long)(SecondsFor(Outstanding + 1) * Second) : 0;
        long patience = Rate > 0 ? Math.Max(_download.Timeout, 4 * expected) : 5 * _download.Timeout;
        _asked[_askedCount++] = new PeerQuestion { Kind = kind, Piece = piece, Deadline = now + patience };
        Outstanding += kind == PeerQuestionKind.Piece ? 1 : 0;
        if (kind == PeerQuestionKind.Pieces)
        {
            AskedAt = now;
        }

        Flush();
        return true;
    }

    /// <summary>A piece this peer is asked for.</summary>
    /// <param name="place">0 … <see cref="Outstanding"/> − 1: how many it sends before.</param>
    /// <param name="deadline">When it should have come.</param>
    public int AskedPiece(int place, out long deadline)
    {
        for (int i = 0; i < _askedCount; i++)
        {
            if (_asked[i].Kind == PeerQuestionKind.Piece && place-- == 0)
            {
                deadline = _asked[i].Deadline;
                return _asked[i].Piece;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(place));
    }

    /// <summary>Nothing more is asked of the peer; says why, with its address in front, unless that is null.</summary>
    public void LeaveOut(string? why)
    {
        if (Stage != PeerStage.LeftOut)
        {
            Close();
            Stage = PeerStage.LeftOut;
            if (why is not null)
            {
                _download.Warn(Node.Endpoint + ": " + why);
            }
        }
    }

    /// <summary>It is too slow: its connection counts as failed.</summary>
    public void GiveUp() => Fail(-Errno.TimedOut);

    /// <summary>Closes the connection; what was asked for goes back to the others.</summary>
    public void Close()
    {
        if (_socket >= 0)
        {
            Descriptor.Close(_socket);
            _socket = -1;
        }

        for (int i = 0; i < _askedCount; i++)
        {
            if (_asked[i].Kind == PeerQuestionKind.Piece)
            {
                _download.Lost(_asked[i].Piece);
            }
        }

        DropBody();
        _askedCount = 0;
        Outstanding = 0;
        _outUsed = 0;
        _outSent = 0;
        _inputUsed = 0;
        _inputStart = 0;
        _closing = false;
        Stage = Stage == PeerStage.LeftOut ? PeerStage.LeftOut : PeerStage.Closed;
    }

    /// <summary>The connection is of no more use: tried again later, a few times.</summary>
    /// <param name="failure">NodeFailure or −errno.</param>
    private void Fail(int failure)
    {
        Close();
        Failures++;
        _retryAt = Clock.Monotonic() + (FirstPause << Math.Min(Failures, 5));
        if (Failures == 1 || Failures == MostFailures + 1)
        {
            _download.Warn(Node.Endpoint + ": " + NodeFailure.Describe(failure) + (Failures == 1 ? string.Empty : "; given up"));
        }
    }
}

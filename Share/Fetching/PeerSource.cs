using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Http;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <summary>One peer of a download: what it is asked, what its answers
/// mean, and how quick it is. Belongs to the download's thread.</summary>
internal sealed class PeerSource : PeerConversation
{
    /// <summary>Failures after which it is given up.</summary>
    public const int MostFailures = 3;

    private const long FirstPause = 200_000_000;
    private const long Second = 1_000_000_000;

    private readonly PeerAnswers _meaning;

    // It ends the connection after an answer: asked one thing at a time from then on, each on a connection that is opened at once.
    private bool _oneAtATime;

    // Whether the first two questions were answered since it was last asked what it has.
    private bool _saidFile;
    private bool _saidPieces;
    private long _askedAt;

    // Answers on this connection.
    private int _answers;
    private long _pieceBegan;

    /// <summary>Describes a peer; nothing is opened yet.</summary>
    public PeerSource(Download download, PeerAddress node)
        : base(download, node) => _meaning = new PeerAnswers(this);

    /// <summary>What is known of its copy.</summary>
    public PeerCopy Copy { get; } = new();

    /// <summary>Whether it was left out for nothing but that its file is another than the one that was taken.</summary>
    public bool IsOther { get; private set; }

    /// <summary>Failures since it last sent a piece.</summary>
    public int Failures { get; private set; }

    /// <summary>Bytes a second, over the last pieces; 0 before the first.</summary>
    public double Rate { get; private set; }

    /// <summary>Pieces it has sent.</summary>
    public int Sent { get; private set; }

    /// <summary>A number for the sharing out of pieces among those who fetch: the same everywhere for the same peer.</summary>
    public ulong Number { get; init; }

    /// <summary>Whether the first answer is still to come, and is to be waited for.</summary>
    public bool IsUndecided => Stage != PeerStage.LeftOut && Failures == 0 && Copy.Answer == PeerAnswer.Unknown;

    /// <summary>Whether there is nothing more to hope for from it: left out, or failed again and again.</summary>
    public bool IsHopeless => Stage == PeerStage.LeftOut || Failures > MostFailures;

    /// <summary>Whether it can be asked for pieces now.</summary>
    public bool IsReady => Stage == PeerStage.Open && Copy.Answer == PeerAnswer.Known && !IsClosing;

    /// <summary>How many more pieces it can be asked for: what it sends in a quarter of a second, at least one.</summary>
    public int Window => !IsReady ? 0 : _oneAtATime ? (Questions.Count == 0 ? 1 : 0)
        : Math.Clamp((int)(Rate / 4 / FileIdentity.PieceBytes) + 1, 1, PeerQuestions.MostPieces) - Questions.Pieces;

    /// <summary>The seconds that so many more pieces would take; infinite before anything is known.</summary>
    public double SecondsFor(int pieces) => Rate > 0 ? pieces * (double)FileIdentity.PieceBytes / Rate : double.PositiveInfinity;

    /// <summary>Asks something; the request leaves at once, or with the next turn.</summary>
    /// <returns>False when too much is unanswered.</returns>
    public bool Ask(PeerQuestionKind kind, int piece, long now)
    {
        if (Questions.Count == (_oneAtATime ? 1 : PeerQuestions.Most) || !Requests.Add(kind, piece))
        {
            return false;
        }

        if (Questions.Count == 0)
        {
            Patience(now);
            _pieceBegan = now;
        }

        long expected = kind == PeerQuestionKind.Piece && Rate > 0 ? (long)(SecondsFor(Questions.Pieces + 1) * Second) : 0;
        long patience = Rate > 0 ? Math.Max(Download.Timeout, 4 * expected) : 5 * Download.Timeout;
        Questions.Add(new PeerQuestion { Kind = kind, Piece = piece, Deadline = now + patience });
        _askedAt = kind == PeerQuestionKind.Pieces ? now : _askedAt;
        Flush();
        return true;
    }

    /// <summary>Asks again when the last answer was that it is hashing, or that it has only some of the pieces.</summary>
    /// <param name="now">Nanoseconds of the monotonic clock.</param>
    /// <param name="interval">Nanoseconds between two questions about pieces.</param>
    public void AskAgain(long now, long interval)
    {
        if (Copy.HashesTooLong(now))
        {
            LeaveOut("did not finish hashing " + Download.DisplayName + "; left out");
        }
        else if (Stage == PeerStage.Open && Questions.Count < PeerQuestions.Most - 2 && !IsClosing && Copy.MayChange
            && now - _askedAt >= Copy.Pause(interval))
        {
            if (Copy.Answer == PeerAnswer.Hashing)
            {
                AskWhatItHas(now);
            }
            else
            {
                _ = Ask(PeerQuestionKind.Pieces, -1, now);
            }
        }
    }

    /// <summary>Its file is another than the one that is taken.</summary>
    public void LeaveOutAsOther()
    {
        LeaveOut(Download.OtherText(Copy.Identity!));
        IsOther = true;
    }

    /// <summary>The one that was taken was none: after <see cref="LeaveOutAsOther"/> it counts again.</summary>
    public void Readmit()
    {
        if (IsOther)
        {
            IsOther = false;
            Stage = PeerStage.Closed;
            Failures = 0;
            RetryAt = 0;
        }
    }

    /// <summary>It is too slow: its connection counts as failed.</summary>
    public void GiveUp() => Fail(-Errno.TimedOut);

    public override void Close()
    {
        base.Close();
        _answers = 0;
    }

    protected override void IsOriginal()
    {
        Copy.Answer = PeerAnswer.Plain;
        LeaveOut(null);
    }

    protected override void Opened(long now)
    {
        if (KnowsPeer)
        {
            KnowsPeer = false;
            AskWhatIsMissing(now);
        }
        else
        {
            AskWhatItHas(now);
        }
    }

    protected override bool Begin(HttpResponse response) => _meaning.Begin(response);

    protected override void Answered(PeerQuestion question)
    {
        _answers++;
        _saidFile |= question.Kind == PeerQuestionKind.File;
        _saidPieces |= question.Kind == PeerQuestionKind.Pieces;
        long now = Clock.Monotonic();
        if (question.Kind == PeerQuestionKind.Piece)
        {
            int buffer = Stream.TakePiece();
            if (_meaning.IsPiece)
            {
                Arrived(question.Piece, now);
                Download.PieceArrived(this, question.Piece, buffer);
            }
            else
            {
                Download.Lost(question.Piece);
            }
        }
        else if (question.Kind == PeerQuestionKind.List)
        {
            Download.ListArrived(this);
        }

        if (Stage != PeerStage.Open)
        {
            return;
        }

        if (IsClosing)
        {
            GoOn();
        }
        else if (_oneAtATime)
        {
            AskWhatIsMissing(now);
        }
    }

    protected override void Broken(int failure)
    {
        if (Questions.Count == 0)
        {
            // Closed while nothing was asked of it: a node that was restarted, or ends idle connections.
            Close();
            RetryAt = 0;
        }
        else if (Questions.Count > 1 && _answers == 0 && !_oneAtATime)
        {
            // Several questions at once were too many for it.
            GoOn();
        }
        else
        {
            Fail(failure);
        }
    }

    public override void Fail(int failure)
    {
        Close();
        KnowsPeer = false;
        Failures++;
        RetryAt = Clock.Monotonic() + (FirstPause << Math.Min(Failures, 5));
        if (Failures == 1 || Failures == MostFailures + 1)
        {
            Download.Warn(Node.Endpoint + ": " + PeerFailure.Describe(failure) + (Failures == 1 ? string.Empty : "; given up"));
        }
    }

    private void AskWhatItHas(long now)
    {
        _saidFile = false;
        _saidPieces = false;
        AskWhatIsMissing(now);
    }

    // Size, identity and digest; one after the other when the peer answers one question a connection.
    private void AskWhatIsMissing(long now)
    {
        if (!_saidFile)
        {
            _ = Ask(PeerQuestionKind.File, -1, now);
        }

        if (!_saidPieces)
        {
            _ = Ask(PeerQuestionKind.Pieces, -1, now);
        }
    }

    private void Arrived(int piece, long now)
    {
        int length = Download.Identity!.LengthOf(piece);
        double rate = length * (double)Second / Math.Max(1, now - _pieceBegan);
        Rate = Rate == 0 ? rate : (0.7 * Rate) + (0.3 * rate);
        _pieceBegan = now;
        Failures = 0;
        Sent++;
    }

    // The connection is at its end, the peer is not.
    private void GoOn()
    {
        Close();
        _oneAtATime = true;
        KnowsPeer = true;
        RetryAt = 0;
    }
}

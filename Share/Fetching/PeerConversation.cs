using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Http;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <summary>
/// A conversation with one peer: asked over CS, on a connection of its own, what it is, then, when it is a node of ours,
/// spoken HTTP to over one connection that is kept. Never waits: <see cref="Watch"/>, poll(2), <see cref="Poll"/>. What
/// is asked and what answers mean is up to who derives from it. Belongs to the download's thread.
/// </summary>
internal abstract class PeerConversation
{
    // What is read from one peer before others have their turn.
    private const int BytesPerTurn = 4 << 20;

    private readonly PeerLink _link;
    private long _deadline;
    private bool _paused;
    private bool _inResponse;

    protected PeerConversation(Download download, PeerAddress node)
    {
        Download = download;
        Node = node;
        _link = new PeerLink(node.Host, node.Port, RingPassword.IsTrusted(node.Host, node.Port));
        Requests = new PeerRequests(download, node);
        Stream = new PeerStream(download.Buffers, download.Scratch);
    }

    public PeerAddress Node { get; }

    public PeerStage Stage { get; private protected set; }

    /// <summary>What the peer has not answered yet.</summary>
    public PeerQuestions Questions { get; } = new();

    public Download Download { get; }

    public PeerStream Stream { get; }

    protected PeerRequests Requests { get; }

    protected long RetryAt { get; set; }

    /// <summary>Whether the next connection is for HTTP at once: the peer has just spoken it.</summary>
    protected bool KnowsPeer { get; set; }

    /// <summary>Whether the peer ends the connection after the present answer.</summary>
    public bool IsClosing { get; set; }

    public void Watch(ref PollEntry entry)
    {
        // Nothing may be read: the limit on the rate is reached, or a piece comes and no buffer is free.
        _paused = Stage == PeerStage.Open && Questions.Count > 0 && (Download.Limit.Allowance(Clock.Monotonic()) <= 0 || Stream.IsStuck);
        _link.Watch(ref entry, reads: !_paused);
    }

    /// <summary>When <see cref="Poll"/> has something to do although nothing happens; long.MaxValue: never.</summary>
    public long NextTurn() => Stage switch
    {
        PeerStage.Closed => RetryAt,
        PeerStage.LeftOut => long.MaxValue,
        PeerStage.Open when Questions.Count == 0 => long.MaxValue,
        _ when _link.Stage == PeerLinkStage.Resolving => Math.Min(_deadline, Clock.Monotonic() + (PeerLink.ResolvePause * 1_000_000L)),
        _ => _deadline,
    };

    /// <summary>Does what can be done without waiting.</summary>
    public void Poll(long now, short events)
    {
        if (Stage == PeerStage.Closed && now >= RetryAt)
        {
            Open(now, KnowsPeer ? PeerStage.Connecting : PeerStage.Greeting);
        }
        else if (Stage is PeerStage.Greeting or PeerStage.Connecting)
        {
            Connect(now, events);
        }
        else if (Stage == PeerStage.Open)
        {
            _ = _link.Advance(events);
            Flush();
            if (Stage == PeerStage.Open && !_paused && (events & (PollEntry.In | PollEntry.Failed)) != 0)
            {
                Receive(now);
            }
        }

        if (_paused)
        {
            Patience(now);
        }
        else if (NextTurn() <= now && Stage is not PeerStage.Closed)
        {
            Fail(_link.TimeFailure);
        }
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
                Download.Warn(Node.Endpoint + ": " + why);
            }
        }
    }

    /// <summary>Closes the connection; what was asked for goes back to the others.</summary>
    public virtual void Close()
    {
        _link.Close();
        while (Questions.Count > 0)
        {
            PeerQuestion question = Questions.Take();
            if (question.Kind == PeerQuestionKind.Piece)
            {
                Download.Lost(question.Piece);
            }
        }

        Stream.Reset();
        Requests.Reset();
        _inResponse = false;
        IsClosing = false;
        Stage = Stage == PeerStage.LeftOut ? PeerStage.LeftOut : PeerStage.Closed;
    }

    protected void Patience(long now) => _deadline = now + Download.Timeout;

    /// <summary>Sends requests as far as the socket takes them.</summary>
    protected void Flush()
    {
        int failure = Stage == PeerStage.Open && !_link.IsBlocked ? Requests.Send(_link) : 0;
        if (failure != 0)
        {
            Broken(failure);
        }
    }

    /// <summary>The peer is no node of ours.</summary>
    protected abstract void IsOriginal();

    /// <summary>The connection for HTTP stands.</summary>
    protected abstract void Opened(long now);

    /// <summary>The answer to the first question begins.</summary>
    /// <returns>False: the connection or the peer was given up.</returns>
    protected abstract bool Begin(HttpResponse response);

    /// <summary>The answer to a question is complete.</summary>
    protected abstract void Answered(PeerQuestion question);

    /// <summary>The connection broke.</summary>
    protected abstract void Broken(int failure);

    /// <summary>The connection is of no more use.</summary>
    public abstract void Fail(int failure);

    private void Open(long now, PeerStage stage)
    {
        Stage = stage;
        Patience(now);
        _link.Open();
        Connect(now, 0);
    }

    private void Connect(long now, short events)
    {
        PeerLinkStage before = _link.Stage;
        int failure = _link.Advance(events);
        if (failure == 0 && _link.IsOpen)
        {
            if (Stage == PeerStage.Connecting)
            {
                Stage = PeerStage.Open;
                Opened(now);
                return;
            }

            if (_link.Kind != PeerKind.Unknown)
            {
                Identified(now);
                return;
            }

            failure = _link.Identify(tellsPassword: false);
        }

        if (failure != 0)
        {
            Fail(failure);
        }
        else if (_link.Stage != before)
        {
            Patience(now);
        }
    }

    // A C node must never be spoken HTTP to. The connection is reset either way.
    private void Identified(long now)
    {
        bool ours = _link.Kind == PeerKind.Ours;
        bool refused = _link.WantsPassword && _link.PasswordFailure != 0;
        Requests.TellsPassword = _link.WantsPassword;
        Close();
        if (refused)
        {
            LeaveOut(PeerFailure.Describe(_link.PasswordFailure));
        }
        else if (ours)
        {
            Open(now, PeerStage.Connecting);
        }
        else
        {
            IsOriginal();
        }
    }

    private void Receive(long now)
    {
        bool goesOn = true;
        for (long received = 0; Stage == PeerStage.Open && goesOn && received < BytesPerTurn;)
        {
            nint count = Stream.Receive(_link, Download.Limit.Allowance(now), out goesOn);
            if (count == PeerFailure.BadResponse)
            {
                Fail((int)count);
            }
            else if (count < 0)
            {
                Broken((int)count);
            }
            else if (count > 0)
            {
                received += count;
                Patience(now);
                Download.Limit.Spend(count);
                Understand();
            }
        }
    }

    // Everything that what has arrived allows.
    private void Understand()
    {
        while (Stage == PeerStage.Open)
        {
            int result = _inResponse ? Stream.ReadBody() : ReadHead();
            if (result < 0)
            {
                Fail(PeerFailure.BadResponse);
            }

            if (result <= 0)
            {
                return;
            }

            if (_inResponse && Stream.IsComplete)
            {
                _inResponse = false;
                Answered(Questions.Take());
            }
        }
    }

    // 1: a head was read; 0: more has to come, or the connection was given up; −1: malformed.
    private int ReadHead()
    {
        if (Stream.Held.IsEmpty)
        {
            return 0;
        }

        int length = Stream.ReadHead(out HttpResponse response);
        if (length <= 0 || Questions.Count == 0)
        {
            return Questions.Count == 0 ? -1 : length;
        }

        IsClosing |= response.Closes;
        if (!Begin(response) || Stage != PeerStage.Open)
        {
            return 0;
        }

        Stream.Skip(length);
        _inResponse = true;
        return 1;
    }
}

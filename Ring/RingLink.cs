using System.Collections.Generic;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>
/// The one link to a node of the ring, with the operations that wait for it: opened when first needed, kept
/// and used again. To a node of ours several frames are sent back to back; to a C node, and to one not known
/// yet, the next only after the last was answered. Belongs to the thread of its <see cref="RingClient"/>.
/// </summary>
internal sealed class RingLink
{
    private const int MaximumInFlight = 32;

    private readonly RingClient _client;
    private readonly PeerLink _link;
    private readonly List<RingExchange> _waiting = [];
    private readonly List<RingExchange> _sent = [];
    private int _received;

    // RingPassword.Changes when the connection was opened.
    private int _passwordChanges;

    // When the attempt to connect, or the question what the node is, is given up.
    private long _attemptDeadline;
    private long _downUntil;
    private int _downWith;

    /// <summary>Describes the link to a node; nothing is opened yet.</summary>
    public RingLink(RingClient client, PeerAddress node)
    {
        _client = client;
        Node = node;
        _link = new PeerLink(node.Host, node.Port, mayTell: true);
    }

    /// <summary>The node.</summary>
    public PeerAddress Node { get; }

    /// <summary>How often a connection was opened: a change says that the node, or the way to it, has been away.</summary>
    public int Openings { get; private set; }

    /// <summary>Whether a connection stands.</summary>
    public bool IsConnected => _link.Stage > PeerLinkStage.Connecting;

    /// <summary>Whether the node answers, as the user was told; null: nothing was told yet.</summary>
    public bool? IsUp { get; private set; }

    /// <summary>How often the node came or went.</summary>
    public int Changes { get; private set; }

    /// <summary>Notes whether the node answers.</summary>
    /// <returns>Whether that is new.</returns>
    public bool NoteUp(bool isUp)
    {
        bool isNew = IsUp != isUp;
        Changes += isNew && (isUp || IsUp is not null) ? 1 : 0;
        IsUp = isUp;
        return isNew;
    }

    /// <summary>Whether name look-up is under way: the one thing poll(2) does not wake for.</summary>
    public bool IsResolving => _link.Stage == PeerLinkStage.Resolving;

    /// <summary>Whether <see cref="Poll"/> has something to do at once.</summary>
    public bool HasWork => Waiting is { } head && (_link.Stage == PeerLinkStage.Closed || (MaySend && head.Sent == 0));

    private RingExchange? Waiting => _waiting.Count > 0 ? _waiting[0] : null;

    private RingExchange? Asked => _sent.Count > 0 ? _sent[0] : null;

    private bool MaySend => _link.IsOpen && !_link.IsBlocked && _sent.Count < (_link.Kind == PeerKind.Ours ? MaximumInFlight : 1);

    private bool IsIdle => _sent.Count == 0 && _link.IsOpen && (Waiting is null or { Sent: 0 });

    /// <summary>Queues a frame, before all that wait or behind them.</summary>
    public void Enqueue(RingExchange exchange, bool first) => _waiting.Insert(first ? 0 : _waiting.Count, exchange);

    /// <summary>Says what to wait for; an entry with descriptor −1 when there is nothing.</summary>
    public void Watch(ref PollEntry entry) => _link.Watch(ref entry, reads: true);

    /// <summary>The earliest moment at which <see cref="Poll"/> must run again although nothing happened; long.MaxValue: none.</summary>
    public long NextDeadline()
    {
        if (_link.Stage == PeerLinkStage.Closed)
        {
            return long.MaxValue;
        }

        RingExchange? first = Asked ?? Waiting;
        return !_link.IsOpen ? _attemptDeadline : first is not null && first.Deadline != 0 ? first.Deadline : long.MaxValue;
    }

    /// <summary>Does what can be done without waiting: connect, receive, send, give up what is late.</summary>
    public void Poll(long now, short events)
    {
        bool wasOpen = _link.IsOpen;
        Advance(events);
        if (wasOpen && _link.IsOpen && (events & (PollEntry.In | PollEntry.Failed)) != 0)
        {
            Receive();
        }

        if (_link.Stage == PeerLinkStage.Closed && _waiting.Count > 0)
        {
            Open(now);
        }

        Send(now);
        if (NextDeadline() <= now)
        {
            Fail(_link.TimeFailure);
        }
    }

    /// <summary>Closes with a reset; operations under way fail.</summary>
    public void Close()
    {
        _link.Close();
        FailQueues(PeerFailure.Closed);
    }

    private void Open(long now)
    {
        if (now < _downUntil)
        {
            FailQueues(_downWith);
            return;
        }

        RingExchange head = _waiting[0];
        head.BeginClock(now, _client.Timeout);
        _attemptDeadline = head.Deadline;
        _received = 0;
        _link.Open();
        Advance(0);
    }

    private void Advance(short events)
    {
        bool wasConnected = IsConnected;
        int failure = _link.Advance(events);
        if (failure != 0)
        {
            Fail(failure);
        }
        else if (IsConnected && !wasConnected)
        {
            _passwordChanges = RingPassword.Changes;
            Openings++;
        }
    }

    private void Send(long now)
    {
        while (MaySend && Waiting is { } head)
        {
            if (!head.IsPrepared)
            {
                head.BeginClock(now, _client.Timeout);
                if (IsIdle && (_passwordChanges != RingPassword.Changes || !_link.IsQuiet))
                {
                    // The node was restarted since the last frame, or the password was
                    // changed. Nothing of this one was sent, so a new connection is no risk.
                    _link.Close();
                    Open(now);
                    continue;
                }

                if ((head.NeedsKind || RingPassword.Value.Length > 0) && _link.Kind == PeerKind.Unknown)
                {
                    // In the time of the exchange whose frame depends on it.
                    _attemptDeadline = head.Deadline;
                    FailIf(_link.Identify(tellsPassword: RingPassword.Value.Length > 0));
                    return;
                }

                int refused = head.Prepare(_link.Kind);
                if (refused != 0)
                {
                    _waiting.RemoveAt(0);
                    head.Failed(refused);
                    continue;
                }
            }

            int result = _link.Send(head.Request, ref head.Sent, CsFrame.Size);
            if (result <= 0)
            {
                FailIf(result);
                return;
            }

            _waiting.RemoveAt(0);
            _sent.Add(head);
        }
    }

    private void Receive()
    {
        while (_link.IsOpen)
        {
            if (Asked is not { } exchange)
            {
                // Nothing was asked: an end of stream, or bytes that belong to nothing.
                if (!_link.IsQuiet)
                {
                    if (IsIdle)
                    {
                        _link.Close();
                    }
                    else
                    {
                        Fail(PeerFailure.Closed);
                    }
                }

                return;
            }

            int count = _link.Receive(exchange.Reply, _received, CsFrame.Size);
            if (count <= 0)
            {
                FailIf(count);
                return;
            }

            _received += count;
            if (_received == CsFrame.Size)
            {
                _received = 0;
                Complete(exchange);
            }
        }
    }

    private void Complete(RingExchange exchange)
    {
        int failure = PeerLink.CheckReply(exchange.Request, exchange.Reply);
        if (failure != 0)
        {
            Fail(failure);
            return;
        }

        if (exchange.AsksKind)
        {
            _link.Identified(exchange.Reply);
        }

        _client.NoteUp(this);
        _sent.RemoveAt(0);
        exchange.Replied(_link.Kind);
    }

    private void FailIf(int failure)
    {
        if (failure < 0)
        {
            Fail(failure);
        }
    }

    // The node failed: whatever waits for it fails now, and whatever comes within the hold-off fails at once.
    private void Fail(int failure)
    {
        _link.Close();
        _downWith = failure;
        _downUntil = Clock.Monotonic() + _client.HoldOff;
        FailQueues(failure);
    }

    private void FailQueues(int failure)
    {
        // Taken out first: an operation that fails may queue its next frame on this very link.
        RingExchange[] failed = [.. _sent, .. _waiting];
        _sent.Clear();
        _waiting.Clear();
        foreach (RingExchange exchange in failed)
        {
            exchange.Failed(failure);
        }
    }
}

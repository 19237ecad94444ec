using Epollsrv.Native;

namespace Epollsrv.Ring;

/// <summary>
/// The one connection to a node: opened when first needed, kept and used again. To a node of ours several frames are sent back to back;
/// to a C node, and to one not known yet, the next only after the last was answered. Belongs to the thread of its <see cref="RingClient"/>.
/// </summary>
/// <remarks>Every close is a reset: after an ordinary close a C node spins for ever on the descriptor it leaks.</remarks>
internal sealed unsafe partial class NodeConnection
{
    private const int MaximumInFlight = 32;

    private readonly RingClient _client;
    private readonly HostResolver _resolver;
    private readonly RingOperation _probe = new RingOperation().Set(RingVerb.Identify, default);
    private OperationQueue _waiting;
    private OperationQueue _sent;
    private int _descriptor = -1;
    private State _state;
    private int _received;
    private bool _probing;
    private bool _givingPassword;

    // The socket took no more: no further attempt before poll says that it does.
    private bool _blocked;
    private long _attemptDeadline;
    private long _downUntil;
    private int _downWith;

    /// <summary>Describes the connection to node <paramref name="index"/>; nothing is opened yet.</summary>
    public NodeConnection(RingClient client, int index)
    {
        _client = client;
        Index = index;
        RingNode node = client.Nodes[index];
        _resolver = new HostResolver(node.Host, node.Port);
    }

    private enum State
    {
        Closed,
        Resolving,
        Connecting,
        Open,
    }

    /// <summary>The node's index, from 0.</summary>
    public int Index { get; }

    /// <summary>What the node is; unknown again after a close, since another program may come back in its place.</summary>
    public NodeKind Kind { get; private set; }

    /// <summary>How often a connection was opened: a change says that the node, or the way to it, has been away.</summary>
    public int Openings { get; private set; }

    /// <summary>Whether a connection stands.</summary>
    public bool IsOpen => _state == State.Open;

    /// <summary>Whether the failure has been told to the user since the node last answered.</summary>
    public bool DownNoted { get; set; }

    /// <summary>Whether name look-up is under way: the one thing poll(2) does not wake for.</summary>
    public bool IsResolving => _state == State.Resolving;

    /// <summary>Whether <see cref="Turn"/> has something to do at once.</summary>
    public bool HasWork => _waiting.Head is { } head
        && (_state == State.Closed || (_state == State.Open && !_probing && !_blocked && head.Sent == 0 && _sent.Count < InFlightLimit));

    /// <summary>Queues the next frame of an operation.</summary>
    public void Enqueue(RingOperation operation, bool first)
    {
        if (first)
        {
            _waiting.PushFront(operation);
        }
        else
        {
            _waiting.Push(operation);
        }
    }

    /// <summary>Says what to wait for; an entry with descriptor −1 when there is nothing.</summary>
    public void Watch(ref PollEntry entry)
    {
        entry.Descriptor = _state is State.Connecting or State.Open ? _descriptor : -1;
        entry.Returned = 0;
        bool unsent = _state == State.Connecting || _blocked;
        entry.Events = (short)((unsent ? PollEntry.Out : 0) | (_state == State.Open ? PollEntry.In : 0));
    }

    /// <summary>The earliest moment at which <see cref="Turn"/> must run again although nothing happened; long.MaxValue: none.</summary>
    public long NextDeadline()
    {
        if (_state is State.Resolving or State.Connecting)
        {
            return _attemptDeadline;
        }

        RingOperation? first = _probing ? _probe : _sent.Head ?? _waiting.Head;
        return _state == State.Open && first is not null && first.Deadline != 0 ? first.Deadline : long.MaxValue;
    }

    /// <summary>Does what can be done without waiting: connect, receive, send, give up what is late.</summary>
    public void Turn(long now, short events)
    {
        _blocked &= (events & (PollEntry.Out | PollEntry.Failed)) == 0;
        if (_state == State.Open && (events & (PollEntry.In | PollEntry.Failed)) != 0)
        {
            Receive();
        }
        else if (_state == State.Connecting && (events & (PollEntry.Out | PollEntry.Failed)) != 0)
        {
            Connected(Socket.PendingError(_descriptor));
        }

        if (_state == State.Closed && !_waiting.IsEmpty)
        {
            Open(now);
        }

        if (_state == State.Resolving)
        {
            Resolve();
        }

        if (_state == State.Open)
        {
            Send(now);
        }

        if (NextDeadline() <= now)
        {
            Fail(_state == State.Resolving ? NodeFailure.LookUpTimedOut : -Errno.TimedOut);
        }
    }

    /// <summary>Closes with a reset; operations under way fail.</summary>
    public void Close()
    {
        Disconnect();
        FailQueues(NodeFailure.Closed);
    }

    private void Open(long now)
    {
        if (now < _downUntil)
        {
            FailQueues(_downWith);
            return;
        }

        RingOperation head = _waiting.Head!;
        head.BeginClock(now, _client.Timeout);
        _attemptDeadline = head.Deadline;
        _state = State.Resolving;
    }

    private void Resolve()
    {
        int result = _resolver.Poll(out SocketAddress address);
        if (result == 0)
        {
            return;
        }

        if (result < 0)
        {
            Fail(NodeFailure.NoSuchHost);
            return;
        }

        _descriptor = Socket.Create(address.Family);
        if (_descriptor < 0)
        {
            Fail(_descriptor);
            return;
        }

        Socket.ResetOnClose(_descriptor);
        Socket.NoDelay(_descriptor);
        Socket.KeepAlive(_descriptor, 300);
        _state = State.Connecting;
        result = Socket.Connect(_descriptor, ref address);
        if (result != -Errno.InProgress)
        {
            Connected(result);
        }
    }

    private void Connected(int result)
    {
        if (result < 0)
        {
            _resolver.Forget();
            Fail(result);
            return;
        }

        _state = State.Open;
        Kind = NodeKind.Unknown;
        _received = 0;
        Openings++;
    }

    // The node failed: whatever waits for it fails now, and whatever comes within the hold-off fails at once.
    private void Fail(int failure)
    {
        Disconnect();
        _downWith = failure;
        _downUntil = Clock.Monotonic() + _client.HoldOff;
        FailQueues(failure);
    }

    private void Disconnect()
    {
        if (_descriptor >= 0)
        {
            Descriptor.Close(_descriptor);
            _descriptor = -1;
        }

        _state = State.Closed;
        Kind = NodeKind.Unknown;
        _probing = false;
        _givingPassword = false;
        _blocked = false;
        _received = 0;
    }

    private void FailQueues(int failure)
    {
        // Taken out first: an operation that fails may queue its next frame on this very connection.
        OperationQueue sent = _sent;
        OperationQueue waiting = _waiting;
        _sent = default;
        _waiting = default;
        while (sent.Pop() is { } operation)
        {
            operation.Failed(failure);
        }

        while (waiting.Pop() is { } operation)
        {
            operation.Failed(failure);
        }
    }
}

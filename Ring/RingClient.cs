using System;

using Epollsrv.Native;

namespace Epollsrv.Ring;

/// <summary>
/// The client side of a ring: operations go to the key's owner and to its replica over one connection per node, as many at a time as
/// the caller starts. One thread at a time; nothing blocks but <see cref="Poll"/> and what is built on it, and every operation ends
/// within <see cref="Timeout"/> (a withdrawal from a C node may take as much again for each frame that puts other holders back).
/// </summary>
internal sealed unsafe class RingClient : IDisposable
{
    /// <summary>How long an operation takes at most unless told otherwise: 2 s.</summary>
    public const long DefaultTimeout = 2_000_000_000;

    private readonly RingLink[] _links;
    private readonly PollEntry[] _entries;
    private Action<string>? _warn;
    private int _pending;

    /// <summary>Creates a client; connections are opened when first needed.</summary>
    /// <param name="nodes">The ring, at least one node.</param>
    /// <param name="timeout">Nanoseconds for an operation.</param>
    /// <param name="warn">Takes one line, without a newline, when a node is found to be down; null to keep silent.</param>
    public RingClient(PeerAddress[] nodes, long timeout, Action<string>? warn)
    {
        Nodes = nodes;
        Map = new RingMap(nodes.Length);
        Timeout = timeout;
        _warn = warn;
        _entries = GC.AllocateArray<PollEntry>(nodes.Length, pinned: true);
        _links = new RingLink[nodes.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            _links[i] = new RingLink(this, nodes[i]);
        }
    }

    /// <summary>The ring's nodes.</summary>
    public PeerAddress[] Nodes { get; }

    /// <summary>Which node a key belongs to.</summary>
    public RingMap Map { get; }

    /// <summary>How long an operation takes at most, nanoseconds.</summary>
    public long Timeout { get; }

    /// <summary>For how long a node that failed is not tried again, nanoseconds; what needs it in that time fails over at once.</summary>
    public long HoldOff { get; set; } = 500_000_000;

    /// <summary>Takes every change of a node's state: whether it answers, and if not, why. Null: <c>warn</c> takes the failures.</summary>
    public Action<PeerAddress, bool, string>? StateChanged { get; set; }

    /// <summary>How many operations are under way.</summary>
    public int Pending => _pending;

    /// <summary>Starts an operation; <see cref="Poll"/> moves it on.</summary>
    public void Start(RingOperation operation)
    {
        _pending++;
        operation.Begin(this);
    }

    /// <summary>Does what can be done, waiting at most the given time for the
    /// first thing that can; returns early when an operation ended.</summary>
    /// <param name="milliseconds">0: do not wait.</param>
    public void Poll(int milliseconds)
    {
        int before = _pending;
        long until = Clock.Monotonic() + (milliseconds * 1_000_000L);
        do
        {
            // Replies may start frames on connections that had their turn already, so turns are taken until nothing moves.
            long now = Clock.Monotonic();
            long wake = until;
            bool resolving = false;
            for (int i = 0; i < _links.Length; i++)
            {
                _links[i].Poll(now, _entries[i].Returned);
                _entries[i].Returned = 0;
            }

            for (int i = 0; i < _links.Length; i++)
            {
                _links[i].Poll(now, 0);
            }

            if (_pending < before)
            {
                return;
            }

            for (int i = 0; i < _links.Length; i++)
            {
                RingLink link = _links[i];
                link.Watch(ref _entries[i]);
                wake = Math.Min(wake, link.HasWork ? 0 : link.NextDeadline());
                resolving |= link.IsResolving;
            }

            Wait(wake, resolving);
        }
        while (Clock.Monotonic() < until);
    }

    /// <summary>Runs one operation to its end.</summary>
    public RingResult Run(RingOperation operation)
    {
        Start(operation);
        Complete(operation);
        return operation.Result;
    }

    /// <summary>Moves everything on until this operation has ended.</summary>
    public void Complete(RingOperation operation)
    {
        while (operation.Result == RingResult.Pending)
        {
            Poll(1000);
        }
    }

    /// <summary>How often a connection to the node was opened.</summary>
    public int OpeningsOf(int node) => _links[node].Openings;

    /// <summary>Whether a connection to the node stands.</summary>
    public bool IsOpen(int node) => _links[node].IsConnected;

    /// <summary>Whether the node answers, as <see cref="StateChanged"/> was told last.</summary>
    public bool IsUp(int node) => _links[node].IsUp == true;

    /// <summary>How often a node came or went.</summary>
    public int ChangesOf(int node) => _links[node].Changes;

    /// <summary>Closes every connection with a reset.</summary>
    public void Dispose()
    {
        // What is under way ends because nobody needs it any more, not because a node failed.
        _warn = null;
        StateChanged = null;
        foreach (RingLink link in _links)
        {
            link.Close();
        }

        // What failed over while its first node was being closed.
        foreach (RingLink link in _links)
        {
            link.Close();
        }
    }

    /// <summary>Queues a frame; called by runs of operations.</summary>
    internal void Enqueue(RingExchange exchange, int node, bool first) => _links[node].Enqueue(exchange, first);

    /// <summary>An operation has ended; called by it.</summary>
    internal void Finished() => _pending--;

    /// <summary>Tells the user once that a node is down, until it has answered again.</summary>
    internal void NoteDown(int node, int failure, string consequence)
    {
        if (!_links[node].NoteUp(false))
        {
            return;
        }

        string why = PeerFailure.Describe(failure) + consequence;
        if (StateChanged is { } changed)
        {
            changed(Nodes[node], false, why);
        }
        else
        {
            _warn?.Invoke(Nodes[node].Name + ": " + why);
        }
    }

    /// <summary>The node has answered; called by its link.</summary>
    internal void NoteUp(RingLink link)
    {
        if (link.NoteUp(true))
        {
            StateChanged?.Invoke(link.Node, true, string.Empty);
        }
    }

    private void Wait(long wake, bool resolving)
    {
        long left = wake - Clock.Monotonic();

        // Rounded up: a wait that ends just before its deadline would spin through the last millisecond.
        int milliseconds = left <= 0 ? 0 : (int)Math.Min((left + 999_999) / 1_000_000, int.MaxValue);
        milliseconds = resolving ? Math.Min(milliseconds, PeerLink.ResolvePause) : milliseconds;
        fixed (PollEntry* entries = _entries)
        {
            _ = Descriptor.Poll(entries, _entries.Length, milliseconds);
        }
    }
}

using System;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>
/// Keeps the ring informed about the files that one holder has: registers them, withdraws them, and registers them again on a node that
/// has been away (it may have come back empty). A node of ours gets a PUT, which changes nothing when the holder is listed already; a C
/// node is asked first, because it would list the holder twice. Belongs to one thread, which calls <see cref="Tick"/> about once a second.
/// </summary>
/// <remarks>Every frame goes to one node by itself, the owner's and the
/// replica's alike: what each of them knows is then known here.</remarks>
internal sealed class RegistrationClient : IDisposable
{
    private readonly byte[] _holder;
    private readonly Action<string>? _warn;
    private readonly Action<string>? _inform;
    private readonly NameSet _names = new();
    private RingClient _client;
    private RegistrationRounds _rounds;
    private RingAgreement _agreement;
    private PeerStatePublisher _states;
    private RingOperation[] _questions;
    private long _nextRenewal;

    /// <summary>Creates a client with connections of its own.</summary>
    /// <param name="nodes">The ring, this node included.</param>
    /// <param name="holder">"ADDRESS PORT" that other peers reach this holder at (<see cref="PeerAddress.Holder"/>).</param>
    /// <param name="timeout">Nanoseconds for one operation.</param>
    /// <param name="warn">Takes one line at a time about nodes that are down, refuse or disagree about the ring; null to keep silent.</param>
    /// <param name="fingerprint"><see cref="RingView.Fingerprint"/> of the ring; 0: nodes are not asked for theirs.</param>
    /// <param name="inform">Takes one line at a time about nodes that agree again; null to keep silent.</param>
    /// <param name="peers">Gets what is known of each node; null: nobody wants to know.</param>
    public RegistrationClient(PeerAddress[] nodes, byte[] holder, long timeout, Action<string>? warn, uint fingerprint = 0,
        Action<string>? inform = null, PeerState[]? peers = null)
    {
        _holder = holder;
        _warn = warn;
        _inform = inform;
        Connect(nodes, peers ?? PeerState.Of(nodes), timeout, fingerprint);
    }

    /// <summary>As <see cref="RingClient.StateChanged"/>.</summary>
    public Action<PeerAddress, bool, string>? StateChanged
    {
        private get;
        set
        {
            field = value;
            _client.StateChanged = value;
        }
    }

    /// <summary>Takes a line about each step of the conversation with a node; null: nobody wants to know. On the client's thread.</summary>
    public Action<string>? Trace { get; set; }

    /// <summary>
    /// Nanoseconds between two renewals of what is registered: registrations on nodes of ours
    /// are then leases. 0: they are for good. Set before the first <see cref="Register"/>.
    /// </summary>
    public long LeaseInterval
    {
        get => field;
        set
        {
            field = value;
            _rounds.AreLeases = value > 0;
        }
    }

    /// <summary>How many names are registered, or waiting for their nodes to return.</summary>
    public int Count => _names.Count;

    /// <summary>Those names. Changed by nobody else.</summary>
    public NameSet Names => _names;

    /// <summary>Whether a connection to a node stands.</summary>
    public bool IsOpen(int node) => _client.IsOpen(node);

    /// <summary>How many nodes a connection stands to.</summary>
    public int OpenNodes
    {
        get
        {
            int open = 0;
            for (int node = 0; node < _questions.Length; node++)
            {
                open += _client.IsOpen(node) ? 1 : 0;
            }

            return open;
        }
    }

    /// <summary>Whether every node that can be reached has been told everything.</summary>
    public bool IsSettled
    {
        get
        {
            for (int node = 0; node < _questions.Length; node++)
            {
                if (_client.IsOpen(node) && !_rounds.IsSettled(node))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Registers names; known ones are left out. A node that is down is told when it returns.</summary>
    /// <param name="names">File names, 1 … 255 bytes; others are left out with a warning, CS cannot carry them.</param>
    /// <param name="budget">Nanoseconds after which nothing more is started (what is under
    /// way ends within one operation's time); <see cref="Tick"/> does the rest.</param>
    /// <returns>How many of the names at least one node knows now.</returns>
    public int Register(NameSet names, long budget)
    {
        using NameSet fresh = new();
        for (int place = 0; place < names.Capacity; place++)
        {
            if (!names.TryAt(place, out ReadOnlySpan<byte> name))
            {
                continue;
            }

            if (name.Length is 0 or > CsFrame.MaximumKey)
            {
                _warn?.Invoke("a file name of " + name.Length.ToString(CultureInfo.InvariantCulture)
                    + " bytes is not registered: the protocol carries 1 to 255");
            }
            else if (_names.Add(name))
            {
                _ = fresh.Add(name);
            }
        }

        return _rounds.Run(RingVerb.Register, fresh, -1, fresh.Count == _names.Count, Clock.Monotonic() + budget);
    }

    /// <summary>Withdraws names, so that this holder is no longer offered for them.</summary>
    /// <param name="names">Names given to <see cref="Register"/>; others are ignored.</param>
    /// <param name="budget">As for <see cref="Register"/>; what is left stays registered in the ring.</param>
    /// <returns>How many were withdrawn from at least one node.</returns>
    public int Withdraw(NameSet names, long budget)
    {
        using NameSet gone = new();
        for (int place = 0; place < names.Capacity; place++)
        {
            if (names.TryAt(place, out ReadOnlySpan<byte> name) && _names.Remove(name))
            {
                _ = gone.Add(name);
            }
        }

        return _rounds.Run(RingVerb.Withdraw, gone, -1, false, Clock.Monotonic() + budget);
    }

    /// <summary>Withdraws names that another client registered for this holder.</summary>
    /// <param name="names">1 … 255 bytes each.</param>
    /// <param name="budget">As for <see cref="Register"/>.</param>
    /// <returns>How many were withdrawn from at least one node.</returns>
    public int WithdrawUnregistered(NameSet names, long budget) =>
        _rounds.Run(RingVerb.Withdraw, names, -1, false, Clock.Monotonic() + budget);

    /// <summary>
    /// Goes on with another list of nodes: registers all names where they belong now, then withdraws them from nodes that they do not
    /// belong to any more; from a node that does not answer when it returns, if it is still in the list. New connections to all nodes are
    /// opened.
    /// </summary>
    /// <param name="nodes">The ring, this node included.</param>
    /// <param name="peers">Gets what is known of each of them.</param>
    /// <param name="fingerprint"><see cref="RingView.Fingerprint"/> of the ring.</param>
    /// <param name="budget">As for <see cref="Register"/>.</param>
    public void ChangeRing(PeerAddress[] nodes, PeerState[] peers, uint fingerprint, long budget)
    {
        using RingClient before = _client;
        using RegistrationRounds roundsBefore = _rounds;
        Connect(nodes, peers, before.Timeout, fingerprint);
        _rounds.AreLeases = roundsBefore.AreLeases;
        long until = Clock.Monotonic() + budget;
        _ = _rounds.Run(RingVerb.Register, _names, -1, true, until);
        RingChange.Withdraw(_names, before, roundsBefore, _client, _rounds, until);
    }

    /// <summary>Withdraws everything: for a clean stop.</summary>
    /// <param name="budget">As for <see cref="Register"/>.</param>
    public int WithdrawAll(long budget)
    {
        int done = _rounds.Run(RingVerb.Withdraw, _names, -1, false, Clock.Monotonic() + budget);
        _names.Clear();
        return done;
    }

    /// <summary>Looks after the nodes: notices those that went, asks those that
    /// are away, registers everything again on those that returned.</summary>
    /// <param name="budget">As for <see cref="Register"/>.</param>
    public void Tick(long budget)
    {
        long until = Clock.Monotonic() + budget;

        // Twice: the first sees what the kernel has to say, the second acts on it.
        _client.Poll(0);
        _client.Poll(0);
        for (int node = 0; node < _questions.Length; node++)
        {
            if (!_client.IsOpen(node) && _questions[node].Result != RingResult.Pending)
            {
                _client.Start(_questions[node].Set(RingVerb.Identify, default, default, node));
            }
        }

        bool isRenewal = LeaseInterval > 0 && Clock.Monotonic() >= _nextRenewal;
        _agreement.Ask(isRenewal);
        if (isRenewal)
        {
            _nextRenewal = Clock.Monotonic() + LeaseInterval;
            for (int node = 0; node < _questions.Length; node++)
            {
                if (_client.IsOpen(node) && _questions[node].Result != RingResult.Pending)
                {
                    _client.Start(_questions[node].Set(RingVerb.RenewLease, default, _holder, node));
                }
            }
        }

        while (_client.Pending > 0 && Clock.Monotonic() < until)
        {
            _client.Poll((int)Math.Clamp((until - Clock.Monotonic() + 999_999) / 1_000_000, 0, 1000));
        }

        _agreement.Judge();

        for (int node = 0; node < _questions.Length && Clock.Monotonic() < until; node++)
        {
            TakeAnswer(node);
            _rounds.CatchUp(node, _names, until);
        }

        _states.Publish(Trace);
    }

    /// <summary>Closes the connections with a reset; nothing is withdrawn.</summary>
    public void Dispose()
    {
        _client.Dispose();
        _names.Dispose();
        _rounds.Dispose();
    }

    private void TakeAnswer(int node)
    {
        RingOperation question = _questions[node];
        if (question.Result == RingResult.Unreachable && !_client.IsOpen(node))
        {
            _client.NoteDown(node, question.FailureCode, string.Empty);
        }
        else if (question is { Verb: RingVerb.RenewLease, Result: RingResult.Done or RingResult.NotFound })
        {
            // Answered once: the next answer is another's.
            bool forgotten = question.Result == RingResult.NotFound;
            _ = question.Set(RingVerb.Identify, default);
            _states.NoteRenewal(node, forgotten, Trace);
            if (forgotten)
            {
                _rounds.Forget(node);
            }
        }
    }

    [MemberNotNull(nameof(_client), nameof(_rounds), nameof(_agreement), nameof(_states), nameof(_questions))]
    private void Connect(PeerAddress[] nodes, PeerState[] peers, long timeout, uint fingerprint)
    {
        _client = new RingClient(nodes, timeout, _warn) { StateChanged = StateChanged };
        _rounds = new RegistrationRounds(_client, _holder, _warn);
        _states = new PeerStatePublisher(_client, _rounds, peers);
        _agreement = new RingAgreement(_client, fingerprint, _warn, _inform);
        _questions = new RingOperation[nodes.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            _questions[i] = new RingOperation();
        }
    }
}

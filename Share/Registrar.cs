using System;
using System.Globalization;
using System.Threading;

using Epollsrv.Native;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <summary>
/// Keeps the ring informed of a node's shared files, on a thread of its own: registers all at
/// start, one when it is added, withdraws it when it is removed, all again on a node that returns,
/// and withdraws all at a clean stop. Nothing that happens to the folder or to the ring ends it.
/// </summary>
internal sealed unsafe class Registrar
{
    // How often nodes are looked after, and a folder without a watch is listed again.
    private const int TickMilliseconds = 1000;
    private const long TickBudget = 5_000_000_000;

    private const long WarningInterval = 60_000_000_000;
    private const int MostWarnings = 20;

    // Names handed over at a time: between two such parts a stop is noticed.
    private const int Part = 256;

    private readonly SharedFolder _folder;
    private readonly PeerAddress? _own;
    private readonly Action<string> _inform;
    private readonly Action<string> _warn;
    private readonly int _wake;
    private readonly Thread _thread;

    // Owned by the registrar's thread.
    private readonly RegistrationClient _client;
    private readonly FolderChanges _changes;
    private long _warningsSince;
    private int _warnings;

    // Written by the thread that stops the node, read by the registrar's: nanoseconds for the withdrawal, 0 while running.
    private long _stopBudget;

    // Published by the registrar's thread, read by any: the ring as it is used.
    private RingView _view;

    // The ring to use from now on; null: as it is. Put by any thread, taken by the registrar's.
    private RingView? _next;

    // Written by the registrar's thread, read by any: names registered now.
    private int _count;

    /// <summary>Prepares; nothing happens before <see cref="Start"/>.</summary>
    /// <param name="folder">The folder; stays open until the registrar has stopped.</param>
    /// <param name="view">The ring, this node included.</param>
    /// <param name="own">How this node reaches itself, where the announced address cannot be reached from here; null: at that.</param>
    /// <param name="holder">"ADDRESS PORT" that is registered: the announced address (<see cref="PeerAddress.Holder"/>).</param>
    /// <param name="timeout">Nanoseconds for one operation on the ring.</param>
    /// <param name="inform">Takes a line about what was done. Called on the registrar's thread.</param>
    /// <param name="warn">Takes a line about what failed. Called on the registrar's thread.</param>
    public Registrar(SharedFolder folder, RingView view, PeerAddress? own, byte[] holder, long timeout, Action<string> inform,
        Action<string> warn)
    {
        _folder = folder;
        _own = own;
        _view = view;
        _client = new RegistrationClient(Reachable(view), holder, timeout, Warn, Fingerprint(view), inform, view.Peers);
        _changes = new FolderChanges(folder, _client.Names, Warn);
        _inform = inform;
        _warn = warn;
        _wake = Descriptor.CreateEvent();
        _thread = NewThread.Create(Run, 512 * 1024, "registrar");
    }

    /// <summary>Called with the name of each file that was added or changed; null: nobody
    /// wants to know. On the registrar's thread; set before <see cref="Start"/>.</summary>
    public Action<byte[]>? Changed { init => _changes.Changed = value; }

    /// <summary>As <see cref="RegistrationClient.Trace"/>. Set before <see cref="Start"/>.</summary>
    public Action<string>? Trace { init => _client.Trace = value; }

    /// <summary>As <see cref="RingClient.StateChanged"/>. On the registrar's thread; set before <see cref="Start"/>.</summary>
    public Action<PeerAddress, bool, string>? StateChanged { get; init; }

    /// <summary>Nanoseconds between two renewals of the registrations:
    /// <see cref="RegistrationClient.LeaseInterval"/>. Set before <see cref="Start"/>.</summary>
    public long LeaseInterval { get; init; } = 10_000_000_000;

    /// <summary>How many files are registered, or wait for their nodes to return. Any thread.</summary>
    public int Count => Volatile.Read(ref _count); // pairs with the write in Publish

    /// <summary>The ring as it is used. Any thread.</summary>
    public RingView View => Volatile.Read(ref _view); // pairs with the write in ChangeRing

    /// <summary>Goes on with another list of the ring's nodes, in which this node has the same address: files are registered where they
    /// belong now. Returns at once. Any thread.</summary>
    public void ChangeRing(RingView view)
    {
        _ = Interlocked.Exchange(ref _next, view); // pairs with the exchange in Run
        Descriptor.Signal(_wake);
    }

    /// <summary>Starts the thread; the node itself should already accept connections.</summary>
    public void Start() => NewThread.Start(_thread);

    /// <summary>Asks the thread to withdraw everything and end; returns at
    /// once. Any thread, as often as it likes: the first call counts.</summary>
    /// <param name="budget">Nanoseconds for the withdrawal; files that are not withdrawn by then stay listed in the ring.</param>
    public void BeginStop(long budget)
    {
        if (Interlocked.CompareExchange(ref _stopBudget, Math.Max(1, budget), 0) == 0) // pairs with the read in IsStopping
        {
            Descriptor.Signal(_wake);
        }
    }

    /// <summary>Whether the thread has ended (or was never started). Any thread.</summary>
    public bool HasStopped => !_thread.IsAlive;

    private bool IsStopping => Volatile.Read(ref _stopBudget) != 0; // pairs with the exchange in BeginStop

    private void Run()
    {
        _client.LeaseInterval = LeaseInterval;
        _client.StateChanged = StateChanged is null ? null : TellState;
        _changes.Watch();
        while (!IsStopping)
        {
            if (_changes.IsListingDue)
            {
                Apply(_changes.List);
            }

            if (Interlocked.Exchange(ref _next, null) is { } next) // pairs with the exchange in ChangeRing
            {
                UseRing(next);
            }

            _client.Tick(TickBudget);
            Wait((int)Math.Clamp(LeaseInterval / 2_000_000, 100, TickMilliseconds));
            _changes.Read();
            Apply(_changes.Take);
        }

        Withdraw();
        _client.Dispose();
        _changes.Dispose();
    }

    private void UseRing(RingView view)
    {
        Volatile.Write(ref _view, view); // pairs with the read in View
        _client.ChangeRing(Reachable(view), view.Peers, Fingerprint(view), TickBudget);
        _inform("the ring has " + Number(view.Nodes.Length) + " nodes now; " + Number(_client.Count) + " files are registered with them");
    }

    // A node alone has nobody to ask.
    private static uint Fingerprint(RingView view) => view.Nodes.Length > 1 ? view.Fingerprint() : 0;

    // The nodes as this one reaches them.
    private PeerAddress[] Reachable(RingView view)
    {
        PeerAddress[] nodes = view.Nodes.AsSpan().ToArray();
        if (_own is not null)
        {
            nodes[view.Self] = new PeerAddress(view.Self + 1, _own.Host, _own.Port, 0);
        }

        return nodes;
    }

    private void Withdraw()
    {
        int count = _client.Count;
        int withdrawn = _client.WithdrawAll(Volatile.Read(ref _stopBudget)); // pairs with the exchange in BeginStop
        if (count > 0)
        {
            _inform("withdrew " + Number(withdrawn) + " of " + Number(count) + " files from the ring");
        }

        Publish();
    }

    private void Wait(int milliseconds)
    {
        PollEntry* entries = stackalloc PollEntry[2];
        entries[0] = new PollEntry { Descriptor = _wake, Events = PollEntry.In };
        entries[1] = new PollEntry { Descriptor = _changes.Descriptor, Events = PollEntry.In };
        _ = Descriptor.Poll(entries, 2, milliseconds);
        if (!IsStopping)
        {
            Descriptor.Drain(_wake);
        }
    }

    private void Apply(Action<NameSet, NameSet> find)
    {
        using NameSet added = new();
        using NameSet removed = new();
        find(added, removed);
        if (added.Count + removed.Count == 0)
        {
            return;
        }

        // Withdrawn first: a file renamed and another put in its place are two names, but never both missing for long.
        int withdrawn = Hand(removed, add: false);
        int registered = Hand(added, add: true);
        Publish();
        _inform((added.Count == 0 ? string.Empty : "registered " + Number(registered) + " of " + Number(added.Count) + " files")
            + (added.Count == 0 || removed.Count == 0 ? string.Empty : ", ")
            + (removed.Count == 0 ? string.Empty : "withdrew " + Number(withdrawn) + " of " + Number(removed.Count) + " files")
            + "; " + Number(_client.Count) + " shared from " + _folder.Path);
    }

    private int Hand(NameSet names, bool add)
    {
        int done = 0;
        int place = 0;
        using NameSet part = new();
        while (place < names.Capacity && !IsStopping)
        {
            for (part.Clear(); place < names.Capacity && part.Count < Part; place++)
            {
                if (names.TryAt(place, out ReadOnlySpan<byte> name) && !(add && _changes.IsFullWith(part.Count)))
                {
                    _ = part.Add(name);
                }
            }

            done += add ? _client.Register(part, TickBudget) : _client.Withdraw(part, TickBudget);
        }

        return done;
    }

    // After a stop has begun the node itself may answer no more.
    private void TellState(PeerAddress node, bool isUp, string why)
    {
        if (!IsStopping || node.Number != _view.Self + 1)
        {
            StateChanged!(node, isUp, why);
        }
    }

    // After a stop has begun the node itself may answer no more, and need not: what it stores goes with it. Otherwise
    // the lines are limited: a ring that refuses every one of a hundred thousand names is told once, not so often.
    private void Warn(string line)
    {
        string own = (_own is null ? _view.Nodes[_view.Self] : new PeerAddress(_view.Self + 1, _own.Host, _own.Port, 0)).Name;
        if (IsStopping && line.StartsWith(own + ":", StringComparison.Ordinal))
        {
            return;
        }

        long now = Clock.Monotonic();
        if (now - _warningsSince > WarningInterval)
        {
            _warningsSince = now;
            _warnings = 0;
        }

        _warnings++;
        if (_warnings <= MostWarnings)
        {
            _warn(_warnings < MostWarnings ? line : line + " (more such lines are left out for a minute)");
        }
    }

    private void Publish() => Volatile.Write(ref _count, _client.Count); // pairs with the read in Count

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

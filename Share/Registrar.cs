using System;
using System.Globalization;
using System.Threading;

using Epollsrv.Native;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <summary>
/// Keeps the ring informed of a node's shared files, on a thread of its own: registers all at start, one when it is added, withdraws it when
/// it is removed, all again on a node that returns, and withdraws all at a clean stop. Nothing that happens to the folder or to the ring ends it.
/// </summary>
internal sealed unsafe partial class Registrar
{
    // How often nodes are looked after, and a folder without a watch is listed again.
    private const int TickMilliseconds = 1000;
    private const long UnwatchedInterval = 30_000_000_000;
    private const long TickBudget = 5_000_000_000;

    private const long WarningInterval = 60_000_000_000;
    private const int MostWarnings = 20;

    // Names handed over at a time: between two such parts a stop is noticed.
    private const int Part = 256;

    private readonly SharedFolder _folder;
    private readonly RingNode[] _nodes;
    private readonly int _self;
    private readonly byte[] _holder;
    private readonly long _timeout;
    private readonly Action<string> _inform;
    private readonly Action<string> _warn;
    private readonly int _wake;
    private readonly Thread _thread;

    // Owned by the thread that calls Stop.
    private bool _closed;

    // Owned by the registrar's thread.
    private readonly NameSet _registered = new();
    private readonly NameSet _skipped = new();
    private readonly NameSet _changed = new();
    private FolderWatcher? _watcher;
    private bool _listAgain = true;
    private bool _folderFailed;
    private long _warningsSince;
    private int _warnings;
    private long _nextListing;

    // Written by the thread that stops the node, read by the registrar's: nanoseconds for the withdrawal, 0 while running.
    private long _stopBudget;

    // Written by the registrar's thread, read by any: to which nodes a connection stands.
    private readonly bool[] _up;

    // Written by the registrar's thread, read by any: names registered now.
    private int _count;

    /// <summary>Prepares; nothing happens before <see cref="Start"/>.</summary>
    /// <param name="folder">The folder; stays open until the registrar has stopped.</param>
    /// <param name="nodes">
    /// The ring, this node included. The own entry may name another address than the announced one where that cannot be reached from here.
    /// </param>
    /// <param name="self">The own index in <paramref name="nodes"/>, from 0.</param>
    /// <param name="holder">"ADDRESS PORT" that is registered: the announced address (<see cref="RingNode.Holder"/>).</param>
    /// <param name="timeout">Nanoseconds for one operation on the ring.</param>
    /// <param name="inform">Takes a line about what was done. Called on the registrar's thread.</param>
    /// <param name="warn">Takes a line about what failed. Called on the registrar's thread.</param>
    public Registrar(SharedFolder folder, RingNode[] nodes, int self, byte[] holder, long timeout, Action<string> inform, Action<string> warn)
    {
        _folder = folder;
        _nodes = nodes;
        _self = self;
        _up = new bool[nodes.Length];
        _holder = holder;
        _timeout = timeout;
        _inform = inform;
        _warn = warn;
        _wake = Descriptor.CreateEvent();
        _thread = new Thread(Run, 512 * 1024) { IsBackground = true, Name = "registrar" };
    }

    /// <summary>Called with the name of each file that was added or changed; null: nobody wants to know. On the registrar's thread; set before <see cref="Start"/>.</summary>
    public Action<byte[]>? Changed { get; init; }

    /// <summary>Nanoseconds between two renewals of the registrations: <see cref="RegistrationClient.LeaseInterval"/>. Set before <see cref="Start"/>.</summary>
    public long LeaseInterval { get; init; } = 10_000_000_000;

    /// <summary>How many files are registered, or wait for their nodes to return. Any thread.</summary>
    public int Count => Volatile.Read(ref _count); // pairs with the write in Publish

    /// <summary>Whether a connection to a node stood when they were last looked after. Any thread.</summary>
    public bool IsUp(int node) => Volatile.Read(ref _up[node]); // pairs with the write in Run

    /// <summary>Starts the thread; the node itself should already accept connections.</summary>
    public void Start() => _thread.Start();

    /// <summary>Asks the thread to withdraw everything and end; returns at once. Any thread, as often as it likes: the first call counts.</summary>
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

    /// <summary><see cref="BeginStop"/>, and waits for the thread. One thread.</summary>
    /// <param name="budget">As there.</param>
    /// <returns>False when the thread had not ended a few seconds after that: the ring hangs; the process may end all the same.</returns>
    public bool Stop(long budget)
    {
        BeginStop(budget);
        long longest = budget + TickBudget + (2 * _timeout);
        bool ended = HasStopped || _thread.Join((int)Math.Min(int.MaxValue, longest / 1_000_000));
        if (ended && !_closed)
        {
            // Not by the thread itself: BeginStop may be about to write to it.
            _closed = true;
            Descriptor.Close(_wake);
        }

        return ended;
    }

    private bool IsStopping => Volatile.Read(ref _stopBudget) != 0; // pairs with the exchange in BeginStop

    private void Run()
    {
        RegistrationClient client = new(_nodes, _holder, _timeout, Warn) { LeaseInterval = LeaseInterval };
        Watch();
        while (!IsStopping)
        {
            long now = Clock.Monotonic();
            if (_listAgain || (_watcher is null && now >= _nextListing))
            {
                ListAll(client);
            }

            client.Tick(TickBudget);
            for (int node = 0; node < _up.Length; node++)
            {
                Volatile.Write(ref _up[node], client.IsOpen(node)); // pairs with the read in IsUp
            }

            Wait((int)Math.Clamp(LeaseInterval / 2_000_000, 100, TickMilliseconds));
            ReadChanges();
            ApplyChanges(client);
        }

        Withdraw(client);
        client.Dispose();
        _watcher?.Close();
    }

    private void Withdraw(RegistrationClient client)
    {
        long until = Clock.Monotonic() + Volatile.Read(ref _stopBudget); // pairs with the exchange in BeginStop
        int withdrawn = 0;
        int count = _registered.Count;
        byte[][] names = _registered.ToArray();
        for (int i = 0; i < names.Length; i += Part)
        {
            long left = until - Clock.Monotonic();
            if (left <= 0)
            {
                break;
            }

            withdrawn += client.Withdraw(names.AsSpan(i, Math.Min(Part, names.Length - i)), left);
        }

        if (count > 0)
        {
            _inform("withdrew " + Number(withdrawn) + " of " + Number(count) + " files from the ring");
        }

        _registered.Clear();
        Publish();
    }

    private void Watch()
    {
        _watcher = FolderWatcher.TryCreate(_folder, out int error);
        if (_watcher is null)
        {
            Warn("cannot watch " + _folder.Path + ": " + Errno.Describe(error) + "; it is listed again every "
                + Number((int)(UnwatchedInterval / 1_000_000_000)) + " s (fs.inotify.max_user_instances and max_user_watches limit watches)");
        }
    }

    private void Wait(int milliseconds)
    {
        PollEntry* entries = stackalloc PollEntry[2];
        entries[0] = new PollEntry { Descriptor = _wake, Events = PollEntry.In };
        entries[1] = new PollEntry { Descriptor = _watcher?.Descriptor ?? -1, Events = PollEntry.In };
        _ = Descriptor.Poll(entries, 2, milliseconds);
    }

    // After a stop has begun the node itself may answer no more, and need not: what it stores goes with it. Otherwise the lines are limited:
    // a ring that refuses every one of a hundred thousand names is told once, not so often.
    private void Warn(string line)
    {
        if (IsStopping && line.StartsWith(_nodes[_self].Name + ":", StringComparison.Ordinal))
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

    private void Publish() => Volatile.Write(ref _count, _registered.Count); // pairs with the read in Count

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

using System;

using Epollsrv.Native;

namespace Epollsrv.Ring;

/// <summary>
/// Rounds of a <see cref="RegistrationClient"/>: one verb for many names, each on the nodes
/// it belongs to, and what each node has been told by them. Belongs to the client's thread.
/// </summary>
internal sealed class RegistrationRounds : IDisposable
{
    private const int Window = 64;

    // Withdrawals that a node has missed. Beyond this they are forgotten: a node
    // that was away for so long has forgotten its leases, or was started anew.
    private const int MostOwed = 1_000_000;

    private readonly RingClient _client;
    private readonly byte[] _holder;
    private readonly Action<string>? _warn;
    private readonly RingOperation[] _operations = new RingOperation[Window];
    private readonly PeerProgress[] _progress;
    private readonly NameSet[] _owed;

    public RegistrationRounds(RingClient client, byte[] holder, Action<string>? warn)
    {
        _client = client;
        _holder = holder;
        _warn = warn;
        _progress = new PeerProgress[client.Nodes.Length];
        _owed = new NameSet[client.Nodes.Length];
        for (int node = 0; node < _owed.Length; node++)
        {
            _owed[node] = new NameSet(MostOwed);
        }

        for (int i = 0; i < Window; i++)
        {
            _operations[i] = new RingOperation();
        }
    }

    /// <summary>Whether registrations on nodes of ours are leases.</summary>
    public bool AreLeases { get; set; }

    /// <summary>Whether a node has been told everything.</summary>
    public bool IsSettled(int node) => _progress[node].Informed == _client.OpeningsOf(node) && _owed[node].Count == 0;

    /// <summary>A node has forgotten everything.</summary>
    public void Forget(int node) => _progress[node].Forget();

    /// <summary>A node is told later that names are gone from it, which must not belong to it any more.</summary>
    public void Owe(int node, NameSet names)
    {
        for (int place = 0; place < names.Capacity; place++)
        {
            if (names.TryAt(place, out ReadOnlySpan<byte> name))
            {
                _ = _owed[node].Add(name);
            }
        }
    }

    /// <summary>What a node has missed in another ring is made up for here.</summary>
    /// <param name="node">The node.</param>
    /// <param name="before">The rounds of the other ring.</param>
    /// <param name="nodeBefore">The node's index there.</param>
    public void TakeOver(int node, RegistrationRounds before, int nodeBefore) => Owe(node, before._owed[nodeBefore]);

    /// <summary>A node is told what it has missed; one that has been away everything, in as many rounds as it takes.</summary>
    public void CatchUp(int node, NameSet names, long until)
    {
        if (_client.IsOpen(node))
        {
            PayOff(node, names, until);
        }

        if (!_client.IsOpen(node) || _progress[node].Informed == _client.OpeningsOf(node))
        {
            return;
        }

        int from = _progress[node].GoOnAt(_client.OpeningsOf(node), names.Version);
        _ = Run(RingVerb.Register, names, node, true, until, from);
    }

    /// <summary>Runs a verb for each name on its owner and its replica, or on one of them; a withdrawal for one node on that node, whether
    /// the names belong to it or not.</summary>
    /// <param name="verb">Register or Withdraw.</param>
    /// <param name="names">The names.</param>
    /// <param name="onlyNode">The one node, or −1.</param>
    /// <param name="everything">The names are all that are registered.</param>
    /// <param name="until">Nothing is started after this moment, nanoseconds of the monotonic clock.</param>
    /// <param name="from">The place of the first name.</param>
    /// <returns>For how many names at least one node did it.</returns>
    public int Run(RingVerb verb, NameSet names, int onlyNode, bool everything, long until, int from = 0)
    {
        for (int node = 0; node < _progress.Length; node++)
        {
            _progress[node].Begin();
        }

        names.Unmark();
        int done = 0;
        int started = 0;
        int ended = 0;
        int place = from;
        bool canPause = everything && onlyNode >= 0;
        bool isForOne = verb == RingVerb.Withdraw && onlyNode >= 0;
        for (; place < names.Capacity && !(canPause && Clock.Monotonic() >= until); place++)
        {
            if (names.TryAt(place, out ReadOnlySpan<byte> name))
            {
                int owner = isForOne ? onlyNode : _client.Map.Owner(name);
                if (!TryStart(owner, place, name) || (!isForOne && !TryStart(_client.Map.Replica(owner), place, name)))
                {
                    break;
                }
            }
        }

        Drain(0);
        for (int node = 0; node < _progress.Length; node++)
        {
            if (onlyNode < 0 || node == onlyNode)
            {
                _progress[node].End(_client.OpeningsOf(node), everything, place < names.Capacity ? place : -1);
            }
        }

        return done;

        // False: the time was over while it waited for its turn, and the next round goes on with this name.
        bool TryStart(int node, int at, ReadOnlySpan<byte> name)
        {
            if (node < 0 || (onlyNode >= 0 && node != onlyNode))
            {
                return true;
            }

            Drain(Window - 1);
            if (Clock.Monotonic() >= until)
            {
                if (canPause)
                {
                    return false;
                }

                _progress[node].Missed();
                Owe(verb, node, name);
                return true;
            }

            RingOperation operation = FreeOperation();
            operation.Tag = at;
            operation.IsLease = AreLeases;
            started++;
            _client.Start(operation.Set(verb, name, _holder, node));
            return true;
        }

        void Drain(int most)
        {
            while (started - ended > most)
            {
                _client.Poll(1000);
                foreach (RingOperation operation in _operations)
                {
                    if (operation.Tag >= 0 && operation.Result != RingResult.Pending)
                    {
                        ended++;
                        done += operation.Result == RingResult.Done && names.Mark(operation.Tag) ? 1 : 0;
                        operation.Tag = -1;
                        Judge(operation, verb);
                    }
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (NameSet owed in _owed)
        {
            owed.Dispose();
        }
    }

    private void Judge(RingOperation operation, RingVerb verb)
    {
        int node = operation.OnlyNode;
        if (operation.Result == RingResult.Refused)
        {
            _warn?.Invoke(operation.Failure);
        }
        else if (operation.Result == RingResult.Unreachable)
        {
            _progress[node].Missed();
            Owe(verb, node, operation.Key);
            _client.NoteDown(node, operation.FailureCode, verb == RingVerb.Register ? "; it is told about this node's files when it returns"
                : "; it is told that files are gone when it returns");
            return;
        }

        _progress[node].Told(_client.OpeningsOf(node));
    }

    // A withdrawal that a node has missed, unlike a registration, is in no list of what is shared now.
    private void Owe(RingVerb verb, int node, ReadOnlySpan<byte> name)
    {
        if (verb == RingVerb.Withdraw)
        {
            _ = _owed[node].Add(name);
        }
    }

    private void PayOff(int node, NameSet names, long until)
    {
        if (_owed[node].Count == 0)
        {
            return;
        }

        using NameSet owed = _owed[node];
        _owed[node] = new NameSet(MostOwed);
        using NameSet gone = new();
        for (int place = 0; place < owed.Capacity; place++)
        {
            if (owed.TryAt(place, out ReadOnlySpan<byte> name) && !(names.Contains(name) && IsFor(node, name)))
            {
                _ = gone.Add(name);
            }
        }

        _ = Run(RingVerb.Withdraw, gone, node, false, until);
    }

    private bool IsFor(int node, ReadOnlySpan<byte> name)
    {
        int owner = _client.Map.Owner(name);
        return owner == node || _client.Map.Replica(owner) == node;
    }

    private RingOperation FreeOperation()
    {
        foreach (RingOperation operation in _operations)
        {
            if (operation.Tag < 0)
            {
                return operation;
            }
        }

        throw new InvalidOperationException("more operations under way than the window has");
    }
}

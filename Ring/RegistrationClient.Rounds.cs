using System;
using System.Collections.Generic;

using Epollsrv.Native;

namespace Epollsrv.Ring;

/// <content>Rounds: one verb for many names, each on the nodes it belongs to.</content>
internal sealed partial class RegistrationClient
{
    private const int Window = 64;
    private const long NanosecondsPerMillisecond = 1_000_000;

    private readonly RingOperation[] _operations = new RingOperation[Window];
    private readonly NodeProgress[] _progress;
    private readonly List<byte[]>[] _owed;

    // Runs a verb for each name on its owner and its replica, or on one of them. everything: the names are all that are registered.
    private int RunAll(RingVerb verb, List<byte[]> names, int onlyNode, bool everything, long until)
    {
        for (int node = 0; node < _progress.Length; node++)
        {
            _progress[node].Begin();
        }

        bool[] done = new bool[names.Count];
        int started = 0;
        int ended = 0;
        for (int i = 0; i < names.Count; i++)
        {
            int owner = _client.Map.Owner(names[i]);
            Start(owner, i);
            Start(_client.Map.Replica(owner), i);
        }

        Drain(0);
        for (int node = 0; node < _progress.Length; node++)
        {
            if (onlyNode < 0 || node == onlyNode)
            {
                _progress[node].End(_client.OpeningsOf(node), everything);
            }
        }

        return Array.FindAll(done, static x => x).Length;

        void Start(int node, int name)
        {
            if (node < 0 || (onlyNode >= 0 && node != onlyNode))
            {
                return;
            }

            Drain(Window - 1);
            if (Clock.Monotonic() >= until)
            {
                _progress[node].Missed();
                Owe(verb, node, names[name]);
                return;
            }

            RingOperation operation = FreeOperation();
            operation.Tag = name;
            operation.IsLease = LeaseInterval > 0;
            started++;
            _client.Start(operation.Set(verb, names[name], _holder, node));
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
                        done[operation.Tag] |= operation.Result == RingResult.Done;
                        operation.Tag = -1;
                        Judge(operation, verb);
                    }
                }
            }
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
            Owe(verb, node, operation.Key.ToArray());
            _client.NoteDown(node, operation.FailureCode, verb == RingVerb.Register ? "; it is told about this node's files when it returns" : "; it is told that files are gone when it returns");
            return;
        }

        _progress[node].Told(_client.OpeningsOf(node));
    }

    // A withdrawal that a node has missed, unlike a registration, is in no list of what is shared now.
    private void Owe(RingVerb verb, int node, byte[] name)
    {
        if (verb == RingVerb.Withdraw)
        {
            _owed[node].Add(name);
        }
    }

    private void PayOff(int node, long until)
    {
        List<byte[]> names = _owed[node];
        if (names.Count > 0)
        {
            _owed[node] = [];
            _ = names.RemoveAll(name => _known.Contains(Convert.ToHexString(name)));
            _ = RunAll(RingVerb.Withdraw, names, node, false, until);
        }
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

    private void Poll(long until)
        => _client.Poll((int)Math.Clamp((until - Clock.Monotonic() + NanosecondsPerMillisecond - 1) / NanosecondsPerMillisecond, 0, 1000));
}

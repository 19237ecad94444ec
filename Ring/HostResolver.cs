using System;
using System.Threading;

using Epollsrv.Native;

namespace Epollsrv.Ring;

/// <summary>
/// The address behind a node's host. A numeric one is known at once; a name is looked up on a thread of its own, because the C library's
/// look-up may block for many seconds and an operation of the ring may not. Created and asked by one thread.
/// </summary>
internal sealed class HostResolver
{
    private const int Idle = 0;
    private const int Running = 1;
    private const int Found = 2;
    private const int Failed = 3;

    private readonly string _host;
    private readonly int _port;
    private readonly bool _numeric;
    private SocketAddress _address;

    // Written by the look-up thread (release), read by the owner (acquire): _address is complete once this says Found.
    private int _state;

    /// <summary>Takes a host and port; nothing is looked up yet.</summary>
    public HostResolver(string host, int port)
    {
        _host = host;
        _port = port;
        _numeric = host.StartsWith(PeerAddress.UnixPrefix, StringComparison.Ordinal)
            ? SocketAddress.TryCreateUnix(host[PeerAddress.UnixPrefix.Length..], out _address)
            : SocketAddress.TryParse(host, port, out _address);
        _state = _numeric ? Found : Idle;
    }

    /// <summary>Asks without waiting.</summary>
    /// <param name="address">The result when there is one.</param>
    /// <returns>1: found; 0: a look-up is under way, ask again; −1: there is no such host (the next call looks again).</returns>
    public int Poll(out SocketAddress address)
    {
        // Pairs with the release in LookUp.
        int state = Volatile.Read(ref _state);
        address = default;
        switch (state)
        {
            case Found:
                address = _address;
                return 1;
            case Failed:
                _state = Idle;
                return -1;
            case Idle:
                _state = Running;
                try
                {
                    NewThread.Start(new Thread(LookUp, 256 * 1024) { IsBackground = true, Name = "name look-up" });
                }
                catch (SystemRefusedException)
                {
                    // As if there were no such host: it is looked up again when there may be a thread.
                    _state = Idle;
                    return -1;
                }

                return 0;
            default:
                return 0;
        }
    }

    /// <summary>The connection failed: a name may have moved to another address, so it is looked up again next time.</summary>
    public void Forget()
    {
        if (!_numeric && _state == Found)
        {
            _state = Idle;
        }
    }

    private void LookUp()
    {
        bool found = NameLookup.Resolve(_host, _port, out SocketAddress address);
        _address = address;

        // Pairs with the acquire in Poll: the address is written before the state that announces it.
        Volatile.Write(ref _state, found ? Found : Failed);
    }
}

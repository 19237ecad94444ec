using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// The orderly stop: what has been received is served, connections are closed as they fall idle, and those that do not take their replies
/// in time are cut off. Event loop only, unless a member says otherwise.
/// </summary>
internal sealed unsafe class OrderlyStop
{
    private const int AcceptRounds = 16;

    private readonly Server _server;
    private readonly Acceptor _acceptor;
    private bool _requested;
    private bool _begun;
    private bool _cutOff;
    private long _deadline;

    /// <summary>Made with the loop.</summary>
    public OrderlyStop(Server server, Acceptor acceptor)
    {
        _server = server;
        _acceptor = acceptor;
    }

    /// <summary>Whether a stop was asked for. Any thread.</summary>
    public bool IsRequested => Volatile.Read(ref _requested); // pairs with Request

    /// <summary>Whether nothing is left to stop.</summary>
    public bool IsFinished => _begun && _server.Connections.Open == 0;

    /// <summary>Asks for it. Any thread; who is not the loop wakes it then.</summary>
    public void Request() => Volatile.Write(ref _requested, true); // pairs with IsRequested

    /// <summary>The next step, if it is time for one. At every turn of the loop once a stop was asked for.</summary>
    public void Continue(long now)
    {
        if (!_begun)
        {
            _deadline = _deadline == 0 ? now + (_server.Options.DrainTimeout * 1_000_000L) : _deadline;
            if (_server.Options.PrepareStop != null && now < _deadline && !_server.Options.PrepareStop(_server))
            {
                return;
            }

            _begun = true;

            // Connections that the kernel has made already may have sent a request; closing the listener would reset them.
            for (int i = 0; i < AcceptRounds; i++)
            {
                _acceptor.AcceptAll();
            }

            _server.BeginStop(now);
            _deadline = now + (_server.Options.DrainTimeout * 1_000_000L);
            _acceptor.Close();

            // READ although no event said so: requests may have come whose events this thread has not fetched yet.
            MarkAll(ConnectionState.Posted | ConnectionState.Read);
        }
        else if (now >= _deadline)
        {
            if (!_cutOff)
            {
                _cutOff = true;
                _server.Log(4, _server.Connections.Open + " connections did not take their replies in time and are cut off");
            }

            MarkAll(ConnectionState.Closing);

            // A worker that hangs in a system call must not keep the process for ever.
            if (now >= _deadline + (_server.Options.DrainTimeout * 1_000_000L))
            {
                _server.Log(3, "a worker did not end in time, ending without it");
                ProcessExit.Now(1);
            }
        }
    }

    private void MarkAll(uint bits)
    {
        int used = _server.Connections.Used;
        for (int index = 0; index < used; index++)
        {
            if (_server.Connections.TryGetToken(index, out ulong token)
                && ConnectionState.MarkReady(&_server.Connections.At(index)->State, (uint)(token >> 32), bits) == ConnectionState.Mark.Schedule)
            {
                _server.Queues.Add(token);
            }
        }

        if (_server.Options.Dispatch == DispatchPolicy.Queue)
        {
            _ = _server.Parking.Wake(int.MaxValue);
        }
    }
}

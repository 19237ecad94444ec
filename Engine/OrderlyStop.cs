using System;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// The orderly stop: what has been received is served, connections are closed as they fall idle, and those that do not take their replies
/// in time are cut off. Event loop only, unless a member says otherwise.
/// </summary>
internal sealed unsafe class OrderlyStop(Server server, Acceptor acceptor)
{
    private const int AcceptRounds = 16;

    // A client that has just connected sends its first request within this time.
    private const int FirstRequestMilliseconds = 250;

    private bool _requested;
    private long _due;
    private bool _told;
    private bool _begun;
    private bool _endsNew;
    private bool _endsLast;
    private bool _cutOff;
    private long _newDeadline;
    private long _deadline;

    /// <summary>Whether a stop was asked for. Any thread.</summary>
    public bool IsRequested => Volatile.Read(ref _requested); // pairs with Request

    /// <summary>Whether connections may end that have not sent anything yet. Any thread.</summary>
    public bool EndsNew => Volatile.Read(ref _endsNew); // pairs with Continue

    /// <summary>Whether the connections that stay open longest may end. Any thread.</summary>
    public bool EndsLast => Volatile.Read(ref _endsLast); // pairs with Continue

    /// <summary>Whether nothing is left to stop.</summary>
    public bool IsFinished => _begun && server.Connections.Open == 0;

    /// <summary>Asks for it. Any thread; who is not the loop wakes it then.</summary>
    public void Request() => Volatile.Write(ref _requested, true); // pairs with IsRequested

    /// <summary>Whether the delay before a stop has begun (<see cref="ServerOptions.ShutdownDelay"/>). Any thread.</summary>
    public bool IsDelayed => Volatile.Read(ref _due) != 0; // pairs with Delay

    /// <summary>Nanoseconds until the delay ends.</summary>
    public long DelayLeft(long now) => _due - now;

    /// <summary>Asks for the stop when the delay is over. Until then everything is served.</summary>
    public void Delay(long now)
    {
        Volatile.Write(ref _due, now + (server.Options.ShutdownDelay * 1_000_000L)); // pairs with IsDelayed
        Tell();
    }

    /// <summary>Asks for the stop if the delay is over. At every turn of the loop while <see cref="IsDelayed"/>.</summary>
    public void RequestWhenDue(long now)
    {
        if (!IsRequested && DelayLeft(now) <= 0)
        {
            server.Log(6, "the delay is over, stopping");
            Request();
        }
    }

    /// <summary>The next step, if it is time for one. At every turn of the loop once a stop was asked for.</summary>
    public void Continue(long now)
    {
        if (!_begun)
        {
            Tell();
            _deadline = _deadline == 0 ? now + (server.Options.DrainTimeout * 1_000_000L) : _deadline;
            if (server.Options.PrepareStop != null && now < _deadline && !server.Options.PrepareStop(server))
            {
                return;
            }

            _begun = true;

            // Connections that the kernel has made already may have sent a request; closing the listener would reset them.
            for (int i = 0; i < AcceptRounds; i++)
            {
                acceptor.AcceptLast();
            }

            server.BeginStop(now);
            _deadline = now + (server.Options.DrainTimeout * 1_000_000L);
            _newDeadline = now + (Math.Min(FirstRequestMilliseconds, server.Options.DrainTimeout / 2) * 1_000_000L);
            acceptor.Close();

            // READ although no event said so: requests may have come whose events this thread has not fetched yet.
            MarkAll(ConnectionState.Posted | ConnectionState.Read);
        }
        else if (now >= _deadline)
        {
            if (!_cutOff)
            {
                _cutOff = true;
                server.Log(4, "connections that did not take their replies in time and are cut off: " + server.Connections.Open);
            }

            MarkAll(ConnectionState.Closing);

            // A worker that hangs in a system call must not keep the process for ever.
            if (now >= _deadline + (server.Options.DrainTimeout * 1_000_000L))
            {
                server.Log(3, "a worker did not end in time, ending without it");
                ProcessExit.Now(1);
            }
        }
        else if (!_endsNew && now >= _newDeadline)
        {
            Volatile.Write(ref _endsNew, true); // pairs with EndsNew
            MarkAll(ConnectionState.Posted | ConnectionState.Read);
        }
        else if (!_endsLast && (server.Options.FinishStop == null || server.Options.FinishStop(server)))
        {
            Volatile.Write(ref _endsLast, true); // pairs with EndsLast
            MarkAll(ConnectionState.Posted | ConnectionState.Read);
        }
    }

    private void Tell()
    {
        if (!_told && server.Options.StopAsked != null)
        {
            server.Options.StopAsked(server);
        }

        _told = true;
    }

    private void MarkAll(uint bits)
    {
        int used = server.Connections.Used;
        for (int index = 0; index < used; index++)
        {
            ulong* state = &server.Connections.At(index)->State;
            if (server.Connections.TryGetToken(index, out ulong token)
                && ConnectionState.MarkReady(state, (uint)(token >> 32), bits) == ConnectionState.Mark.Schedule)
            {
                server.Queues.Add(token);
            }
        }

        if (server.Options.Dispatch == DispatchPolicy.Queue)
        {
            _ = server.Parking.Wake(int.MaxValue);
        }
    }
}

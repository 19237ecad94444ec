using System;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// The one thread that waits: turns readiness into jobs, accepts, keeps time, and with --dispatch adaptive works the queue off
/// beside the workers before it waits again. Members are for that thread unless they say otherwise.
/// </summary>
internal sealed unsafe class EventLoop
{
    // Tokens of generation 0 are the loop's own descriptors.
    private const ulong WakeToken = 1;
    private const ulong SignalToken = 2;
    private const ulong ListenerToken = 16;

    private const int EventCapacity = 256;
    private const long SampleNanoseconds = 100_000_000;

    private readonly Server _server;
    private readonly JobQueues _queues;
    private readonly OrderlyStop _stop;
    private readonly BatchRunner? _batches;
    private readonly byte* _events;
    private readonly int _wakeDescriptor;
    private readonly int _signalDescriptor = -1;
    private int _wakePending;
    private long _nextSample;

    /// <summary>Makes the loop's descriptors.</summary>
    /// <exception cref="SystemRefusedException">The kernel refuses one.</exception>
    public EventLoop(Server server)
    {
        _server = server;
        _queues = server.Queues;
        Context = new ThreadContext(server, 0, onEventLoop: true);
        Acceptor = new Acceptor(server, Context, ListenerToken);
        _stop = new OrderlyStop(server, Acceptor);
        Timers = new LoopTimers(server, Context, Acceptor, _stop);
        _batches = server.Options.Dispatch == DispatchPolicy.Adaptive ? new BatchRunner(server, Context) : null;
        _events = NativeRegion.Reserve(EventCapacity * 16);
        _wakeDescriptor = SystemRefusedException.Check(Descriptor.CreateEvent(), "a descriptor for events (eventfd)");
        Watch(_wakeDescriptor, WakeToken);
        if (server.Options.HandleSignals)
        {
            _signalDescriptor = SystemRefusedException.Check(Signals.CreateDescriptor(), "a descriptor for signals (signalfd)");
            Watch(_signalDescriptor, SignalToken);
        }

        // A first wait that does not wait: were it refused, nobody would ever be served.
        int result = Epoll.Wait(server.Poller.EpollDescriptor, _events, EventCapacity, 0);
        _ = SystemRefusedException.Check(result, "waiting for events (epoll_wait)");
    }

    /// <summary>The loop thread's context.</summary>
    public ThreadContext Context { get; }

    /// <summary>Accepts new connections.</summary>
    public Acceptor Acceptor { get; }

    /// <summary>Does what is due.</summary>
    public LoopTimers Timers { get; }

    /// <summary>Whether a stop was asked for. Any thread.</summary>
    public bool IsStopRequested => _stop.IsRequested;

    /// <summary>As <see cref="OrderlyStop.IsDelayed"/>. Any thread.</summary>
    public bool IsStopDelayed => _stop.IsDelayed;

    /// <summary>As <see cref="OrderlyStop.EndsNew"/>. Any thread.</summary>
    public bool EndsNew => _stop.EndsNew;

    /// <summary>As <see cref="OrderlyStop.EndsLast"/>. Any thread.</summary>
    public bool EndsLast => _stop.EndsLast;

    /// <summary>Runs until the server has stopped.</summary>
    /// <returns>0, or 1 after an internal error.</returns>
    public int Run()
    {
        try
        {
            Context.ThreadNumber = Clock.ThreadNumber();
            while (!_stop.IsFinished)
            {
                RunOnce();
            }

            return 0;
        }
        catch (Exception exception)
        {
            _server.Fatal(Context, exception);
            return 1;
        }
    }

    /// <summary>
    /// Closes the loop's descriptors. After the workers have ended: one that has just closed the last connection still wakes the
    /// loop, and the number may by then be somebody else's descriptor.
    /// </summary>
    public void Close()
    {
        // Who wakes the loop from here on (a second request to stop, a timer of the node's) must not write to what the number means then.
        Interlocked.Exchange(ref _wakePending, 1); // pairs with Wake
        Descriptor.Close(_wakeDescriptor);
        if (_signalDescriptor >= 0)
        {
            Descriptor.Close(_signalDescriptor);
        }
    }

    /// <summary>Asks for the orderly stop. Any thread.</summary>
    public void RequestStop()
    {
        _stop.Request();
        Wake();
    }

    /// <summary>Makes the loop look at everything again soon. Any thread.</summary>
    public void Wake()
    {
        // Only one write is in flight: whoever turns the flag on writes, the loop turns it off before it looks.
        if (Interlocked.Exchange(ref _wakePending, 1) == 0) // pairs with the exchange in HandleOwn
        {
            Descriptor.Signal(_wakeDescriptor);
        }
    }

    private void Watch(int descriptor, ulong token)
    {
        int result = Epoll.AddDescriptor(_server.Poller.EpollDescriptor, descriptor, Epoll.In, token);
        _ = SystemRefusedException.Check(result, "watching a descriptor (epoll_ctl)");
    }

    private void RunOnce()
    {
        ThreadContext context = Context;
        long before = context.Started;
        int count = Epoll.Wait(_server.Poller.EpollDescriptor, _events, EventCapacity, Timers.WaitMilliseconds());
        long now = Clock.Monotonic();
        if (now >= _nextSample)
        {
            // What was counted before the loop slept, as of then: a server that slept long has no rate.
            _nextSample = now + SampleNanoseconds;
            _server.Rate.Sample(before);
            if (_server.Options.Sample != null)
            {
                _server.Options.Sample(_server, now);
            }
        }

        context.Started = now;
        context.Counters->Waits++;
        if (count < 0)
        {
            throw new InvalidOperationException("epoll_wait: " + Errno.Describe(count));
        }

        int scheduled = Dispatch(count);
        if (scheduled > 0)
        {
            _server.Wakeup.BatchQueued(context, scheduled);
        }

        _batches?.Run();
        _server.Wakeup.Look(context.Started);
        Timers.Advance(context.Started);
        if (_stop.IsRequested)
        {
            _stop.Continue(context.Started);
        }

        if (count == 0)
        {
            context.Counters->ManagedBytes = GC.GetAllocatedBytesForCurrentThread();
        }
    }

    // Looks up the whole batch first, then works on it (Tmds.LinuxAsync's order: one wake per batch).
    private int Dispatch(int count)
    {
        Context.Counters->Events += count;
        int scheduled = 0;
        for (int i = 0; i < count; i++)
        {
            ulong token = Epoll.TokenAt(_events, i);
            uint events = Epoll.EventsAt(_events, i);
            if (token >> 32 == 0)
            {
                scheduled += HandleOwn(token);
                continue;
            }

            ConnectionSlot* slot = _server.Connections.Slot(token);
            if (ConnectionState.Generation(Volatile.Read(ref slot->State)) != (uint)(token >> 32)) // pairs with ConnectionState.Close
            {
                continue;
            }

            // Only this thread accepts, so the descriptor cannot have become another connection's since the look above.
            _server.Poller.Disarm(slot);
            if (ConnectionState.MarkReady(&slot->State, (uint)(token >> 32), Readiness(events)) == ConnectionState.Mark.Schedule)
            {
                _queues.Add(token);
                scheduled++;
            }
        }

        return scheduled;
    }

    // Bits are hints: HUP and ERR only say that the next recv and send will tell more.
    private uint Readiness(uint events)
    {
        uint bits = (events & Epoll.In) != 0 ? ConnectionState.Read : 0;
        bits |= (events & Epoll.Out) != 0 ? ConnectionState.Write : 0;
        bits |= (events & Epoll.ReadHangUp) != 0 ? ConnectionState.Read | ConnectionState.PeerClosed : 0;
        return (events & (Epoll.HangUp | Epoll.Error)) != 0 ? bits | HungUp() : bits;
    }

    private uint HungUp()
    {
        if (_server.Options.ConnectionSeen != null)
        {
            _server.Options.ConnectionSeen(true);
        }

        return ConnectionState.Read | ConnectionState.Write | ConnectionState.PeerClosed;
    }

    // Answers how many connections that scheduled.
    private int HandleOwn(ulong token)
    {
        if (token == WakeToken)
        {
            Descriptor.Drain(_wakeDescriptor);
            Interlocked.Exchange(ref _wakePending, 0); // pairs with Wake: a request after this writes again
            return _server.Gate.Waiting > 0 ? _server.Gate.WakeReached() : 0;
        }

        if (token == SignalToken)
        {
            HandleSignal();
        }
        else
        {
            Acceptor.Accept((int)(token - ListenerToken));
        }

        return 0;
    }

    private void HandleSignal()
    {
        byte* info = stackalloc byte[Signals.InfoSize];
        while (Descriptor.Read(_signalDescriptor, info, Signals.InfoSize) == Signals.InfoSize)
        {
            int number = *(int*)info;
            if (number == Signals.HangUp)
            {
                if (_server.Options.HangUp != null)
                {
                    _server.Options.HangUp(_server);
                }

                continue;
            }

            if (_stop.IsRequested)
            {
                _server.Log(4, "second signal, ending at once");
                ProcessExit.Now(1);
            }

            if (number == Signals.Terminate && _server.Options.ShutdownDelay > 0 && !_stop.IsDelayed)
            {
                _server.Log(6, "SIGTERM received, stopping when --shutdown-delay is over; a second one stops now");
                _stop.Delay(Clock.Monotonic());
                continue;
            }

            _server.Log(6, (number == Signals.Interrupt ? "SIGINT" : "SIGTERM") + " received, stopping");
            _stop.Request();
        }
    }
}

using System;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// What the loop does when its time has come, and how long it may wait until then. Event loop only, unless a member says otherwise.
/// </summary>
internal sealed unsafe class LoopTimers
{
    private const int SweepMilliseconds = 250;
    private const long WallClockNanoseconds = 100_000_000;
    private const int RefreshMilliseconds = 1000;

    private readonly Server _server;
    private readonly Turn _turn;
    private readonly Acceptor _acceptor;
    private readonly OrderlyStop _stop;
    private readonly LoadShedder _shedder;
    private long _nextTick;
    private long _nextSweep;
    private long _nextWallClock;
    private long _nextRefresh;
    private int _tickRequested;

    /// <summary>Made with the loop, whose thread's turn it gets.</summary>
    public LoopTimers(Server server, Turn turn, Acceptor acceptor, OrderlyStop stop)
    {
        _server = server;
        _turn = turn;
        _acceptor = acceptor;
        _stop = stop;
        _shedder = new LoadShedder(server, turn);
    }

    private bool HasDeadlines
        => Volatile.Read(ref _server.Watched) > 0 || _server.Options.IdleTimeout > 0; // pairs with Deadlines.Watch, which wakes the loop

    /// <summary>
    /// Sees to it that <see cref="ServerOptions.Tick"/> is called again, soon. Cheap when it is going to be. Any thread, after it has changed
    /// what the tick looks at.
    /// </summary>
    public void EnsureTick()
    {
        Interlocked.MemoryBarrier(); // pairs with the exchange in Tick: the tick sees our change or we see its flag taken back
        if (Volatile.Read(ref _tickRequested) == 0) // pairs with Tick
        {
            Volatile.Write(ref _tickRequested, 1); // pairs with Tick
            _server.Loop.Wake();
        }
    }

    /// <summary>Milliseconds that epoll_wait may wait; −1: for ever.</summary>
    public int WaitMilliseconds()
    {
        if (_server.Options.Dispatch == DispatchPolicy.Adaptive && _server.Queues.Short.Count > 0)
        {
            return 0;
        }

        if (_stop.IsRequested)
        {
            return 20;
        }

        long wait = long.MaxValue;
        if (_acceptor.IsPaused)
        {
            wait = Acceptor.PauseMilliseconds;
        }

        if (HasDeadlines)
        {
            wait = Math.Min(wait, SweepMilliseconds);
        }

        if (_server.Buffers.NeedsTrim)
        {
            wait = Math.Min(wait, RefreshMilliseconds);
        }

        if (_nextTick != long.MaxValue)
        {
            wait = Math.Min(wait, Math.Clamp((_nextTick - _turn.Started + 999_999) / 1_000_000, 0, int.MaxValue));
        }

        return wait == long.MaxValue ? -1 : (int)wait;
    }

    /// <summary>Does what is due. At every turn of the loop.</summary>
    public void Advance(long now)
    {
        if (now >= _nextSweep && HasDeadlines)
        {
            _nextSweep = now + (SweepMilliseconds * 1_000_000L);
            Deadlines.Sweep(_turn, now);
        }

        if (_server.Buffers.IsOverLimit)
        {
            _shedder.Shed();
        }

        _acceptor.ResumeWhenDue(now);
        if (now >= _nextWallClock)
        {
            // The clock may be set while the server runs.
            _nextWallClock = now + WallClockNanoseconds;
            _server.WallOffset = Clock.Wall() - Clock.Monotonic();
        }

        _acceptor.UpdateKeepAlive();
        if (now >= _nextRefresh)
        {
            _nextRefresh = now + (RefreshMilliseconds * 1_000_000L);
            _server.Buffers.Trim();
            if (_server.Options.Refresh != null)
            {
                _server.Options.Refresh(_server);
            }
        }

        Tick(now);
    }

    private void Tick(long now)
    {
        if (_nextTick == long.MaxValue && Volatile.Read(ref _tickRequested) != 0) // pairs with EnsureTick
        {
            _nextTick = now;
        }

        if (now >= _nextTick)
        {
            // Taken back before the call looks at the state: who changes the state meanwhile asks again.
            Interlocked.Exchange(ref _tickRequested, 0); // full fence; pairs with the barrier in EnsureTick
            int milliseconds = _server.Options.Tick == null ? 0 : _server.Options.Tick(_server);
            _nextTick = milliseconds > 0 ? now + (milliseconds * 1_000_000L) : long.MaxValue;
            if (milliseconds > 0)
            {
                Volatile.Write(ref _tickRequested, 1); // pairs with EnsureTick
            }
        }
    }
}

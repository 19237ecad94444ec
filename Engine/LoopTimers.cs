using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>What the loop does when its time has come, and how long it may wait. Event loop only, unless a member says otherwise.</summary>
internal sealed unsafe class LoopTimers(Server server, ThreadContext thread, Acceptor acceptor, OrderlyStop stop)
{
    private const int SweepMilliseconds = 250;
    private const long WallClockNanoseconds = 100_000_000;
    private const int RefreshMilliseconds = 1000;

    private readonly LoadShedder _shedder = new(server, thread);
    private long _nextTick;
    private long _nextSweep;
    private long _nextWallClock;
    private long _nextRefresh;
    private int _tickRequested;

    private bool HasDeadlines
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref server.Watched) > 0 || server.Options.IdleTimeout > 0; // pairs with Deadlines.Watch, which wakes the loop
    }

    /// <summary>
    /// Sees to it that <see cref="ServerOptions.Tick"/> is called again, soon. Cheap when it is going to be. Any thread, after it has
    /// changed what the tick looks at.
    /// </summary>
    public void EnsureTick()
    {
        Interlocked.MemoryBarrier(); // pairs with the exchange in Tick: the tick sees our change or we see its flag taken back
        if (Volatile.Read(ref _tickRequested) == 0) // pairs with Tick
        {
            Volatile.Write(ref _tickRequested, 1); // pairs with Tick
            server.Loop.Wake();
        }
    }

    /// <summary>Milliseconds that epoll_wait may wait; −1: for ever.</summary>
    public int WaitMilliseconds()
    {
        if (server.Options.Dispatch == DispatchPolicy.Adaptive && server.Queues.Short.Count > 0)
        {
            return 0;
        }

        if (stop.IsRequested)
        {
            return 20;
        }

        long wait = long.MaxValue;
        if (stop.IsDelayed)
        {
            wait = Math.Clamp((stop.DelayLeft(thread.Started) + 999_999) / 1_000_000, 0, int.MaxValue);
        }

        if (acceptor.IsPaused)
        {
            wait = Math.Min(wait, Acceptor.PauseMilliseconds);
        }

        if (HasDeadlines)
        {
            wait = Math.Min(wait, SweepMilliseconds);
        }

        if (server.Buffers.NeedsTrim)
        {
            wait = Math.Min(wait, RefreshMilliseconds);
        }

        if (_nextTick != long.MaxValue)
        {
            wait = Math.Min(wait, Math.Clamp((_nextTick - thread.Started + 999_999) / 1_000_000, 0, int.MaxValue));
        }

        return wait == long.MaxValue ? -1 : (int)wait;
    }

    /// <summary>Does what is due. At every turn of the loop.</summary>
    public void Advance(long now)
    {
        if (now >= _nextSweep && HasDeadlines)
        {
            _nextSweep = now + (SweepMilliseconds * 1_000_000L);
            Deadlines.Sweep(thread, now);
        }

        if (server.Buffers.IsOverLimit)
        {
            _shedder.Shed();
        }

        if (acceptor.IsPaused)
        {
            acceptor.ResumeWhenDue(now);
        }

        if (now >= _nextWallClock)
        {
            // The clock may be set while the server runs.
            _nextWallClock = now + WallClockNanoseconds;
            server.WallOffset = Clock.Wall() - Clock.Monotonic();
        }

        if (stop.IsDelayed)
        {
            stop.RequestWhenDue(now);
        }

        if (acceptor.KeepAlive != server.Options.KeepAliveSeconds)
        {
            acceptor.SetKeepAlive();
        }

        if (now >= _nextRefresh)
        {
            _nextRefresh = now + (RefreshMilliseconds * 1_000_000L);
            server.Buffers.Trim();
            if (server.Options.Refresh != null)
            {
                server.Options.Refresh(server);
            }
        }

        if (_nextTick == long.MaxValue && Volatile.Read(ref _tickRequested) != 0) // pairs with EnsureTick
        {
            _nextTick = now;
        }

        if (now >= _nextTick)
        {
            Tick(now);
        }
    }

    private void Tick(long now)
    {
        // Taken back before the call looks at the state: who changes the state meanwhile asks again.
        Interlocked.Exchange(ref _tickRequested, 0); // full fence; pairs with the barrier in EnsureTick
        int milliseconds = server.Options.Tick == null ? 0 : server.Options.Tick(server);
        _nextTick = milliseconds > 0 ? now + (milliseconds * 1_000_000L) : long.MaxValue;
        if (milliseconds > 0)
        {
            Volatile.Write(ref _tickRequested, 1); // pairs with EnsureTick
        }
    }
}

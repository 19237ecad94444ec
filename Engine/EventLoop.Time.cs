using System;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <content>Deadlines and the tick: how long to wait, and what to do when the time has come.</content>
internal sealed unsafe partial class EventLoop
{
    private const int SweepMilliseconds = 250;
    private const long WallClockNanoseconds = 100_000_000;
    private const int RefreshMilliseconds = 1000;

    private long _nextTick;
    private long _nextSweep;
    private long _nextWallClock;
    private long _nextRefresh;
    private int _tickRequested;

    /// <summary>Sees to it that <see cref="ServerOptions.Tick"/> is called again. Cheap when it is going to be. Any thread, after it
    /// has changed what the tick looks at.</summary>
    public void EnsureTick()
    {
        Interlocked.MemoryBarrier(); // pairs with the exchange in KeepTime: the tick sees our change or we see its flag taken back
        if (Volatile.Read(ref _tickRequested) == 0) // pairs with KeepTime
        {
            Volatile.Write(ref _tickRequested, 1); // pairs with KeepTime
            Wake();
        }
    }

    private int WaitMilliseconds()
    {
        if (_server.Options.Dispatch == DispatchPolicy.Adaptive && _server.Jobs.Count > 0)
        {
            return 0;
        }

        if (Volatile.Read(ref _stopRequested)) // pairs with RequestStop
        {
            return 20;
        }

        long wait = -1;
        if (_acceptPaused)
        {
            wait = AcceptPauseMilliseconds;
        }

        if (Volatile.Read(ref _server.Watched) > 0 || _server.Options.IdleTimeout > 0) // pairs with Deadlines.Watch, which wakes the loop
        {
            wait = wait < 0 ? SweepMilliseconds : Math.Min(wait, SweepMilliseconds);
        }

        if (_server.Buffers.NeedsTrim)
        {
            wait = wait < 0 ? RefreshMilliseconds : Math.Min(wait, RefreshMilliseconds);
        }

        if (_nextTick != long.MaxValue)
        {
            long tick = Math.Clamp((_nextTick - Turn.Started + 999_999) / 1_000_000, 0, int.MaxValue);
            wait = wait < 0 ? tick : Math.Min(wait, tick);
        }

        return (int)wait;
    }

    private void KeepTime(long now)
    {
        if (now >= _nextSweep && (Volatile.Read(ref _server.Watched) > 0 || _server.Options.IdleTimeout > 0)) // pairs with Deadlines.Watch
        {
            _nextSweep = now + (SweepMilliseconds * 1_000_000L);
            Deadlines.Sweep(Turn, now);
        }

        if (_server.Buffers.IsOverLimit)
        {
            ShedBuffers();
        }

        if (_acceptPaused && (now >= _acceptAgain || Volatile.Read(ref _descriptorFreed))) // pairs with ConnectionClosed
        {
            ResumeAccepting();
        }

        if (now >= _nextWallClock)
        {
            // The clock may be set while the server runs.
            _nextWallClock = now + WallClockNanoseconds;
            _server.WallOffset = Clock.Wall() - Clock.Monotonic();
        }

        if (_keepAlive != _server.Options.KeepAliveSeconds)
        {
            SetKeepAlive();
        }

        if (now >= _nextRefresh)
        {
            _nextRefresh = now + (RefreshMilliseconds * 1_000_000L);
            _server.Buffers.Trim();
            if (_server.Options.Refresh != null)
            {
                _server.Options.Refresh(_server);
            }
        }

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

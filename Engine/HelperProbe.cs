using System;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// How many workers may help the loop with short jobs (--dispatch adaptive). Whether a helper pays cannot be computed – it depends on
/// idle processors, on where the clients run, on how long jobs are – so it is tried: while the server is saturated, the requests per second
/// at the present number of helpers are compared with those at one more or one less, and the better number stays (hill climbing, with
/// margins so that noise does not move it). A light load has no helpers. Called by the loop; the level is read by all.
/// </summary>
internal sealed unsafe class HelperProbe(Server server)
{
    private const long WindowNanoseconds = 25_000_000;

    // All threads together busy for less than this share of one processor: one thread is enough.
    private const double LightLoad = 0.6;

    // A helper must bring so much, and leaving one out may cost so much.
    private const double UpMargin = 1.04;
    private const double DownMargin = 0.98;

    private const int FirstSettle = 4;
    private const int LongestSettle = 160;

    // What was learned outlives a pause, as far as so many windows: load that comes in bursts would otherwise be tried out anew in each of
    // them.
    private const int LongestSettleAfterPause = 40;
    private const int ProbeWindows = 3;

    private readonly int _most = Math.Max(1, server.Options.Workers);
    private int _level;
    private long _windowStart;
    private long _busyStart;
    private long _requestsStart;

    // The present phase: rates are sums over its windows; the first window after a change of level does not count.
    private bool _probing;
    private bool _upNext = true;
    private bool _skip;
    private int _settledLevel;
    private int _windows;
    private int _settleFor = FirstSettle;
    private double _settledRate;
    private double _sum;

    /// <summary>Workers that may be awake for short jobs. Any thread.</summary>
    public int Level => Volatile.Read(ref _level); // pairs with the writes in Look's callees

    /// <summary>Looks at the counters when a window has ended. Event loop only, once a turn.</summary>
    /// <param name="now">Monotonic nanoseconds.</param>
    public void Look(long now)
    {
        long elapsed = now - _windowStart;
        if (elapsed < WindowNanoseconds)
        {
            return;
        }

        long busy = 0;
        long requests = 0;
        for (int i = 0; i <= _most; i++)
        {
            // Pair with the plain writes in JobRunner.Account and the protocols, by the threads they belong to; a value that is a moment
            // old does no harm.
            busy += Volatile.Read(ref server.Threads[i].Counters->BusyNanoseconds);
            requests += Volatile.Read(ref server.Threads[i].Counters->Requests);
        }

        double rate = (requests - _requestsStart) * 1e9 / elapsed;
        double share = (busy - _busyStart) / (double)elapsed;
        bool slept = elapsed > 4 * WindowNanoseconds;
        _windowStart = now;
        _busyStart = busy;
        _requestsStart = requests;
        if (share < LightLoad || slept)
        {
            Restart();
        }
        else if (_skip)
        {
            _skip = false;
        }
        else
        {
            _sum += rate;
            _windows++;
            Advance();
        }
    }

    private void Advance()
    {
        if (!_probing && _windows >= _settleFor)
        {
            _settledRate = _sum / _windows;
            _settledLevel = _level;

            // Up and down in turn; at an end only the other way is left.
            bool up = _level == 0 || (_upNext && _level < _most);
            _upNext = !_upNext;
            Enter(probing: true, up ? Math.Min(_most, Math.Max(1, 2 * _level)) : _level - 1);
        }
        else if (_probing && _windows >= ProbeWindows)
        {
            double gain = _sum / _windows / Math.Max(1, _settledRate);
            bool adopted = gain > (_level > _settledLevel ? UpMargin : DownMargin);
            _settleFor = adopted ? FirstSettle : Math.Min(LongestSettle, _settleFor * 2);
            Enter(probing: false, adopted ? _level : _settledLevel);
        }
    }

    private void Enter(bool probing, int level)
    {
        _probing = probing;
        _windows = 0;
        _sum = 0;
        _skip = level != _level;
        Volatile.Write(ref _level, level); // pairs with Level
    }

    private void Restart()
    {
        if (_level != 0 || _probing || _windows != 0)
        {
            _settleFor = Math.Min(_settleFor, LongestSettleAfterPause);
            _upNext = true;
            Enter(probing: false, 0);
        }
    }
}

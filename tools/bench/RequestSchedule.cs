using System;
using Epollsrv.Native;

namespace Epollsrv.Bench;

/// <summary>
/// The fixed rate: request k of connection c is due at a moment known from the start, and its time counts from then. A server that stalls
/// cannot slow the schedule down ("coordinated omission", Gil Tene).
/// </summary>
internal sealed unsafe partial class LoadThread
{
    private double _interval;
    private double _connectionInterval;
    private long _nextDue;

    private void BeginSchedule(long begin)
    {
        TimerSlack.Minimize();
        _interval = 1e9 / _settings.Rate;
        _connectionInterval = _interval * _settings.Connections;
        for (int i = 0; i < _count; i++)
        {
            _connections[i].Started = begin + (long)(((i * _settings.Threads) + _index) * _interval);
        }
    }

    private long DueTime(BenchConnection* connection, long sequence) => connection->Started + (long)(sequence * _connectionInterval);

    // Connections take turns, so the thread's next due request is number n / count of connection n mod count.
    private long NextDueTime() => DueTime(_connections + (_nextDue % _count), _nextDue / _count);

    private int WaitForDue()
    {
        long wait = _left == 0 ? long.MaxValue : NextDueTime() - Clock.Monotonic();
        return wait <= 0 ? Epoll.Wait(_epoll, _events, EventCapacity, 0)
            : Epoll.WaitNanoseconds(_epoll, _events, EventCapacity, Math.Min(wait, WaitMilliseconds * 1_000_000L));
    }

    private void ReleaseDue(long now)
    {
        // Every due request is entered first, so that a connection sends all of its own at once.
        long first = _nextDue;
        while (_left > 0 && NextDueTime() <= now)
        {
            _connections[_nextDue % _count].Due++;
            _nextDue++;
            _left--;
        }

        long touched = Math.Min(_nextDue - first, _count);
        for (long i = 0; i < touched; i++)
        {
            Pump(_connections + ((first + i) % _count), now);
        }
    }
}

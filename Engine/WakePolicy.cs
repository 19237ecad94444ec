using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// When a parked worker is worth waking. A wake-up costs 30–50 µs of somebody's time (architecture.md), a short job a few: so a
/// worker is woken only for a backlog that takes clearly longer than that.
/// </summary>
internal sealed unsafe class WakePolicy
{
    // A backlog shorter than this is done before a woken worker could begin.
    private const long WorthwhileNanoseconds = 150_000;
    private const int SpinRounds = 64;

    private readonly Server _server;
    private readonly bool _adaptive;
    private readonly int _spinRounds;
    private long _averageJob = 5_000;

    /// <summary>The policy of a server.</summary>
    public WakePolicy(Server server, int processors)
    {
        _server = server;
        _adaptive = server.Options.Dispatch == DispatchPolicy.Adaptive;

        // On one processor spinning only keeps away the thread that would bring the work.
        _spinRounds = processors > 1 ? SpinRounds : 0;
    }

    /// <summary>The loop has queued a batch. Event loop only.</summary>
    public void BatchQueued(Turn turn, int count)
    {
        if (!_adaptive)
        {
            turn.Counters->Wakes += _server.Parking.Wake(count);
            return;
        }

        WakeForBacklog(turn);
    }

    /// <summary>A worker took a job; when a backlog remains it wakes one more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WorkerTook(Turn turn)
    {
        if (_server.Parking.Sleeping > 0)
        {
            if (_adaptive)
            {
                WakeForBacklog(turn);
            }
            else if (_server.Jobs.Count > 0)
            {
                turn.Counters->Wakes += _server.Parking.Wake(1);
            }
        }
    }

    /// <summary>The loop has run some jobs in some time: keeps the average. Event loop only; others read it as a hint.</summary>
    public void Drained(int jobs, long nanoseconds)
    {
        if (jobs > 0)
        {
            long average = Volatile.Read(ref _averageJob); // written by the loop alone
            Volatile.Write(ref _averageJob, average + (((nanoseconds / jobs) - average) / 8)); // pairs with WakeForBacklog's read
        }
    }

    /// <summary>Looks for work for a moment before parking.</summary>
    public bool SpinForWork()
    {
        for (int i = 0; i < _spinRounds; i++)
        {
            if (_server.HasWork)
            {
                return true;
            }

            Thread.SpinWait(8);
        }

        return false;
    }

    private void WakeForBacklog(Turn turn)
    {
        int sleeping = _server.Parking.Sleeping;
        if (sleeping <= 0)
        {
            return;
        }

        int awake = Math.Max(1, _server.Options.Workers - sleeping + 1);
        long backlog = _server.Jobs.Count * Volatile.Read(ref _averageJob); // pairs with Drained
        if (backlog / awake > WorthwhileNanoseconds)
        {
            turn.Counters->Wakes += _server.Parking.Wake(1);
        }
    }
}

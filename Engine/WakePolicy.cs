using System.Runtime.CompilerServices;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// When a parked worker is worth waking for short jobs. A wake-up of a parked thread cost 30–50 µs on an idle core of the two-core
/// machine this was written on, a short job a few: so with --dispatch adaptive a worker is woken only for a backlog that takes clearly
/// longer than that, and only while <see cref="HelperProbe"/> finds that helpers bring more than they cost.
/// </summary>
internal sealed unsafe class WakePolicy(Server server, int processors)
{
    // A backlog shorter than this is done before a woken worker could begin.
    private const long WorthwhileNanoseconds = 100_000;
    private const int SpinRounds = 64;

    private readonly JobQueues _queues = server.Queues;
    private readonly bool _adaptive = server.Options.Dispatch == DispatchPolicy.Adaptive;

    // On one processor spinning only keeps away the thread that would bring the work.
    private readonly int _spinRounds = processors > 1 ? SpinRounds : 0;
    private readonly HelperProbe _probe = new(server);
    private long _averageJob = 5_000;

    /// <summary>Whether a worker may take short jobs. Any thread.</summary>
    public bool MayTakeShort
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => !_adaptive || _probe.Level > 0;
    }

    /// <summary>Whether a worker would find something to do. Any thread.</summary>
    public bool HasWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_queues.Short.Count > 0 && MayTakeShort) || _queues.Long.Count > 0 || _queues.Background.Count > 0;
    }

    /// <summary>The loop has queued a batch. Event loop only.</summary>
    public void BatchQueued(ThreadContext thread, int count)
    {
        if (!_adaptive)
        {
            thread.Counters->Wakes += server.Parking.Wake(count);
            return;
        }

        // One job is no backlog, however long jobs are: the loop takes it now.
        if (count > 1)
        {
            WakeForBacklog(thread);
        }
    }

    /// <summary>A worker took a job; when a backlog remains it wakes one more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WorkerTook(ThreadContext thread)
    {
        if (server.Parking.Sleeping > 0)
        {
            if (_adaptive)
            {
                WakeForBacklog(thread);
            }
            else if (_queues.Short.Count > 0)
            {
                thread.Counters->Wakes += server.Parking.Wake(1);
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

    /// <summary>Once a turn of the loop. Event loop only.</summary>
    public void Look(long now)
    {
        if (_adaptive)
        {
            _probe.Look(now);
        }
    }

    /// <summary>Looks for work for a moment before parking.</summary>
    public bool SpinForWork()
    {
        for (int i = 0; i < _spinRounds; i++)
        {
            if (HasWork)
            {
                return true;
            }

            Thread.SpinWait(8);
        }

        return false;
    }

    private void WakeForBacklog(ThreadContext thread)
    {
        int sleeping = server.Parking.Sleeping;
        int awake = server.Options.Workers - sleeping;
        if (sleeping <= 0 || awake >= _probe.Level)
        {
            return;
        }

        long backlog = _queues.Short.Count * Volatile.Read(ref _averageJob); // pairs with Drained
        if (backlog / (awake + 1) > WorthwhileNanoseconds)
        {
            thread.Counters->Wakes += server.Parking.Wake(1);
        }
    }
}

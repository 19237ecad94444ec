using System;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>A worker thread: takes jobs until the server stops, and parks while there are none.</summary>
internal sealed unsafe class Worker
{
    // Every so many jobs another queue is looked at first: the long one, so that a stream of short jobs cannot starve it, and the
    // background's, which long jobs could starve.
    private const int LookEvery = 16;

    private readonly Server _server;
    private readonly JobQueues _queues;
    private readonly Thread _thread;
    private int _taken;

    /// <summary>Makes the thread; <see cref="Start"/> starts it.</summary>
    public Worker(Server server, int index)
    {
        _server = server;
        _queues = server.Queues;
        Context = new ThreadContext(server, index, onEventLoop: false);
        _thread = new Thread(Run, 512 * 1024) { Name = "worker-" + index, IsBackground = true };
    }

    /// <summary>The thread's context; others may read its counters.</summary>
    public ThreadContext Context { get; }

    /// <summary>Starts the thread.</summary>
    /// <exception cref="Native.SystemRefusedException">It cannot be started.</exception>
    public void Start() => Native.NewThread.Start(_thread);

    /// <summary>Waits for the thread's end; false after the time-out.</summary>
    public bool Join(int milliseconds) => _thread.Join(milliseconds);

    private void Run()
    {
        try
        {
            Loop();
        }
        catch (Exception exception)
        {
            _server.Fatal(Context, exception);
        }
    }

    private void Loop()
    {
        ThreadContext thread = Context;
        thread.ThreadNumber = Native.Clock.ThreadNumber();
        thread.Started = Native.Clock.Monotonic();
        while (true)
        {
            if (TryTake(out Job job))
            {
                _server.Wakeup.WorkerTook(thread);
                JobRunner.Run(thread, job);
                WakeLoopForItsJobs();
                continue;
            }

            thread.Counters->ManagedBytes = GC.GetAllocatedBytesForCurrentThread();
            if (Volatile.Read(ref _server.WorkersStop)) // pairs with Server.StopWorkers
            {
                return;
            }

            Park(thread);
        }
    }

    private void Park(ThreadContext thread)
    {
        if (_server.Wakeup.SpinForWork())
        {
            thread.Started = Native.Clock.Monotonic();
            return;
        }

        WakeLoopForItsJobs();
        int epoch = _server.Parking.Announce();

        // Looked at again after announcing; pairs with Parking.Wake's fence.
        if (_server.Wakeup.HasWork || Volatile.Read(ref _server.WorkersStop))
        {
            _server.Parking.Leave();
            return;
        }

        thread.Counters->Parks++;
        _server.Parking.Wait(epoch);
        thread.Started = Native.Clock.Monotonic();
    }

    // What this thread queued itself and may not take (HelperProbe) is the loop's, which may be asleep.
    private void WakeLoopForItsJobs()
    {
        if (_queues.Short.Count > 0 && !_server.Wakeup.MayTakeShort)
        {
            _server.Loop.Wake();
        }
    }

    private bool TryTake(out Job job)
    {
        int place = ++_taken % LookEvery;
        if ((place == 0 && _queues.Long.TryPop(out job)) || (place == LookEvery / 2 && _queues.Background.TryPop(out job)))
        {
            return true;
        }

        if (_server.Wakeup.MayTakeShort && _queues.Short.TryPop(out job))
        {
            return true;
        }

        return _queues.Long.TryPop(out job) || _queues.Background.TryPop(out job);
    }
}

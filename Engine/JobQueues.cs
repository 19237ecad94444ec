using System;

namespace Epollsrv.Engine;

/// <summary>The queues of jobs, with room for an entry of each connection, and the wake-up of workers for them. Any thread.</summary>
internal sealed unsafe class JobQueues(int mostConnections, Parking parking)
{
    private const int BackgroundCapacity = 256;


    /// <summary>Connections with work that takes a moment: the loop serves it too.</summary>
    public WorkQueue Short { get; } = new(mostConnections + 64);

    /// <summary>Connections with work that takes long: only workers serve it.</summary>
    public WorkQueue Long { get; } = new(mostConnections + 64);

    /// <summary>Jobs of low priority that are no connection's.</summary>
    public WorkQueue Background { get; } = new(BackgroundCapacity);

    /// <summary>Queues a connection that was just scheduled: the caller holds its SCHEDULED bit and hands it on.</summary>
    public void Add(ulong token)
    {
        if (!Short.TryPush(new Job(&ConnectionJob.Run, token)))
        {
            throw new InvalidOperationException("the work queue is full although every connection has at most one entry");
        }
    }

    /// <summary>The same for a connection that a worker must serve.</summary>
    public void AddLong(ThreadContext thread, ulong token)
    {
        if (!Long.TryPush(new Job(&ConnectionJob.Run, token)))
        {
            throw new InvalidOperationException("the queue of long jobs is full although every connection has at most one entry");
        }

        if (thread.OnEventLoop)
        {
            thread.Counters->Wakes += parking.Wake(1);
        }
    }

    /// <summary>Queues a job of low priority that is no connection's (expiry, hashing).</summary>
    /// <returns>False when too many wait: try again later.</returns>
    public bool TryAddBackground(Job job)
    {
        if (!Background.TryPush(job))
        {
            return false;
        }

        _ = parking.Wake(1);
        return true;
    }
}

using System;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <content>Queueing and running jobs.</content>
internal sealed unsafe partial class Server
{
    /// <summary>Queues a job of low priority that is no connection's (expiry, hashing). Any thread.</summary>
    /// <returns>False when too many wait: try again later.</returns>
    public bool QueueBackground(Job job)
    {
        if (!BackgroundJobs.TryPush(job))
        {
            return false;
        }

        _ = Parking.Wake(1);
        return true;
    }

    /// <summary>Queues a connection that was just scheduled: the caller holds its SCHEDULED bit and hands it on. Any thread.</summary>
    internal void Queue(ulong token)
    {
        if (!Jobs.TryPush(new Job(&ConnectionJob.Run, token)))
        {
            throw new InvalidOperationException("the work queue is full although every connection has at most one entry");
        }
    }

    internal void QueueLong(Turn turn, ulong token)
    {
        if (!LongJobs.TryPush(new Job(&ConnectionJob.Run, token)))
        {
            throw new InvalidOperationException("the queue of long jobs is full although every connection has at most one entry");
        }

        if (turn.OnEventLoop)
        {
            turn.Counters->Wakes += Parking.Wake(1);
        }
    }

    internal void RunJob(Turn turn, Job job)
    {
        long answered = turn.Counters->Requests;
        job.Function(turn, job.Argument);
        Account(turn, answered, 0);
    }

    /// <summary>Runs a job whose connection received ahead. Event loop only.</summary>
    /// <param name="turn">The loop's.</param>
    /// <param name="ahead">The job.</param>
    /// <param name="buffer">What was received.</param>
    /// <param name="share">Nanoseconds that receiving took.</param>
    internal void RunReceived(Turn turn, ref ReceiveAhead ahead, byte* buffer, long share)
    {
        long answered = turn.Counters->Requests;
        ConnectionJob.RunReceived(turn, ref ahead, buffer);
        Account(turn, answered, share);
    }

    // The end of this job is the start of the next: one clock read a job.
    private static void Account(Turn turn, long answeredBefore, long more)
    {
        long end = Clock.Monotonic();
        long spent = end - turn.Started + more;
        long answered = turn.Counters->Requests - answeredBefore;
        if (answered > 0)
        {
            turn.Latencies[turn.Connection->Protocol % Turn.MostProtocols].Add(answered, spent);
        }

        turn.Counters->Jobs++;
        turn.Counters->BusyNanoseconds += spent;
        turn.Started = end;
    }
}

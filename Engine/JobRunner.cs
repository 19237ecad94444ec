using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>Runs jobs on the calling thread and counts them.</summary>
internal static unsafe class JobRunner
{
    /// <summary>Runs a job that was taken from a queue.</summary>
    public static void Run(Turn turn, Job job)
    {
        long answered = turn.Counters->Requests;
        job.Function(turn, job.Argument);
        Account(turn, answered, 0);
    }

    /// <summary>A job has ended. The end of this job is the start of the next: one clock read a job.</summary>
    /// <param name="turn">The thread's.</param>
    /// <param name="answeredBefore">Requests that the thread had answered when the job began.</param>
    /// <param name="more">Nanoseconds that the job took before it began.</param>
    public static void Account(Turn turn, long answeredBefore, long more)
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

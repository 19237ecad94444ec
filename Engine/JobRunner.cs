using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>Runs jobs on the calling thread and counts them.</summary>
internal static unsafe class JobRunner
{
    /// <summary>Runs a job that was taken from a queue.</summary>
    public static void Run(ThreadContext thread, Job job)
    {
        long answered = thread.Counters->Requests;
        job.Function(thread, job.Argument);
        Account(thread, answered, 0);
    }

    /// <summary>A job has ended. The end of this job is the start of the next: one clock read a job.</summary>
    /// <param name="thread">The thread's.</param>
    /// <param name="answeredBefore">Requests that the thread had answered when the job began.</param>
    /// <param name="more">Nanoseconds that the job took before it began.</param>
    public static void Account(ThreadContext thread, long answeredBefore, long more)
    {
        long end = Clock.Monotonic();
        long spent = end - thread.Started + more;
        long answered = thread.Counters->Requests - answeredBefore;
        if (answered > 0)
        {
            thread.Latencies[thread.Connection->Protocol % ThreadContext.MostProtocols].Add(answered, spent);
        }

        thread.Counters->Jobs++;
        thread.Counters->BusyNanoseconds += spent;
        thread.Started = end;
    }
}

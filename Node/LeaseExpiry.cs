using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Node;

/// <summary>Ends the leases of holders that renew them no more: a job of low priority on the workers, started by the loop's tick.</summary>
internal sealed unsafe class LeaseExpiry
{
    private const int LongestTick = 1000;
    private const int BusyTick = 20;
    private const long WorkNanoseconds = 2_000_000;

    // Under the table's lock: some ten microseconds.
    private const int AtOnce = 64;

    // 1 while a job is queued or running. Set by the loop's tick, taken back by the job.
    private int _queued;

    /// <summary>The loop's tick.</summary>
    /// <returns>Milliseconds until the next, or 0 while there is no lease.</returns>
    public int Tick(RunningNode node)
    {
        RegistrationTable registrations = node.Cs.Registrations;
        if (registrations.Leases == 0)
        {
            return 0;
        }

        long left = registrations.UntilNextEnd(Clock.Monotonic());
        if (left != 0)
        {
            return left < 0 ? 0 : (int)Math.Min(LongestTick, (left / 1_000_000) + 1);
        }

        if (Interlocked.Exchange(ref _queued, 1) == 0
            && !node.Server.Queues.TryAddBackground(new Job(&Run, 0))) // pairs with the write in Run
        {
            Volatile.Write(ref _queued, 0); // pairs with the exchange above
        }

        return BusyTick;
    }

    // A slice; the next tick goes on where it ended.
    private static void Run(ThreadContext thread, ulong argument)
    {
        RunningNode node = RunningNode.Of(thread.Server);
        long now = Clock.Monotonic();
        while (node.Cs.Registrations.EndSome(now, AtOnce) == AtOnce && Clock.Monotonic() - now < WorkNanoseconds)
        {
        }

        Volatile.Write(ref node.Leases._queued, 0); // pairs with the exchange in Tick
    }
}

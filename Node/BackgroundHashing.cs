using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <content>Hashing as a job of low priority on the workers, one at a time, in slices.</content>
internal sealed unsafe partial class NodeShare
{
    // A read of 128 KB is between; without SHA instructions that is 1 ms.
    private const long SliceNanoseconds = 2_000_000;

    // The tick's next look after it has queued the job, which then says how long to wait.
    private const int TickMilliseconds = 50;

    // 1 while a job is queued or running. Set by who wants work done, taken back by the job.
    private int _hashingQueued;

    // Monotonic nanoseconds before which nothing can be done; 0: no such wait. Written by the job, read by the loop's tick.
    private long _hashingPausedUntil;

    /// <summary>For the loop's tick: goes on after a pause.</summary>
    /// <returns>Milliseconds until the next look, or 0.</returns>
    public int HashingTick()
    {
        long until = Volatile.Read(ref _hashingPausedUntil); // pairs with the writes in RunHashing
        if (until == 0)
        {
            return 0;
        }

        long left = until - Clock.Monotonic();
        if (left > 0)
        {
            return (int)(left / 1_000_000) + 1;
        }

        WakeHashing();
        return TickMilliseconds;
    }

    private void WakeHashing()
    {
        if (Interlocked.Exchange(ref _hashingQueued, 1) == 0 && !Server.QueueBackground(new Job(&RunHashing, 0))) // pairs with the write in RunHashing
        {
            // The queue is full: the tick tries again.
            Volatile.Write(ref _hashingQueued, 0); // pairs with the exchange above
            Volatile.Write(ref _hashingPausedUntil, 1); // pairs with the read in HashingTick
            Server.EnsureTick();
        }
    }

    private static void RunHashing(Turn turn, ulong argument)
    {
        NodeShare share = RunningNode.Of(turn.Server).Share!;
        int pause = turn.Server.IsStopping ? 0 : share.Hashes.Step(Clock.Monotonic() + SliceNanoseconds);
        if (pause < 0 && turn.Server.BackgroundJobs.TryPush(new Job(&RunHashing, 0)))
        {
            // This thread takes it again when it finds nothing else to do.
            return;
        }

        Volatile.Write(ref share._hashingPausedUntil, pause == 0 ? 0 : Clock.Monotonic() + (pause * 1_000_000L)); // pairs with the read in HashingTick
        Interlocked.Exchange(ref share._hashingQueued, 0); // pairs with the exchange in WakeHashing: a full fence before the look below
        if (pause != 0)
        {
            turn.Server.EnsureTick();
        }
        else if (!turn.Server.IsStopping && share.Hashes.HasWork)
        {
            // Something came after Step had found nothing and before the flag was down.
            share.WakeHashing();
        }
    }
}

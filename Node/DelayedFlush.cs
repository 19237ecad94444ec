using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol.Memcached;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>Does flush_all with a delay when its time has come: a job of low priority on the workers, started by the loop's tick.</summary>
internal sealed unsafe class DelayedFlush
{
    private const int BusyTick = 20;

    // 1 while a job is queued or running. Set by the loop's tick, taken back by the job.
    private int _queued;

    /// <summary>The loop's tick.</summary>
    /// <returns>Milliseconds until the next, or 0 while there is nothing to wait for.</returns>
    public int Tick(RunningNode node)
    {
        int next = node.Memcached.Flush.Tick(Clock.Monotonic(), out bool isDue);
        if (!isDue)
        {
            return next;
        }

        if (Interlocked.Exchange(ref _queued, 1) == 0
            && !node.Server.Queues.TryAddBackground(new Job(&Run, 0))) // pairs with the write in Run
        {
            Volatile.Write(ref _queued, 0); // pairs with the exchange above
        }

        return BusyTick;
    }

    private static void Run(ThreadContext thread, ulong argument)
    {
        RunningNode node = RunningNode.Of(thread.Server);
        node.Memcached.Flush.Run(MemcachedThread.Of(thread));
        RespThread.Of(thread).Call.Events.PublishInBackground();
        Volatile.Write(ref node.DelayedFlush._queued, 0); // pairs with the exchange in Tick
    }
}

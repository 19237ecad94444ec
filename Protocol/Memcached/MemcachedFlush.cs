using System.Threading;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>flush_all with a delay: when database 0 is to be emptied. The last one counts. Any thread.</summary>
internal sealed unsafe class MemcachedFlush
{
    private const int LongestTick = 1000;

    private long _due;

    /// <summary>Empties database 0 at a time by the monotonic clock, in nanoseconds, and at no other; 0: never.</summary>
    public void Schedule(long time) => Volatile.Write(ref _due, time); // pairs with Tick and Run

    /// <summary>The loop's look.</summary>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="isDue">Receives whether the time has come.</param>
    /// <returns>Milliseconds until the next, or 0 while there is nothing to wait for.</returns>
    public int Tick(long now, out bool isDue)
    {
        long due = Volatile.Read(ref _due); // pairs with Schedule
        isDue = due != 0 && due <= now;
        return due == 0 ? 0 : isDue ? 1 : (int)System.Math.Min(LongestTick, ((due - now) / 1_000_000) + 1);
    }

    /// <summary>Empties database 0, if the time has come. On a worker, with nothing locked.</summary>
    public void Run(MemcachedThread context)
    {
        const long again = 100_000_000;
        long due = Volatile.Read(ref _due); // pairs with Schedule
        long now = Native.Clock.Monotonic();
        bool isMaster = context.Common.Replication is not { RefusesWrites: true };
        bool isRefused = !MemcachedAvailability.WriteRefusal(context, needsMemory: false).IsEmpty;

        // It waits for the end of a pause, or of a trouble that passes; a replica forgets it.
        long next = isMaster && (isRefused || context.Access.Store.KeepsExpired) ? now + again : 0;
        if (due == 0 || due > now
            || Interlocked.CompareExchange(ref _due, next, due) != due // pairs with Schedule: a later one stays
            || next != 0)
        {
            return;
        }

        if (isRefused)
        {
            context.Thread.Server.Log(4, "flush_all with a delay was not done: the node takes no writes now");
        }
        else if (!context.Access.TryFlush(0, new ChangeNote(ChangeName.None)))
        {
            context.Thread.Server.Log(4, "flush_all with a delay was not done: the kernel gives no memory for empty tables");
        }
        else if (context.Common.ChecksCommands)
        {
            context.Common.Show(context.Thread, WriteVerb.DelayedFlush, null, 0, null, 0);
        }
    }
}

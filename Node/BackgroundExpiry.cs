using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>
/// Removes expired keys that nobody asks for, so that their memory comes back: a job of low priority
/// on the workers, started by the loop's tick while there may be something to do, within a tenth of one processor. With nothing to do the
/// tick ends, and <see cref="KeyValueStore.ExpiryBegan"/> starts it again.
/// </summary>
internal sealed unsafe class BackgroundExpiry
{
    // 10 ms of work in 100 ms, or 1 ms in 10 ms while requests wait for a worker.
    private const int TickMilliseconds = 100;
    private const int BusyTickMilliseconds = 10;
    private const long WorkNanoseconds = 10_000_000;
    private const long BusyWorkNanoseconds = 1_000_000;

    // After passes that found nothing the next one waits longer and longer: memory comes back within two seconds in any case.
    private const int LongestPause = 1000;

    // Store steps of about 4 ns between two looks at the clock: 200 µs.
    private const int StepsPerLook = 50_000;

    // Where the sweep is, and what it removed since the present pass began. For the one job there is at a time.
    private readonly ExpirySweep _sweep = new();
    private long _removed;

    // Milliseconds until the next look. Written by the job, read by the loop's tick.
    private int _pause;

    // 1 while a job is queued or running. Set by the loop's tick, taken back by the job.
    private int _queued;

    /// <summary>The loop's tick; CLIENT PAUSE goes by it too.</summary>
    /// <returns>Milliseconds until the next, or 0 while no key can expire and nothing is paused.</returns>
    public int Tick(RunningNode node)
    {
        Server server = node.Server;
        int pause = node.Resp.Pause.Tick(server, node.Resp);
        if (!MayExpire(node) || node.Store.Counters.ExpiringKeys == 0)
        {
            return pause;
        }

        if (Interlocked.Exchange(ref _queued, 1) == 0 && !server.Queues.TryAddBackground(new Job(&Run, 0))) // pairs with the write in Run
        {
            Volatile.Write(ref _queued, 0); // pairs with the exchange above
        }

        int next = Math.Max(BusyTickMilliseconds, Volatile.Read(ref _pause)); // pairs with Run
        return pause == 0 ? next : Math.Min(pause, next);
    }

    /// <summary>For <see cref="KeyValueStore.ExpiryBegan"/>.</summary>
    public static void Begin(object? server) => ((Server)server!).EnsureTick();

    private static bool MayExpire(RunningNode node) => node.Resp.Options.RemovesExpired && !node.Store.KeepsExpired
        && node.Store.ClientMode == AccessMode.Normal && !node.Common.IsLoading;

    private static void Run(ThreadContext thread, ulong argument)
    {
        RunningNode node = RunningNode.Of(thread.Server);
        long begin = Clock.ThreadCpuTime();
        int pause = MayExpire(node) ? node.Expiry.Expire(thread, Clock.Monotonic()) : 0;
        RespThread.Of(thread).Call.Events.PublishInBackground();
        node.Resp.Statistics.ExpiryNanoseconds += Clock.ThreadCpuTime() - begin;
        Volatile.Write(ref node.Expiry._pause, pause); // pairs with Tick
        Volatile.Write(ref node.Expiry._queued, 0); // pairs with the exchange in Tick
    }

    private int Expire(ThreadContext thread, long begin)
    {
        StoreAccess access = ProtocolContext.Of(thread).Access;
        int pause = 0;
        while (pause == 0)
        {
            SweepResult result = _sweep.Step(access, StepsPerLook);
            _removed += result.Removed;
            if (result.PassEnded)
            {
                pause = _removed > 0 ? TickMilliseconds : Math.Clamp(2 * _pause, TickMilliseconds, LongestPause);
                _removed = 0;
            }
            else
            {
                pause = PauseAfter(thread, begin);
            }
        }

        return pause;
    }

    // 0: go on. A tenth of the time is spent working.
    private static int PauseAfter(ThreadContext thread, long begin)
    {
        long spent = Clock.Monotonic() - begin;
        return spent >= WorkNanoseconds ? TickMilliseconds
            : spent >= BusyWorkNanoseconds && thread.Server.Queues.Short.Count > 0 ? BusyTickMilliseconds
            : 0;
    }
}

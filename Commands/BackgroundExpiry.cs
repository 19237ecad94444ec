using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Store;

namespace Epollsrv.Commands;

/// <summary>
/// Removes expired keys that nobody asks for, so that their memory comes back, and evicts after the maximum was lowered: a job of low priority
/// on the workers, started by the loop's tick while there may be something to do, within a tenth of one processor. With nothing to do the
/// tick ends, and <see cref="KeyValueStore.ExpiryBegan"/> starts it again.
/// </summary>
internal static unsafe class BackgroundExpiry
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
    private const int EvictionsPerLook = 64;

    /// <summary>The loop's tick; CLIENT PAUSE goes by it too.</summary>
    /// <returns>Milliseconds until the next, or 0 while no key can expire, none has to go and nothing is paused.</returns>
    public static int Tick(Server server)
    {
        NodeServices services = (NodeServices)server.Services!;
        int pause = services.Resp.Pause.Tick(server, services.Resp);
        bool expires = services.RemovesExpired && !services.Store.KeepsExpired && services.Store.Counters.ExpiringKeys > 0;
        if (!expires && !services.Store.HasToEvict)
        {
            return pause;
        }

        if (Interlocked.Exchange(ref services.ExpiryQueued, 1) == 0 && !server.QueueBackground(new Job(&Run, 0))) // pairs with the write in Run
        {
            Volatile.Write(ref services.ExpiryQueued, 0); // pairs with the exchange above
        }

        int next = Math.Max(BusyTickMilliseconds, Volatile.Read(ref services.ExpiryPause)); // pairs with Run
        return pause == 0 ? next : Math.Min(pause, next);
    }

    /// <summary>For <see cref="KeyValueStore.ExpiryBegan"/>.</summary>
    public static void Begin(object? server) => ((Server)server!).EnsureTick();

    private static void Run(Turn turn, ulong argument)
    {
        ProtocolContext context = ProtocolContext.Of(turn);
        NodeServices services = context.Services;
        long begin = Clock.Monotonic();
        int pause = Math.Max(Evict(turn, context.Access, begin), services.RemovesExpired && !services.Store.KeepsExpired ? Expire(turn, context, begin) : 0);
        context.Resp.PublishEventsInBackground();
        services.ExpiryNanoseconds += Clock.Monotonic() - begin;
        Volatile.Write(ref services.ExpiryPause, pause); // pairs with Tick
        Volatile.Write(ref services.ExpiryQueued, 0); // pairs with the exchange in Tick
    }

    private static int Expire(Turn turn, ProtocolContext context, long begin)
    {
        NodeServices services = context.Services;
        StoreAccess access = context.Access;
        access.SweepPosition = services.ExpiryPosition;
        int pause = 0;
        while (pause == 0)
        {
            SweepResult result = access.ExpireStep(StepsPerLook);
            services.ExpiryRemoved += result.Removed;
            if (result.PassEnded)
            {
                pause = services.ExpiryRemoved > 0 ? TickMilliseconds
                    : Math.Clamp(2 * services.ExpiryPause, TickMilliseconds, LongestPause);
                services.ExpiryRemoved = 0;
            }
            else
            {
                pause = PauseAfter(turn, begin);
            }
        }

        services.ExpiryPosition = access.SweepPosition;
        return pause;
    }

    // After the maximum was lowered, writes alone would take long to get there.
    private static int Evict(Turn turn, StoreAccess access, long begin)
    {
        int pause = 0;
        while (pause == 0 && access.Store.HasToEvict)
        {
            pause = access.EvictStep(EvictionsPerLook) == 0 ? LongestPause : PauseAfter(turn, begin);
        }

        return pause;
    }

    // 0: go on. A tenth of the time is spent working.
    private static int PauseAfter(Turn turn, long begin)
    {
        long spent = Clock.Monotonic() - begin;
        return spent >= WorkNanoseconds ? TickMilliseconds
            : spent >= BusyWorkNanoseconds && turn.Server.Jobs.Count > 0 ? BusyTickMilliseconds
            : 0;
    }
}

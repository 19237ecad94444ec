using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Store;

namespace Epollsrv.Commands;

/// <summary>
/// Removes expired keys that nobody asks for, so that their memory comes back: a job of low priority on the workers, started by
/// the loop's tick while any key has an expiry time, within a bounded share of one processor.
/// </summary>
internal static unsafe class BackgroundExpiry
{
    /// <summary>Time between two steps while there is something to do: 10 ms of work in 100 ms is the bound, a tenth of a processor.</summary>
    private const int TickMilliseconds = 100;
    private const long WorkNanoseconds = 10_000_000;

    // Store steps of about 4 ns between two looks at the clock: 200 µs.
    private const int StepsPerLook = 50_000;

    /// <summary>The loop's tick; CLIENT PAUSE goes by it too.</summary>
    /// <returns>Milliseconds until the next, or 0 while no key can expire and nothing is paused.</returns>
    public static int Tick(Server server)
    {
        NodeServices services = (NodeServices)server.Services!;
        int pause = services.Resp.Pause.Tick(server, services.Resp);
        if (services.Store.Counters.ExpiringKeys == 0)
        {
            return pause;
        }

        if (Interlocked.Exchange(ref services.ExpiryQueued, 1) == 0 && !server.QueueBackground(new Job(&Run, 0))) // pairs with the write in Run
        {
            Volatile.Write(ref services.ExpiryQueued, 0); // pairs with the exchange above
        }

        return pause == 0 ? TickMilliseconds : Math.Min(pause, TickMilliseconds);
    }

    private static void Run(Turn turn, ulong argument)
    {
        StoreAccess access = ProtocolContext.Of(turn).Access;
        NodeServices services = ProtocolContext.Of(turn).Services;
        long end = Clock.Monotonic() + WorkNanoseconds;
        while (true)
        {
            SweepResult result = access.ExpireStep(StepsPerLook);
            if (result.PassEnded || Clock.Monotonic() >= end || turn.Server.Jobs.Count > 0)
            {
                break;
            }
        }

        ProtocolContext.Of(turn).Resp.PublishEventsInBackground();
        Volatile.Write(ref services.ExpiryQueued, 0); // pairs with the exchange in Tick
    }
}

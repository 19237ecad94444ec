using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Commands;

/// <summary>Ends the leases of holders that renew them no more: a job of low priority on the workers, started by the loop's tick.</summary>
internal static unsafe class LeaseExpiry
{
    private const int LongestTick = 1000;
    private const int BusyTick = 20;
    private const long WorkNanoseconds = 2_000_000;

    /// <summary>The loop's tick.</summary>
    /// <returns>Milliseconds until the next, or 0 while no holder is known.</returns>
    public static int Tick(Server server, NodeServices services)
    {
        if (services.Leases.Holders == 0)
        {
            return 0;
        }

        long left = services.Leases.UntilNext(Clock.Monotonic());
        if (left != 0)
        {
            return left < 0 ? 0 : (int)Math.Min(LongestTick, (left / 1_000_000) + 1);
        }

        if (Interlocked.Exchange(ref services.LeaseJobQueued, 1) == 0 && !server.QueueBackground(new Job(&Run, 0))) // pairs with the write in Run
        {
            Volatile.Write(ref services.LeaseJobQueued, 0); // pairs with the exchange above
        }

        return BusyTick;
    }

    // A slice; the next tick goes on where it ended.
    private static void Run(Turn turn, ulong argument)
    {
        ProtocolContext context = ProtocolContext.Of(turn);
        LeaseTable leases = context.Services.Leases;
        byte* name = stackalloc byte[CsFrame.MaximumKey];
        Span<byte> holder = stackalloc byte[CsFrame.MaximumValue];
        long now = Clock.Monotonic();
        while (leases.NextExpired(now, new Span<byte>(name, CsFrame.MaximumKey), out int nameLength, holder, out int holderLength) && Clock.Monotonic() - now < WorkNanoseconds)
        {
            if (nameLength > 0)
            {
                CsServer.EndLease(context, name, nameLength, holder[..holderLength], now);
            }
        }

        Volatile.Write(ref context.Services.LeaseJobQueued, 0); // pairs with the exchange in Tick
    }
}

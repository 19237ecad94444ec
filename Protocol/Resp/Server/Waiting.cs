using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>How WAIT and WAITAOF wait, for replicas or the disk.</summary>
internal static unsafe class Waiting
{
    // Without a limit of time: how often it is seen that the peer has gone.
    private const int LookMilliseconds = 1000;

    /// <summary>When a wait that begins now is over, in monotonic milliseconds.</summary>
    /// <param name="call">The command.</param>
    /// <param name="timeout">Milliseconds, not negative; 0: without a limit.</param>
    public static long Deadline(CommandContext call, long timeout)
    {
        long now = call.Thread.Started / 1_000_000;
        return timeout == 0 || timeout > long.MaxValue - now ? long.MaxValue : now + timeout;
    }

    /// <summary>
    /// Lets the command run again after so many milliseconds, or when a message comes before. One without a limit of time ends with its
    /// peer, also when that has only ended its sending: nothing would be sent to it that shows that it has gone.
    /// </summary>
    public static void RunAgain(CommandContext call, long milliseconds)
    {
        ThreadContext thread = call.Thread;
        bool isUnlimited = call.ExistingSession->WaitDeadline == long.MaxValue;
        if (isUnlimited && thread.HasPeerEnded)
        {
            thread.Abort();
            return;
        }

        thread.SetTimer((int)Math.Min(milliseconds, isUnlimited ? LookMilliseconds : int.MaxValue / 2));
        call.RunAgainLater();
    }
}

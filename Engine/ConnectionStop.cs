namespace Epollsrv.Engine;

/// <summary>How a connection ends in an orderly stop, when it has nothing to do. Owner only.</summary>
internal static unsafe class ConnectionStop
{
    /// <summary>Whether it stays open, because it is one of those that end last.</summary>
    public static bool IsEarly(ThreadContext thread, ConnectionSlot* slot)
    {
        delegate*<ThreadContext, bool> endsLast = thread.Server.Protocols[slot->Protocol].EndsLast;
        return endsLast != null && !thread.Server.Loop.EndsLast && endsLast(thread);
    }

    /// <summary>
    /// Everything received so far is answered. Nothing is lost only when the kernel says that nothing more has come, and when the peer,
    /// should it send more, does not meet a closed socket while replies are still on their way.
    /// </summary>
    public static RoundOutcome End(ThreadContext thread, ConnectionSlot* slot)
    {
        if (!thread.InputDrained)
        {
            slot->Flags |= ConnectionFlags.ServedWhileStopping;
            _ = ConnectionState.MarkReady(&slot->State, (uint)(thread.Token >> 32), ConnectionState.Read);
            return RoundOutcome.Requeue;
        }

        return (slot->Flags & ConnectionFlags.ServedWhileStopping) != 0 ? LingeringClose.Begin(thread, slot) : RoundOutcome.Close;
    }
}

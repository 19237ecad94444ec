using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>How a connection ends in an orderly stop, when it has nothing to do. Owner only.</summary>
internal static unsafe class ConnectionStop
{
    /// <summary>Whether it stays open, because its first request may still come, or because it is one of those that end last.</summary>
    public static bool IsEarly(ThreadContext thread, ConnectionSlot* slot)
    {
        Server server = thread.Server;
        if (!server.Loop.EndsNew && IsNew(server, slot))
        {
            return true;
        }

        delegate*<ThreadContext, bool> endsLast = server.Protocols[slot->Protocol].EndsLast;
        return endsLast != null && !server.Loop.EndsLast && endsLast(thread);
    }

    /// <summary>
    /// Whether the server stops and the peer has not taken everything that was sent to it. Outside of a stop the kernel delivers the rest
    /// after a close. After a stop it may not: a container's network ends with its last process. The loop may ask as well: a hint.
    /// </summary>
    public static bool AwaitsPeer(Server server, ConnectionSlot* slot)
        => server.IsStopping && Socket.Unacknowledged(Volatile.Read(ref slot->Descriptor)) > 0; // pairs with ConnectionEnd.Close

    // Whether it has not been found out what it speaks. Where its listener says that, it counts as new for as long as it lives.
    private static bool IsNew(Server server, ConnectionSlot* slot)
        => slot->Listener < server.Options.FirstProtocols.Length && slot->Protocol == server.Options.FirstProtocols[slot->Listener];

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

        bool lingers = (slot->Flags & ConnectionFlags.ServedWhileStopping) != 0 || AwaitsPeer(thread.Server, slot);
        return lingers ? LingeringClose.Begin(thread, slot) : RoundOutcome.Close;
    }
}

using Epollsrv.Engine;

namespace Epollsrv.Protocol.Cs;

/// <summary>
/// While <see cref="ProtocolCommon.ChecksCommands"/>: what becomes of frames about keys when the node, which keeps its data on disk, cannot
/// serve them. Registrations of files are no keys and go on. CS has no error for it: status 4 of a GET or DELETE says that there is no such
/// key. Such a frame ends the connection unanswered, so that its sender turns to the replica, as when the node is down. A PUT that cannot
/// be logged, or that a replica is sent, is answered as one that finds no memory.
/// </summary>
internal static unsafe class CsAvailability
{
    /// <summary>Whether a GET has to be refused, and was.</summary>
    public static bool RefusesGet(ThreadContext thread, CsThread context)
        => (context.Common.IsLoading || context.Common.Replication is { RefusesReads: true }) && EndConnection(thread, context);

    /// <summary>Whether a PUT has to be refused, and was.</summary>
    public static bool RefusesPut(ThreadContext thread, CsThread context, byte* frame)
    {
        if (context.Common.IsLoading)
        {
            return EndConnection(thread, context);
        }

        if (!RefusesWrites(context))
        {
            return false;
        }

        CsReplyWriter.WriteStatus(thread, frame, CsFrame.Error);
        return true;
    }

    /// <summary>Whether a DELETE has to be refused, and was.</summary>
    public static bool RefusesDelete(ThreadContext thread, CsThread context)
        => (context.Common.IsLoading || RefusesWrites(context)) && EndConnection(thread, context);

    private static bool RefusesWrites(CsThread context)
        => context.Common.Persistence is { WriteRefusal: not null } || context.Common.Replication is { RefusesWrites: true };

    private static bool EndConnection(ThreadContext thread, CsThread context)
    {
        context.Errors++;
        thread.CloseAfterFlush();
        return true;
    }
}

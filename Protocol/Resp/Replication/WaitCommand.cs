namespace Epollsrv.Protocol.Resp;

/// <summary>WAIT: how many replicas have what was written.</summary>
internal static unsafe class WaitCommand
{
    /// <summary>
    /// WAIT numreplicas timeout: waits until so many replicas say that they have all changes up to now, which is at least the client's own:
    /// nothing is noted for each connection on its writes for the sake of this command.
    /// </summary>
    public static void Wait(CommandContext call)
    {
        if (call.Common.Replication is { IsReplica: true })
        {
            if (call.ExistingSession != null && call.ExistingSession->WaitPosition != 0)
            {
                // It has become one meanwhile.
                call.Resp.Replicas.Waiters.Remove(call.ExistingSession);
                call.ExistingSession->WaitPosition = 0;
                call.ReplyError("UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)"u8);
                return;
            }

            call.ReplyError("ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated."u8);
            return;
        }

        if (!call.TryReadInteger(1, out long wanted)
            || !call.TryReadInteger(call.Arguments + 2, "ERR timeout is not an integer or out of range"u8, out long timeout))
        {
            return;
        }

        if (timeout < 0)
        {
            call.ReplyError("ERR timeout is negative"u8);
            return;
        }

        Replicas replicas = call.Resp.Replicas;
        ReplicationFeed feed = call.Resp.Feed!;
        RespSession* session = call.Session;
        long now = call.Thread.Started / 1_000_000;
        if (session->WaitPosition == 0)
        {
            session->WaitPosition = (feed.Position) + 1;
            session->WaitDeadline = Waiting.Deadline(call, timeout);
        }

        long position = session->WaitPosition - 1;
        bool ends = call.Access.InTransaction || now >= session->WaitDeadline;
        if (!ends && replicas.CountAt(position) < wanted)
        {
            // Counted before the replicas are looked at again: either they are seen to have it, or their word wakes this connection.
            replicas.Waiters.Add(session, wanted);
            if (replicas.CountAt(position) < wanted)
            {
                replicas.Waiters.Ask(feed, position);
                Waiting.RunAgain(call, session->WaitDeadline - now);
                return;
            }
        }

        replicas.Waiters.Remove(session);
        session->WaitPosition = 0;
        call.Reply.Integer(replicas.CountAt(position));
    }
}

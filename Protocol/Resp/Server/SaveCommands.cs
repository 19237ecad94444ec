namespace Epollsrv.Protocol.Resp;

/// <summary>BGSAVE, SAVE, BGREWRITEAOF, LASTSAVE, WAITAOF.</summary>
internal static unsafe class SaveCommands
{
    // Between two looks of who waits for the disk.
    private const int WaitMilliseconds = 10;

    /// <summary>Without --data.</summary>
    internal static System.ReadOnlySpan<byte> Nowhere => "ERR nothing is kept on disk: start the node with --data DIR"u8;

    /// <summary>BGSAVE [SCHEDULE].</summary>
    public static void BackgroundSave(CommandContext call)
    {
        bool schedules = call.Count == 2 && call.Arguments[1].Is("schedule"u8);
        if (call.Count > 1 && !schedules)
        {
            call.ReplySyntaxError();
            return;
        }

        if (!TryGet(call, out Persistence persistence))
        {
            return;
        }

        switch (persistence.BeginSave(schedules, call.Access.InTransaction))
        {
            case SaveOutcome.Done:
                call.Reply.Simple("Background saving started"u8);
                break;
            case SaveOutcome.Scheduled:
                call.Reply.Simple("Background saving scheduled"u8);
                break;
            case SaveOutcome.AlreadyInProgress:
                call.ReplyError("ERR Background save already in progress"u8);
                break;
            case SaveOutcome.OtherInProgress:
                call.ReplyError("ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible."u8);
                break;
            default:
                call.ReplyError("ERR"u8);
                break;
        }
    }

    /// <summary>SAVE: as BGSAVE, and the reply comes when it is done. Other clients do not wait.</summary>
    public static void Save(CommandContext call)
    {
        if (!TryGet(call, out Persistence persistence) || call.DeferLong())
        {
            return;
        }

        switch (persistence.Save())
        {
            case SaveOutcome.Done:
                call.Reply.Simple("OK"u8);
                break;
            case SaveOutcome.AlreadyInProgress or SaveOutcome.OtherInProgress:
                call.ReplyError("ERR Background save already in progress"u8);
                break;
            default:
                call.ReplyError("ERR"u8);
                break;
        }
    }

    /// <summary>BGREWRITEAOF.</summary>
    public static void RewriteLog(CommandContext call)
    {
        if (!TryGet(call, out Persistence persistence))
        {
            return;
        }

        switch (persistence.BeginRewrite(call.Access.InTransaction))
        {
            case SaveOutcome.Done:
                call.Reply.Simple("Background append only file rewriting started"u8);
                break;
            case SaveOutcome.Scheduled:
                call.Reply.Simple("Background append only file rewriting scheduled"u8);
                break;
            case SaveOutcome.AlreadyInProgress or SaveOutcome.OtherInProgress:
                call.ReplyError("ERR Background append only file rewriting already in progress"u8);
                break;
            default:
                call.ReplyError("ERR Can't execute an AOF background rewriting. Please check the server logs for more information."u8);
                break;
        }
    }

    /// <summary>LASTSAVE: before the first snapshot it is when the node was started, as in Redis.</summary>
    public static void LastSave(CommandContext call)
        => call.Reply.Integer(call.Common.Persistence is { } persistence ? persistence.LastSave : ServerCommands.StartedAt(call));

    /// <summary>
    /// WAITAOF numlocal numreplicas timeout (Redis 7.2): waits until the disk has all changes up to now, which is at least the client's.
    /// Replicas do not say what their disks have.
    /// </summary>
    public static void WaitForDisk(CommandContext call)
    {
        if (!call.TryReadInteger(1, out long local) || !call.TryReadInteger(2, out long replicas)
            || !call.TryReadInteger(call.Arguments + 3, "ERR timeout is not an integer or out of range"u8, out long timeout))
        {
            return;
        }

        Persistence? persistence = call.Common.Persistence;
        if (local is < 0 or > 1 || replicas < 0)
        {
            call.ReplyError("ERR value is out of range"u8);
        }
        else if (timeout < 0)
        {
            call.ReplyError("ERR timeout is negative"u8);
        }
        else if (local != 0 && persistence is not { IsLogging: true })
        {
            call.ReplyError("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."u8);
        }
        else
        {
            RespSession* session = call.Session;
            if (session->WaitPosition == 0)
            {
                session->WaitPosition = (persistence?.LogEnd ?? 0) + 1;
                session->WaitDeadline = Waiting.Deadline(call, timeout);
                persistence?.RequestSynchronization();
            }

            bool isOnDisk = persistence is { IsLogging: true } && persistence.Synchronized + 1 >= session->WaitPosition;
            bool isOver = call.Thread.Started / 1_000_000 >= session->WaitDeadline || call.Access.InTransaction;
            if (!isOver && ((local != 0 && !isOnDisk) || replicas != 0))
            {
                Waiting.RunAgain(call, WaitMilliseconds);
                return;
            }

            session->WaitPosition = 0;
            call.Reply.Array(2);
            call.Reply.Integer(isOnDisk ? 1 : 0);
            call.Reply.Integer(0);
        }
    }

    private static bool TryGet(CommandContext call, out Persistence persistence)
    {
        persistence = call.Common.Persistence!;
        if (persistence is not null)
        {
            return true;
        }

        call.ReplyError(Nowhere);
        return false;
    }
}

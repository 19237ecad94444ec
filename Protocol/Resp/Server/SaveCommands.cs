
namespace Epollsrv.Protocol.Resp;

/// <summary>BGSAVE, SAVE, BGREWRITEAOF, LASTSAVE.</summary>
internal static unsafe class SaveCommands
{
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

        switch (persistence.BeginSave(schedules || call.Access.InTransaction))
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

        switch (persistence.BeginRewrite())
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

    private static bool TryGet(CommandContext call, out Persistence persistence)
    {
        persistence = call.Common.Persistence!;
        if (persistence is not null)
        {
            return true;
        }

        call.ReplyError("ERR nothing is kept on disk: start the node with --data DIR"u8);
        return false;
    }
}

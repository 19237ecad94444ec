namespace Epollsrv.Protocol.Resp;

/// <summary>DEBUG RELOAD and LOADAOF.</summary>
internal static unsafe class ReloadCommand
{
    /// <summary>
    /// DEBUG RELOAD [NOSAVE] [NOFLUSH] [MERGE]. Keys that are there take the values of the file also without MERGE, with which Redis would
    /// end.
    /// </summary>
    public static void Reload(CommandContext call)
    {
        bool saves = true;
        bool empties = true;
        for (int i = 2; i < call.Count; i++)
        {
            Argument* option = call.Arguments + i;
            bool isSave = option->Is("nosave"u8);
            bool isFlush = option->Is("noflush"u8);
            if (!isSave && !isFlush && !option->Is("merge"u8))
            {
                call.ReplyError("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."u8);
                return;
            }

            saves &= !isSave;
            empties &= !isFlush;
        }

        if (TryGet(call, out Persistence persistence))
        {
            Answer(call, persistence.ReloadDump(saves, empties), "ERR Error trying to load the RDB dump, check server logs."u8);
        }
    }

    /// <summary>DEBUG LOADAOF.</summary>
    public static void LoadLog(CommandContext call)
    {
        if (TryGet(call, out Persistence persistence))
        {
            Answer(call, persistence.ReloadLog(), "ERR Error trying to load the AOF files, check server logs."u8);
        }
    }

    private static bool TryGet(CommandContext call, out Persistence persistence)
    {
        persistence = call.Common.Persistence!;
        if (persistence is null)
        {
            call.ReplyError(SaveCommands.Nowhere);
            return false;
        }

        if (call.Access.InTransaction)
        {
            call.ReplyError("ERR DEBUG cannot load inside a transaction, whose keys are locked"u8);
            return false;
        }

        return !call.DeferLong();
    }

    private static void Answer(CommandContext call, ReloadOutcome outcome, System.ReadOnlySpan<byte> notLoaded)
    {
        if (outcome == ReloadOutcome.Done)
        {
            call.Reply.Ok();
        }
        else
        {
            call.ReplyError(outcome == ReloadOutcome.NotSaved ? "ERR"u8 : notLoaded);
        }
    }
}

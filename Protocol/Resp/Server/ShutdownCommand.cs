namespace Epollsrv.Protocol.Resp;

/// <summary>SHUTDOWN.</summary>
internal static unsafe class ShutdownCommand
{
    /// <summary>
    /// SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE] [ABORT]: an orderly stop. dump.rdb is saved before when there are save points or SAVE asks for
    /// it; when that fails the node goes on, unless FORCE is there. Replicas get the rest of the stream at the end of every orderly stop,
    /// as far as the time for it allows: NOW changes nothing, and ABORT finds nothing.
    /// </summary>
    public static void Shutdown(CommandContext call)
    {
        bool saves = false;
        bool savesNot = false;
        bool isForced = false;
        bool aborts = false;
        for (int i = 1; i < call.Count; i++)
        {
            Argument* word = call.Arguments + i;
            bool isSave = word->Is("save"u8);
            bool isSaveNot = word->Is("nosave"u8);
            bool isForce = word->Is("force"u8);
            bool isAbort = word->Is("abort"u8);
            if (!isSave && !isSaveNot && !isForce && !isAbort && !word->Is("now"u8))
            {
                call.ReplySyntaxError();
                return;
            }

            saves |= isSave;
            savesNot |= isSaveNot;
            isForced |= isForce;
            aborts |= isAbort;
        }

        if ((saves && savesNot) || (aborts && call.Count > 2))
        {
            call.ReplySyntaxError();
        }
        else if (aborts)
        {
            call.ReplyError("ERR No shutdown in progress."u8);
        }
        else if (!call.Common.IsLoading && call.Common.Persistence is { } persistence)
        {
            if (!call.DeferLong() && TrySave(call, persistence, saves, savesNot, isForced))
            {
                Stop(call);
            }
        }
        else if (saves && !isForced && call.Common.Persistence is null)
        {
            Refuse(call, "nothing is kept without --data; SHUTDOWN or SHUTDOWN NOSAVE stops the node");
        }
        else
        {
            Stop(call);
        }
    }

    // Answers false after an error, unless FORCE makes it go on.
    private static bool TrySave(CommandContext call, Persistence persistence, bool saves, bool savesNot, bool isForced)
    {
        PersistenceStatus status = persistence.Status;
        if (status.IsBeginningLog && !isForced)
        {
            Refuse(call, "the log's first base is being written");
            return false;
        }

        saves |= status.HasSavePoints && !savesNot;
        if (saves && persistence.SaveToStop() != SaveOutcome.Done)
        {
            if (!isForced)
            {
                Refuse(call, "dump.rdb was not saved");
                return false;
            }

            savesNot = true;
        }

        // Again at the end, when something has changed since.
        persistence.SavesAtStop = savesNot ? StopSave.No : saves ? StopSave.Yes : StopSave.ByPoints;
        return true;
    }

    private static void Refuse(CommandContext call, string reason)
    {
        call.Thread.Server.Log(4, "SHUTDOWN refused: " + reason);
        call.ReplyError("ERR Errors trying to SHUTDOWN. Check logs."u8);
    }

    private static void Stop(CommandContext call)
    {
        call.Thread.Server.Log(6, "SHUTDOWN received, stopping");
        call.Thread.Server.RequestStop();
        call.Thread.CloseAfterFlush();
    }
}

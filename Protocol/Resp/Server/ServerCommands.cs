using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>DBSIZE, TIME, ROLE, WAIT, LOLWUT, SHUTDOWN.</summary>
internal static unsafe class ServerCommands
{
    /// <summary>DBSIZE: expired keys that nobody has met yet are counted.</summary>
    public static void DbSize(CommandContext call)
    {
        long keys = call.Common.Store.CountersOf(call.Access.Database).Keys;
        KeyScan.ObserveCounts(call.Access);
        call.Reply.Integer(keys);
    }

    /// <summary>TIME.</summary>
    public static void Time(CommandContext call)
    {
        long microseconds = Clock.Wall() / 1000;
        call.Reply.Array(2);
        call.Reply.BulkInteger(microseconds / 1_000_000);
        call.Reply.BulkInteger(microseconds % 1_000_000);
    }

    /// <summary>LOLWUT [VERSION version].</summary>
    public static void Lolwut(CommandContext call)
    {
        if (call.Count > 2 && call.Arguments[1].Is("version"u8))
        {
            // The pictures of versions 5 and 6 take their measures as numbers.
            if (!call.TryReadInteger(2, out long version))
            {
                return;
            }

            int measures = version == 5 ? 3 : version == 6 ? 2 : 0;
            for (int i = 3; i < call.Count && i < 3 + measures; i++)
            {
                if (!call.TryReadInteger(i, out _))
                {
                    return;
                }
            }
        }

        call.Reply.Verbatim("txt"u8, "Redis ver. 7.0.15\n"u8);
    }

    /// <summary>SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE] [ABORT]: an orderly
    /// stop. Without --data nothing can be saved: SAVE is refused unless forced.</summary>
    public static void Shutdown(CommandContext call)
    {
        bool save = false;
        bool noSave = false;
        bool force = false;
        bool abort = false;
        for (int i = 1; i < call.Count; i++)
        {
            Argument* word = call.Arguments + i;
            bool known = word->Is("now"u8);
            save |= word->Is("save"u8);
            noSave |= word->Is("nosave"u8);
            force |= word->Is("force"u8);
            abort |= word->Is("abort"u8);
            if (!known && !word->Is("save"u8) && !word->Is("nosave"u8) && !word->Is("force"u8) && !word->Is("abort"u8))
            {
                call.ReplySyntaxError();
                return;
            }
        }

        if ((save && noSave) || (abort && call.Count > 2))
        {
            call.ReplySyntaxError();
        }
        else if (abort)
        {
            call.ReplyError("ERR No shutdown in progress."u8);
        }
        else if (save && call.Common.Persistence is { } persistence)
        {
            if (call.DeferLong())
            {
                return;
            }

            if (persistence.Save() != SaveOutcome.Done && !force)
            {
                call.ReplyError("ERR Errors trying to SHUTDOWN. Check logs."u8);
                return;
            }

            Stop(call);
        }
        else if (save && !force)
        {
            call.Thread.Server.Log(4, "SHUTDOWN SAVE refused: nothing is kept without --data; SHUTDOWN or SHUTDOWN NOSAVE stops the node");
            call.ReplyError("ERR Errors trying to SHUTDOWN. Check logs."u8);
        }
        else
        {
            Stop(call);
        }
    }

    private static void Stop(CommandContext call)
    {
        call.Thread.Server.Log(6, "SHUTDOWN received, stopping");
        call.Thread.Server.RequestStop();
        call.Thread.CloseAfterFlush();
    }

    /// <summary>When the node was started, seconds since 1970.</summary>
    public static long StartedAt(CommandContext call) =>
        (call.Thread.Server.StartedNanoseconds + call.Thread.Server.WallOffset) / 1_000_000_000;
}

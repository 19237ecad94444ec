using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>FLUSHALL, FLUSHDB, FUNCTION FLUSH.</summary>
internal static unsafe class FlushCommands
{
    /// <summary>
    /// FLUSHALL [ASYNC|SYNC]: one point in time. The reply comes when the
    /// memory is free, whichever is asked for; nobody else waits for that.
    /// </summary>
    public static void FlushAll(CommandContext call) => Flush(call, -1);

    /// <summary>FLUSHDB [ASYNC|SYNC].</summary>
    public static void FlushDatabase(CommandContext call) => Flush(call, call.Access.Database);

    private static void Flush(CommandContext call, int database)
    {
        if (call.Count > 2 || (call.Count == 2 && !IsMode(call.Arguments + 1)))
        {
            call.ReplySyntaxError();
            return;
        }

        if (call.DeferLong())
        {
            return;
        }

        if (call.Access.TryFlush(database, new ChangeNote(ChangeName.None, isVerbatim: true)))
        {
            call.Reply.Ok();
        }
        else
        {
            call.ReplyOutOfMemory();
        }
    }

    /// <summary>FUNCTION FLUSH [ASYNC|SYNC]: there are no functions.</summary>
    public static void FunctionFlush(CommandContext call)
    {
        if (call.Count > 3)
        {
            call.ReplyWrongSubcommand("'. Try FUNCTION HELP."u8);
        }
        else if (call.Count == 3 && !IsMode(call.Arguments + 2))
        {
            call.ReplyError("ERR FUNCTION FLUSH only supports SYNC|ASYNC option"u8);
        }
        else
        {
            call.Reply.Ok();
        }
    }

    /// <summary>FUNCTION HELP: of what there is.</summary>
    public static void FunctionHelp(CommandContext call) => call.Reply.Help(
        """
        FUNCTION <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
        FLUSH [ASYNC|SYNC]
            Delete all the libraries.
        HELP
            Prints this help.
        """u8);

    private static bool IsMode(Argument* word) => word->Is("async"u8) || word->Is("sync"u8);
}

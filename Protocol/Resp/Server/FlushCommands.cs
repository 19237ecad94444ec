namespace Epollsrv.Protocol.Resp;

/// <summary>FLUSHALL, FLUSHDB, FUNCTION FLUSH.</summary>
internal static unsafe class FlushCommands
{
    /// <summary>
    /// FLUSHALL [ASYNC|SYNC], and FLUSHDB: keys last written over CS stay. In steps that hold one partition's lock for a moment; not a point in
    /// time, except in EXEC.
    /// </summary>
    public static void Flush(RespCall call)
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

        ulong cursor = 0;
        do
        {
            cursor = call.Access.FlushStep(cursor, keepMarked: true);
        }
        while (cursor != 0);

        call.ReplyOk();
    }

    /// <summary>FUNCTION FLUSH [ASYNC|SYNC]: there are no functions.</summary>
    public static void FunctionFlush(RespCall call)
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
            call.ReplyOk();
        }
    }

    /// <summary>FUNCTION HELP: of what there is.</summary>
    public static void FunctionHelp(RespCall call) => call.ReplyHelp(
        """
        FUNCTION <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
        FLUSH [ASYNC|SYNC]
            Delete all the libraries.
        HELP
            Prints this help.
        """u8);

    private static bool IsMode(Argument* word) => word->Is("async"u8) || word->Is("sync"u8);
}

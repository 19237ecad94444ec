using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>SLOWLOG.</summary>
internal static unsafe class SlowLogCommands
{
    /// <summary>SLOWLOG GET [count].</summary>
    public static void Get(CommandContext call)
    {
        long count = 10;
        if (call.Count > 3)
        {
            call.ReplyWrongSubcommand("'. Try SLOWLOG HELP."u8);
            return;
        }

        if (call.Count == 3)
        {
            if (!Numbers.TryParse(call.Arguments[2].Data, call.Arguments[2].Length, out count) || count < -1)
            {
                call.ReplyError("ERR count should be greater than or equal to -1"u8);
                return;
            }

            count = count == -1 ? long.MaxValue : count;
        }

        if (count > CommandContext.ManyKeys && call.Resp.SlowLog.Count > CommandContext.ManyKeys && call.DeferLong())
        {
            return;
        }

        ReplyBuffer reply = default;
        call.Reply.Array(call.Resp.SlowLog.Show(ref reply, count));
        reply.Send(call.Thread);
    }

    /// <summary>SLOWLOG LEN.</summary>
    public static void Length(CommandContext call) => call.Reply.Integer(call.Resp.SlowLog.Count);

    /// <summary>SLOWLOG RESET.</summary>
    public static void Reset(CommandContext call)
    {
        call.Resp.SlowLog.Clear(call.Thread.Server.Buffers);
        call.Reply.Ok();
    }

    /// <summary>SLOWLOG HELP.</summary>
    public static void Help(CommandContext call) => call.Reply.Help(
        """
        SLOWLOG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
        GET [<count>]
            Return top <count> entries from the slowlog (default: 10, -1 mean all).
            Entries are made of:
            id, timestamp, time in microseconds, arguments array, client IP and port,
            client name
        LEN
            Return the length of the slowlog.
        RESET
            Reset the slowlog.
        HELP
            Prints this help.
        """u8);
}

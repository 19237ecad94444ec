namespace Epollsrv.Protocol.Resp;

/// <summary>SLOWLOG.</summary>
internal static unsafe class SlowLogCommands
{
    /// <summary>SLOWLOG GET [count].</summary>
    public static void Get(RespCall call)
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

        SlowLogEntry[] entries = call.Node.SlowLog.Newest(count);
        call.ReplyArray(entries.Length);
        foreach (SlowLogEntry entry in entries)
        {
            call.ReplyArray(6);
            call.ReplyInteger(entry.Identifier);
            call.ReplyInteger(entry.Time);
            call.ReplyInteger(entry.Microseconds);
            call.ReplyArray(entry.Arguments.Length);
            foreach (byte[] argument in entry.Arguments)
            {
                call.ReplyBulk(argument);
            }

            call.ReplyBulk(entry.Address);
            call.ReplyBulk(entry.Name);
        }
    }

    /// <summary>SLOWLOG LEN.</summary>
    public static void Length(RespCall call) => call.ReplyInteger(call.Node.SlowLog.Count);

    /// <summary>SLOWLOG RESET.</summary>
    public static void Reset(RespCall call)
    {
        call.Node.SlowLog.Clear();
        call.ReplyOk();
    }

    /// <summary>SLOWLOG HELP.</summary>
    public static void Help(RespCall call) => call.ReplyHelp(
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

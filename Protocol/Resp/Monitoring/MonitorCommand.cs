namespace Epollsrv.Protocol.Resp;

/// <summary>MONITOR.</summary>
internal static unsafe class MonitorCommand
{
    /// <summary>MONITOR.</summary>
    public static void Monitor(CommandContext call)
    {
        if (call.Access.InTransaction)
        {
            call.ReplyError("ERR MONITOR isn't allowed for DENY BLOCKING client"u8);
            return;
        }

        if ((call.Connection->Flags & RespFlags.Monitor) != 0)
        {
            // Redis does not answer the second one.
            return;
        }

        RespSession* session = call.Session;
        call.Connection->Flags |= RespFlags.Monitor;
        call.Common.CheckCommands(true);
        call.Resp.Monitors.Add(session);
        call.Reply.Ok();
    }
}

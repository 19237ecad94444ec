namespace Epollsrv.Protocol.Resp;

/// <summary>PING, ECHO, QUIT, RESET, SELECT.</summary>
internal static unsafe class ConnectionCommands
{
    /// <summary>PING [message].</summary>
    public static void Ping(RespCall call)
    {
        if (call.Count > 2)
        {
            call.ReplyWrongArity();
            return;
        }

        if ((call.Connection->Flags & RespFlags.Subscribed) != 0 && !call.IsVersion3)
        {
            // Between push messages of RESP2 an answer has to look like one.
            call.ReplyArray(2);
            call.ReplyBulk("pong"u8);
            call.ReplyBulk(call.Count == 2 ? call.Arguments[1].Span : default);
        }
        else if (call.Count == 2)
        {
            call.ReplyBulk(call.Arguments[1].Data, call.Arguments[1].Length);
        }
        else
        {
            call.ReplySimple("PONG"u8);
        }
    }

    /// <summary>ECHO message.</summary>
    public static void Echo(RespCall call) => call.ReplyBulk(call.Arguments[1].Data, call.Arguments[1].Length);

    /// <summary>QUIT.</summary>
    public static void Quit(RespCall call)
    {
        call.ReplyOk();
        call.Turn.CloseAfterFlush();
    }

    /// <summary>SELECT index: there is one database.</summary>
    public static void Select(RespCall call)
    {
        if (!call.TryReadInt(1, out int index))
        {
            return;
        }

        if (index == 0)
        {
            call.ReplyOk();
        }
        else
        {
            call.ReplyError("ERR DB index is out of range"u8);
        }
    }

    /// <summary>RESET: the connection is as a new one.</summary>
    public static void Reset(RespCall call)
    {
        call.Unmute();
        call.ExistingSession?.Reset(call);
        call.Connection->Flags &= RespFlags.NoEvict | RespFlags.NoTouch;
        call.Connection->Flags |= RespFlags.Known | (call.Services.Password is null ? 0 : RespFlags.NeedsPassword);
        call.ReplySimple("RESET"u8);
    }
}

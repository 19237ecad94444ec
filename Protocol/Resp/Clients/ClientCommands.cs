using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>The subcommands of CLIENT about the connection itself.</summary>
internal static unsafe class ClientCommands
{
    /// <summary>CLIENT ID.</summary>
    public static void Id(CommandContext call) => call.Reply.Integer(call.Thread.Connection->Identifier);

    /// <summary>CLIENT GETNAME.</summary>
    public static void GetName(CommandContext call)
    {
        RespSession* session = call.ExistingSession;
        if (session != null && session->Name.Length > 0)
        {
            call.Reply.Bulk(session->Name.Span);
        }
        else
        {
            call.Reply.Null();
        }
    }

    /// <summary>CLIENT SETINFO LIB-NAME|LIB-VER value (Redis 7.2).</summary>
    public static void SetInfo(CommandContext call)
    {
        Argument* option = call.Arguments + 2;
        ReadOnlySpan<byte> value = call.Arguments[3].Span;
        bool name = option->Is("lib-name"u8);
        if (!name && !option->Is("lib-ver"u8))
        {
            call.ReplyErrorAbout("ERR Unrecognized option '"u8, option->Span, "'"u8);
            return;
        }

        if (value.Length > AuthenticationCommands.LongestName)
        {
            call.ReplyErrorAbout("ERR "u8, option->Span, " cannot be longer than 16384 bytes."u8);
            return;
        }

        foreach (byte letter in value)
        {
            if (letter is < (byte)'!' or > (byte)'~')
            {
                call.ReplyErrorAbout("ERR "u8, option->Span, " cannot contain spaces, newlines or special characters."u8);
                return;
            }
        }

        if (value.Length > 0 || call.ExistingSession != null)
        {
            RespSession* session = call.Session;
            if (!call.Resp.Sessions.TrySet(
                ref name ? ref session->LibraryName : ref session->LibraryVersion, value, call.Thread.Server.Buffers))
            {
                call.ReplyError(RespSession.NoRoom);
                return;
            }
        }

        call.Reply.Ok();
    }

    /// <summary>CLIENT REPLY ON|OFF|SKIP.</summary>
    public static void Reply(CommandContext call)
    {
        Argument* word = call.Arguments + 2;
        RespFlags flags = call.Connection->Flags;
        if (word->Is("on"u8))
        {
            call.Connection->Flags = flags & ~(RespFlags.ReplyOff | RespFlags.ReplySkipNext);
            call.Reply.Unmute();
            call.Reply.Ok();
        }
        else if (word->Is("off"u8))
        {
            call.Connection->Flags |= RespFlags.ReplyOff;
            if (!call.Thread.Output.IsMuted)
            {
                // What follows inside an EXEC is silent too.
                call.Thread.Output.Mute();
            }
        }
        else if (!word->Is("skip"u8))
        {
            call.ReplySyntaxError();
        }
        else if ((flags & RespFlags.ReplyOff) == 0)
        {
            call.Connection->Flags |= RespFlags.ReplySkipNext;
        }
    }

    /// <summary>CLIENT NO-EVICT ON|OFF: connections are not evicted here, the flag is only shown.</summary>
    public static void NoEvict(CommandContext call) => Switch(call, RespFlags.NoEvict);

    /// <summary>CLIENT NO-TOUCH ON|OFF (Redis 7.2).</summary>
    public static void NoTouch(CommandContext call) => Switch(call, RespFlags.NoTouch);

    /// <summary>CLIENT PAUSE milliseconds [WRITE|ALL].</summary>
    public static void Pause(CommandContext call)
    {
        bool all = true;
        if (call.Count > 4)
        {
            call.ReplyWrongSubcommand("'. Try CLIENT HELP."u8);
            return;
        }

        if (call.Count == 4)
        {
            all = call.Arguments[3].Is("all"u8);
            if (!all && !call.Arguments[3].Is("write"u8))
            {
                call.ReplyError("ERR CLIENT PAUSE mode must be WRITE or ALL"u8);
                return;
            }
        }

        if (!call.TryReadInteger(call.Arguments + 2, "ERR timeout is not an integer or out of range"u8, out long milliseconds))
        {
            return;
        }

        if (milliseconds < 0)
        {
            call.ReplyError("ERR timeout is negative"u8);
            return;
        }

        call.Resp.Pause.Begin(call, milliseconds, all);
        call.Reply.Ok();
    }

    /// <summary>CLIENT UNBLOCK id [TIMEOUT|ERROR]: no command blocks here, so no client is found.</summary>
    public static void Unblock(CommandContext call)
    {
        if (call.Count > 4)
        {
            call.ReplyWrongSubcommand("'. Try CLIENT HELP."u8);
        }
        else if (call.Count == 4 && !call.Arguments[3].Is("timeout"u8) && !call.Arguments[3].Is("error"u8))
        {
            call.ReplyError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"u8);
        }
        else if (call.TryReadInteger(2, out _))
        {
            call.Reply.Integer(0);
        }
    }

    /// <summary>CLIENT UNPAUSE.</summary>
    public static void Unpause(CommandContext call)
    {
        call.Resp.Pause.End(call.Thread.Server, call.Resp);
        call.Reply.Ok();
    }

    private static void Switch(CommandContext call, RespFlags flag)
    {
        if (call.Arguments[2].Is("on"u8))
        {
            call.Connection->Flags |= flag;
            call.Reply.Ok();
        }
        else if (call.Arguments[2].Is("off"u8))
        {
            call.Connection->Flags &= ~flag;
            call.Reply.Ok();
        }
        else
        {
            call.ReplySyntaxError();
        }
    }
}

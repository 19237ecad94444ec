using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>PING, ECHO, QUIT, RESET.</summary>
internal static unsafe class ConnectionCommands
{
    /// <summary>PING [message].</summary>
    public static void Ping(CommandContext call)
    {
        if (call.Count > 2)
        {
            call.ReplyWrongArity();
            return;
        }

        if ((call.Connection->Flags & RespFlags.Subscribed) != 0 && !call.Reply.IsVersion3)
        {
            // Between push messages of RESP2 an answer has to look like one.
            call.Reply.Array(2);
            call.Reply.Bulk("pong"u8);
            call.Reply.Bulk(call.Count == 2 ? call.Arguments[1].Span : default);
        }
        else if (call.Count == 2)
        {
            call.Reply.Bulk(call.Arguments[1].Data, call.Arguments[1].Length);
        }
        else
        {
            call.Reply.Simple("PONG"u8);
        }
    }

    /// <summary>ECHO message. In a log or a stream it may tell the fields of an item.</summary>
    public static void Echo(CommandContext call)
    {
        ReadOnlySpan<byte> message = call.Arguments[1].Span;
        if (call.Replay is { } replay && message.StartsWith(ItemText.Prefix))
        {
            replay.NoteItem(message[ItemText.Prefix.Length..]);
            return;
        }

        call.Reply.Bulk(message);
    }

    /// <summary>QUIT.</summary>
    public static void Quit(CommandContext call)
    {
        call.Reply.Ok();
        call.Thread.CloseAfterFlush();
    }

    /// <summary>RESET: the connection is as a new one.</summary>
    public static void Reset(CommandContext call)
    {
        call.Reply.Unmute();
        if (call.ExistingSession != null)
        {
            RespSession.Reset(call.ExistingSession, call);
        }

        call.Connection->Database = 0;
        call.Connection->Flags &= RespFlags.NoEvict | RespFlags.NoTouch;
        call.Connection->Flags |= RespFlags.Known | (call.Common.Options.Password is null ? 0 : RespFlags.NeedsPassword);
        call.Reply.Simple("RESET"u8);
    }
}

using System;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>The subcommands of CLIENT about all connections: INFO, LIST, KILL, HELP.</summary>
internal static unsafe class ClientListCommands
{
    // Two system calls a connection: more than this is a worker's work.
    private const int ManyConnections = 64;

    // A list is cut behind the line that passes this.
    private const int LongestList = 512 << 20;

    /// <summary>CLIENT INFO.</summary>
    public static void Info(CommandContext call)
    {
        ReplyBuffer text = default;
        if (ClientView.TryTake(call, (int)(uint)call.Turn.Token, out ClientView view))
        {
            ClientLine.Append(ref text, call, view);
        }

        call.Reply.Verbatim("txt"u8, text.Span);
        text.Free();
    }

    /// <summary>CLIENT LIST [TYPE type] | [ID id [id …]].</summary>
    public static void List(CommandContext call)
    {
        ClientType type = ClientType.Any;
        bool byIdentifier = false;
        if (call.Count > 2)
        {
            byIdentifier = call.Count > 3 && call.Arguments[2].Is("id"u8);
            if (!byIdentifier && (call.Count != 4 || !call.Arguments[2].Is("type"u8)))
            {
                call.ReplySyntaxError();
                return;
            }

            if (!byIdentifier && !ClientFilter.TryReadType(call, call.Arguments + 3, out type))
            {
                return;
            }
        }

        for (int i = 3; byIdentifier && i < call.Count; i++)
        {
            if (!call.TryReadInteger(call.Arguments + i, "ERR Invalid client ID"u8, out _))
            {
                return;
            }
        }

        if (IsLong(call))
        {
            return;
        }

        ReplyBuffer text = default;
        try
        {
            ClientOrder.Append(ref text, call, type, byIdentifier, LongestList);
            call.Reply.Verbatim("txt"u8, text.Span);
        }
        finally
        {
            text.Free(call.Turn);
        }
    }

    /// <summary>CLIENT KILL address, and CLIENT KILL with filters.</summary>
    public static void Kill(CommandContext call)
    {
        ClientFilter filter = new() { SkipsSelf = call.Count > 3 };
        if (call.Count == 3)
        {
            filter.Peer = call.Arguments + 2;
        }
        else if (!TryRead(call, ref filter))
        {
            return;
        }

        if (IsLong(call))
        {
            return;
        }

        long killed = 0;
        bool self = false;
        int used = call.Turn.Server.Connections.Used;
        for (int index = 0; index < used; index++)
        {
            if (!ClientView.TryTake(call, index, out ClientView view) || !filter.Fits(call, view))
            {
                continue;
            }

            if (view.Token == call.Turn.Token)
            {
                self = true;
                killed++;
            }
            else if (call.Turn.Server.Kill(view.Token))
            {
                killed++;
            }
        }

        if (call.Count > 3)
        {
            call.Reply.Integer(killed);
        }
        else if (killed == 0)
        {
            call.ReplyError("ERR No such client"u8);
        }
        else
        {
            call.Reply.Ok();
        }

        if (self)
        {
            call.Turn.CloseAfterFlush();
        }
    }

    /// <summary>CLIENT HELP: what exists here, in Redis's words.</summary>
    public static void Help(CommandContext call)
    {
        call.Reply.Array(49);
        call.Reply.Simple("CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"u8);
        call.Reply.Simple("CACHING (YES|NO)"u8);
        call.Reply.Simple("    Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes."u8);
        call.Reply.Simple("GETREDIR"u8);
        call.Reply.Simple("    Return the client ID we are redirecting to when tracking is enabled."u8);
        call.Reply.Simple("GETNAME"u8);
        call.Reply.Simple("    Return the name of the current connection."u8);
        call.Reply.Simple("ID"u8);
        call.Reply.Simple("    Return the ID of the current connection."u8);
        call.Reply.Simple("INFO"u8);
        call.Reply.Simple("    Return information about the current client connection."u8);
        call.Reply.Simple("KILL <ip:port>"u8);
        call.Reply.Simple("    Kill connection made from <ip:port>."u8);
        call.Reply.Simple("KILL <option> <value> [<option> <value> [...]]"u8);
        call.Reply.Simple("    Kill connections. Options are:"u8);
        call.Reply.Simple("    * ADDR (<ip:port>|<unixsocket>:0)"u8);
        call.Reply.Simple("      Kill connections made from the specified address"u8);
        call.Reply.Simple("    * LADDR (<ip:port>|<unixsocket>:0)"u8);
        call.Reply.Simple("      Kill connections made to specified local address"u8);
        call.Reply.Simple("    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)"u8);
        call.Reply.Simple("      Kill connections by type."u8);
        call.Reply.Simple("    * USER <username>"u8);
        call.Reply.Simple("      Kill connections authenticated by <username>."u8);
        call.Reply.Simple("    * SKIPME (YES|NO)"u8);
        call.Reply.Simple("      Skip killing current connection (default: yes)."u8);
        call.Reply.Simple("LIST [options ...]"u8);
        call.Reply.Simple("    Return information about client connections. Options:"u8);
        call.Reply.Simple("    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)"u8);
        call.Reply.Simple("      Return clients of specified type."u8);
        call.Reply.Simple("UNPAUSE"u8);
        call.Reply.Simple("    Stop the current client pause, resuming traffic."u8);
        call.Reply.Simple("PAUSE <timeout> [WRITE|ALL]"u8);
        call.Reply.Simple("    Suspend all, or just write, clients for <timeout> milliseconds."u8);
        call.Reply.Simple("REPLY (ON|OFF|SKIP)"u8);
        call.Reply.Simple("    Control the replies sent to the current connection."u8);
        call.Reply.Simple("SETNAME <name>"u8);
        call.Reply.Simple("    Assign the name <name> to the current connection."u8);
        call.Reply.Simple("UNBLOCK <clientid> [TIMEOUT|ERROR]"u8);
        call.Reply.Simple("    Unblock the specified blocked client."u8);
        call.Reply.Simple("TRACKINGINFO"u8);
        call.Reply.Simple("    Report tracking status for the current connection."u8);
        call.Reply.Simple("SETINFO <option> <value>"u8);
        call.Reply.Simple("    Set client meta attr. Options are: LIB-NAME, LIB-VER."u8);
        call.Reply.Simple("NO-EVICT (ON|OFF)"u8);
        call.Reply.Simple("    Protect current client connection from eviction."u8);
        call.Reply.Simple("NO-TOUCH (ON|OFF)"u8);
        call.Reply.Simple("    Will not touch LRU/LFU stats when this mode is on."u8);
        call.Reply.Simple("HELP"u8);
        call.Reply.Simple("    Prints this help."u8);
    }

    private static bool IsLong(CommandContext call) => call.Turn.Server.Connections.Used > ManyConnections && call.DeferLong();

    private static bool TryRead(CommandContext call, ref ClientFilter filter)
    {
        for (int i = 2; i < call.Count; i += 2)
        {
            Argument* option = call.Arguments + i;
            Argument* value = option + 1;
            if (i + 1 >= call.Count)
            {
                call.ReplySyntaxError();
                return false;
            }

            if (option->Is("id"u8))
            {
                if (!Numbers.TryParse(value->Data, value->Length, out long identifier) || identifier < 1)
                {
                    call.ReplyError("ERR client-id should be greater than 0"u8);
                    return false;
                }

                filter.Identifier = identifier;
            }
            else if (option->Is("type"u8))
            {
                if (!ClientFilter.TryReadType(call, value, out ClientType type))
                {
                    return false;
                }

                filter.Type = type;
            }
            else if (option->Is("addr"u8))
            {
                filter.Peer = value;
            }
            else if (option->Is("laddr"u8))
            {
                filter.Local = value;
            }
            else if (option->Is("user"u8))
            {
                // There is one user, so every connection is his.
                if (!value->Span.SequenceEqual("default"u8))
                {
                    call.ReplyErrorAbout("ERR No such user '"u8, value->Span, "'"u8);
                    return false;
                }
            }
            else if (option->Is("skipme"u8) && (value->Is("yes"u8) || value->Is("no"u8)))
            {
                filter.SkipsSelf = value->Is("yes"u8);
            }
            else
            {
                call.ReplySyntaxError();
                return false;
            }
        }

        return true;
    }
}

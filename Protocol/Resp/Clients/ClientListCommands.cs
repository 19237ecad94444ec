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
        if (ClientView.TryTake(call, (int)(uint)call.Thread.Token, out ClientView view))
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
            text.Free(call.Thread);
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
        int used = call.Thread.Server.Connections.Used;
        for (int index = 0; index < used; index++)
        {
            if (!ClientView.TryTake(call, index, out ClientView view) || !filter.Fits(call, view))
            {
                continue;
            }

            if (view.Token == call.Thread.Token)
            {
                self = true;
                killed++;
            }
            else if (call.Thread.Server.Signals.Kill(view.Token))
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
            call.Thread.CloseAfterFlush();
        }
    }

    /// <summary>CLIENT HELP: what exists here, in Redis's words.</summary>
    public static void Help(CommandContext call) => call.Reply.Help(
        """
        CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
        CACHING (YES|NO)
            Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.
        GETREDIR
            Return the client ID we are redirecting to when tracking is enabled.
        GETNAME
            Return the name of the current connection.
        ID
            Return the ID of the current connection.
        INFO
            Return information about the current client connection.
        KILL <ip:port>
            Kill connection made from <ip:port>.
        KILL <option> <value> [<option> <value> [...]]
            Kill connections. Options are:
            * ADDR (<ip:port>|<unixsocket>:0)
              Kill connections made from the specified address
            * LADDR (<ip:port>|<unixsocket>:0)
              Kill connections made to specified local address
            * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)
              Kill connections by type.
            * USER <username>
              Kill connections authenticated by <username>.
            * SKIPME (YES|NO)
              Skip killing current connection (default: yes).
        LIST [options ...]
            Return information about client connections. Options:
            * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)
              Return clients of specified type.
        UNPAUSE
            Stop the current client pause, resuming traffic.
        PAUSE <timeout> [WRITE|ALL]
            Suspend all, or just write, clients for <timeout> milliseconds.
        REPLY (ON|OFF|SKIP)
            Control the replies sent to the current connection.
        SETNAME <name>
            Assign the name <name> to the current connection.
        UNBLOCK <clientid> [TIMEOUT|ERROR]
            Unblock the specified blocked client.
        TRACKINGINFO
            Report tracking status for the current connection.
        SETINFO <option> <value>
            Set client meta attr. Options are: LIB-NAME, LIB-VER.
        NO-EVICT (ON|OFF)
            Protect current client connection from eviction.
        NO-TOUCH (ON|OFF)
            Will not touch LRU/LFU stats when this mode is on.
        HELP
            Prints this help.
        """u8);

    private static bool IsLong(CommandContext call) => call.Thread.Server.Connections.Used > ManyConnections && call.DeferLong();

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

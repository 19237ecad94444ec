namespace Epollsrv.Protocol.Resp;

/// <summary>The subcommands of CLIENT about all connections: INFO, LIST, KILL, HELP.</summary>
internal static unsafe class ClientListCommands
{
    // Two system calls a connection: more than this is a worker's work.
    private const int ManyConnections = 64;

    // A list is cut behind the line that passes this.
    private const int LongestList = 512 << 20;

    /// <summary>CLIENT INFO.</summary>
    public static void Info(RespCall call)
    {
        TextBuffer text = default;
        if (ClientView.TryTake(call, (int)(uint)call.Turn.Token, out ClientView view))
        {
            ClientLine.Append(ref text, call, view);
        }

        Reply(call, ref text);
    }

    /// <summary>CLIENT LIST [TYPE type] | [ID id [id …]].</summary>
    public static void List(RespCall call)
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

        TextBuffer text = default;
        if (byIdentifier)
        {
            for (int i = 3; i < call.Count; i++)
            {
                _ = Numbers.TryParse(call.Arguments[i].Data, call.Arguments[i].Length, out long identifier);
                Append(ref text, call, identifier == 0 ? -1 : identifier, ClientType.Any);
            }
        }
        else
        {
            Append(ref text, call, 0, type);
        }

        Reply(call, ref text);
    }

    /// <summary>CLIENT KILL address, and CLIENT KILL with filters.</summary>
    public static void Kill(RespCall call)
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
            call.ReplyInteger(killed);
        }
        else if (killed == 0)
        {
            call.ReplyError("ERR No such client"u8);
        }
        else
        {
            call.ReplyOk();
        }

        if (self)
        {
            call.Turn.CloseAfterFlush();
        }
    }

    /// <summary>CLIENT HELP: what exists here, in Redis's words.</summary>
    public static void Help(RespCall call)
    {
        call.ReplyArray(41);
        call.ReplySimple("CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"u8);
        call.ReplySimple("GETNAME"u8);
        call.ReplySimple("    Return the name of the current connection."u8);
        call.ReplySimple("ID"u8);
        call.ReplySimple("    Return the ID of the current connection."u8);
        call.ReplySimple("INFO"u8);
        call.ReplySimple("    Return information about the current client connection."u8);
        call.ReplySimple("KILL <ip:port>"u8);
        call.ReplySimple("    Kill connection made from <ip:port>."u8);
        call.ReplySimple("KILL <option> <value> [<option> <value> [...]]"u8);
        call.ReplySimple("    Kill connections. Options are:"u8);
        call.ReplySimple("    * ADDR (<ip:port>|<unixsocket>:0)"u8);
        call.ReplySimple("      Kill connections made from the specified address"u8);
        call.ReplySimple("    * LADDR (<ip:port>|<unixsocket>:0)"u8);
        call.ReplySimple("      Kill connections made to specified local address"u8);
        call.ReplySimple("    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)"u8);
        call.ReplySimple("      Kill connections by type."u8);
        call.ReplySimple("    * USER <username>"u8);
        call.ReplySimple("      Kill connections authenticated by <username>."u8);
        call.ReplySimple("    * SKIPME (YES|NO)"u8);
        call.ReplySimple("      Skip killing current connection (default: yes)."u8);
        call.ReplySimple("LIST [options ...]"u8);
        call.ReplySimple("    Return information about client connections. Options:"u8);
        call.ReplySimple("    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)"u8);
        call.ReplySimple("      Return clients of specified type."u8);
        call.ReplySimple("UNPAUSE"u8);
        call.ReplySimple("    Stop the current client pause, resuming traffic."u8);
        call.ReplySimple("PAUSE <timeout> [WRITE|ALL]"u8);
        call.ReplySimple("    Suspend all, or just write, clients for <timeout> milliseconds."u8);
        call.ReplySimple("REPLY (ON|OFF|SKIP)"u8);
        call.ReplySimple("    Control the replies sent to the current connection."u8);
        call.ReplySimple("SETNAME <name>"u8);
        call.ReplySimple("    Assign the name <name> to the current connection."u8);
        call.ReplySimple("SETINFO <option> <value>"u8);
        call.ReplySimple("    Set client meta attr. Options are: LIB-NAME, LIB-VER."u8);
        call.ReplySimple("NO-EVICT (ON|OFF)"u8);
        call.ReplySimple("    Protect current client connection from eviction."u8);
        call.ReplySimple("NO-TOUCH (ON|OFF)"u8);
        call.ReplySimple("    Will not touch LRU/LFU stats when this mode is on."u8);
        call.ReplySimple("HELP"u8);
        call.ReplySimple("    Prints this help."u8);
    }

    private static bool IsLong(RespCall call) => call.Turn.Server.Connections.Used > ManyConnections && call.DeferLong();

    private static bool TryRead(RespCall call, ref ClientFilter filter)
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
                if (!System.MemoryExtensions.SequenceEqual(value->Span, "default"u8))
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

    // Adds all connections of a type, or the one with a number.
    private static void Append(ref TextBuffer text, RespCall call, long identifier, ClientType type)
    {
        int used = call.Turn.Server.Connections.Used;
        for (int index = 0; index < used && text.Length < LongestList; index++)
        {
            if (ClientView.TryTake(call, index, out ClientView view)
                && (identifier == 0 || view.Identifier == identifier) && ClientFilter.IsOf(view, type))
            {
                ClientLine.Append(ref text, call, view);
            }
        }
    }

    private static void Reply(RespCall call, ref TextBuffer text)
    {
        call.ReplyVerbatim("txt"u8, text.Span);
        text.Free();
    }
}

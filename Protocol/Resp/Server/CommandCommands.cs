using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>COMMAND, COMMAND COUNT, LIST, INFO, HELP: from the table.</summary>
internal static unsafe class CommandCommands
{
    /// <summary>COMMAND: all of them.</summary>
    public static void Command(CommandContext call)
    {
        if (!call.DeferLong())
        {
            ReplyAll(call);
        }
    }

    /// <summary>COMMAND COUNT: without subcommands.</summary>
    public static void Count(CommandContext call) => call.Reply.Integer(CountCommands());

    /// <summary>COMMAND INFO [name …].</summary>
    public static void Info(CommandContext call)
    {
        if (call.DeferLong())
        {
            return;
        }

        if (call.Count == 2)
        {
            ReplyAll(call);
            return;
        }

        call.Reply.Array(call.Count - 2);
        for (int i = 2; i < call.Count; i++)
        {
            Command* command = CommandNames.Find(call.Arguments[i].Span);
            if (command == null)
            {
                call.Reply.Null();
            }
            else
            {
                CommandDescription.Reply(call, command);
            }
        }
    }

    /// <summary>COMMAND LIST [FILTERBY MODULE name|ACLCAT category|PATTERN pattern].</summary>
    public static void List(CommandContext call)
    {
        Argument* arguments = call.Arguments;
        bool isModule = call.Count == 5 && arguments[3].Is("module"u8);
        bool isCategory = call.Count == 5 && arguments[3].Is("aclcat"u8);
        bool isPattern = call.Count == 5 && arguments[3].Is("pattern"u8);
        if (call.Count != 2 && !(arguments[2].Is("filterby"u8) && (isModule || isCategory || isPattern)))
        {
            call.ReplySyntaxError();
            return;
        }

        if (isPattern && Glob.IsTooLong(arguments[4].Span))
        {
            call.ReplyPatternTooLong();
            return;
        }

        if (call.DeferLong())
        {
            return;
        }

        ReplyBuffer buffer = default;
        for (int number = 1; number < CommandTable.Count && !isModule; number++)
        {
            Command* command = CommandTable.At(number);
            if (call.Count == 2
                || (isCategory && HasCategory(command, arguments[4].Span))
                || (isPattern && Glob.Matches(arguments[4].Data, arguments[4].Length, command->FullName, command->FullNameLength)))
            {
                buffer.AddBulk(command->FullName, command->FullNameLength);
            }
        }

        call.Reply.Array(buffer.Count);
        buffer.Send(call.Thread);
    }

    /// <summary>COMMAND HELP.</summary>
    public static void Help(CommandContext call) => call.Reply.Help(
        """
        COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
        (no subcommand)
            Return details about all Redis commands.
        COUNT
            Return the total number of commands in this Redis server.
        LIST
            Return a list of all commands in this Redis server.
        INFO [<command-name> ...]
            Return details about multiple Redis commands.
            If no command names are given, documentation details for all
            commands are returned.
        DOCS [<command-name> ...]
            Return documentation details about multiple Redis commands.
            If no command names are given, documentation details for all
            commands are returned.
        GETKEYS <full-command>
            Return the keys from a full Redis command.
        GETKEYSANDFLAGS <full-command>
            Return the keys and the access flags from a full Redis command.
        HELP
            Prints this help.
        """u8);

    /// <summary>How many commands there are, without subcommands.</summary>
    public static int CountCommands()
    {
        int count = 0;
        for (int number = 1; number < CommandTable.Count; number++)
        {
            count += CommandTable.At(number)->IsSubcommand ? 0 : 1;
        }

        return count;
    }

    private static void ReplyAll(CommandContext call)
    {
        call.Reply.Array(CountCommands());
        for (int number = 1; number < CommandTable.Count; number++)
        {
            if (!CommandTable.At(number)->IsSubcommand)
            {
                CommandDescription.Reply(call, CommandTable.At(number));
            }
        }
    }

    private static bool HasCategory(Command* command, ReadOnlySpan<byte> category)
    {
        ReadOnlySpan<byte> categories = CommandDetails.Field(command, CommandDetails.Categories);
        while (!categories.IsEmpty)
        {
            ReadOnlySpan<byte> name = Words.TakeFirst(ref categories)[1..];
            if (name.Length == category.Length && Ascii(name, category))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Ascii(ReadOnlySpan<byte> lower, ReadOnlySpan<byte> any)
    {
        for (int i = 0; i < lower.Length; i++)
        {
            if (lower[i] != (any[i] is >= (byte)'A' and <= (byte)'Z' ? any[i] | 0x20 : any[i]))
            {
                return false;
            }
        }

        return true;
    }
}

using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>COMMAND GETKEYS and GETKEYSANDFLAGS.</summary>
internal static unsafe class CommandKeys
{
    /// <summary>COMMAND GETKEYS command [argument …].</summary>
    public static void GetKeys(CommandContext call) => Reply(call, withFlags: false);

    /// <summary>COMMAND GETKEYSANDFLAGS command [argument …].</summary>
    public static void GetKeysAndFlags(CommandContext call) => Reply(call, withFlags: true);

    private static void Reply(CommandContext call, bool withFlags)
    {
        if (call.Count > CommandContext.ManyKeys && call.DeferLong())
        {
            return;
        }

        Argument* arguments = call.Arguments + 2;
        int count = call.Count - 2;
        Command* command = CommandTable.Find(arguments, count);
        if (command == null)
        {
            call.ReplyError("ERR Invalid command specified"u8);
            return;
        }

        ReadOnlySpan<byte> flags = CommandDetails.Field(command, CommandDetails.KeyFlags);
        if (flags.IsEmpty || flags.IndexOf("not_key"u8) >= 0)
        {
            call.ReplyError("ERR The command has no key arguments"u8);
            return;
        }

        if (!command->Accepts(count))
        {
            call.ReplyError("ERR Invalid number of arguments specified for command"u8);
            return;
        }

        int last = command->LastKey < 0 ? count + command->LastKey : command->LastKey;
        call.Reply.Array(((last - command->FirstKey) / command->KeyStep) + 1);
        ReadOnlySpan<byte> own = default;
        for (int i = command->FirstKey; i <= last; i += command->KeyStep)
        {
            if (!withFlags)
            {
                call.Reply.Bulk(arguments[i].Span);
                continue;
            }

            // Keys behind the last specification share it.
            if (!flags.IsEmpty)
            {
                own = Words.TakeFirst(ref flags, (byte)'&');
            }

            call.Reply.Array(2);
            call.Reply.Bulk(arguments[i].Span);
            CommandDescription.ReplyWords(call, own.IndexOf("variable_flags"u8) >= 0 ? Variable(arguments, count) : own, asStatus: true);
        }
    }

    // SET reads only with GET; BITFIELD writes only with SET or INCRBY.
    private static ReadOnlySpan<byte> Variable(Argument* arguments, int count)
    {
        bool isSet = arguments->Is("set"u8);
        for (int i = isSet ? 3 : 2; i < count; i++)
        {
            if (isSet ? arguments[i].Is("get"u8) : arguments[i].Is("set"u8) || arguments[i].Is("incrby"u8))
            {
                return "RW access update"u8;
            }
        }

        return isSet ? "OW update"u8 : "RO access"u8;
    }
}

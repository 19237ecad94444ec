using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>COMMAND DOCS: summary, version, group and complexity; without the history and the syntax of arguments.</summary>
internal static unsafe class CommandDocumentation
{
    /// <summary>COMMAND DOCS [name …].</summary>
    public static void Docs(RespCall call)
    {
        int found = call.Count == 2 ? CommandCommands.CountCommands() : 0;
        for (int i = 2; i < call.Count; i++)
        {
            found += CommandNames.Find(call.Arguments[i].Span) == null ? 0 : 1;
        }

        call.ReplyMap(found);
        for (int number = 1; number < CommandTable.Count && call.Count == 2; number++)
        {
            if (!CommandTable.At(number)->IsSubcommand)
            {
                Reply(call, CommandTable.At(number));
            }
        }

        for (int i = 2; i < call.Count; i++)
        {
            Command* command = CommandNames.Find(call.Arguments[i].Span);
            if (command != null)
            {
                Reply(call, command);
            }
        }
    }

    private static void Reply(RespCall call, Command* command)
    {
        ReadOnlySpan<byte> complexity = CommandDetails.Field(command, CommandDetails.Complexity);
        call.ReplyBulk(command->Name);
        call.ReplyMap(3 + (complexity.IsEmpty ? 0 : 1) + (command->Subcommands > 0 ? 1 : 0));
        call.ReplyBulk("summary"u8);
        call.ReplyBulk(CommandDetails.Field(command, CommandDetails.Summary));
        call.ReplyBulk("since"u8);
        ReplyText since = new();
        _ = since.Add(command->Since >> 16).Add("."u8).Add((command->Since >> 8) & 255).Add("."u8).Add(command->Since & 255);
        call.ReplyBulk(since.Written);
        call.ReplyBulk("group"u8);
        call.ReplyBulk(NameOf(command->Group));
        if (!complexity.IsEmpty)
        {
            call.ReplyBulk("complexity"u8);
            call.ReplyBulk(complexity);
        }

        if (command->Subcommands > 0)
        {
            call.ReplyBulk("subcommands"u8);
            call.ReplyMap(command->Subcommands);
            for (int i = 0; i < command->Subcommands; i++)
            {
                Reply(call, CommandTable.At(command->Relative + i));
            }
        }
    }

    private static ReadOnlySpan<byte> NameOf(CommandGroup group) => group switch
    {
        CommandGroup.Generic => "generic"u8,
        CommandGroup.String => "string"u8,
        CommandGroup.Bitmap => "bitmap"u8,
        CommandGroup.Connection => "connection"u8,
        CommandGroup.Server => "server"u8,
        CommandGroup.PubSub => "pubsub"u8,
        CommandGroup.Transactions => "transactions"u8,
        _ => "scripting"u8,
    };
}

using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>COMMAND DOCS.</summary>
internal static unsafe class CommandDocumentation
{
    /// <summary>COMMAND DOCS [name …].</summary>
    public static void Docs(CommandContext call)
    {
        if (call.DeferLong())
        {
            return;
        }

        int found = call.Count == 2 ? CommandCommands.CountCommands() : 0;
        for (int i = 2; i < call.Count; i++)
        {
            found += CommandNames.Find(call.Arguments[i].Span) == null ? 0 : 1;
        }

        call.Reply.Map(found);
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

    private static void Reply(CommandContext call, Command* command)
    {
        ReadOnlySpan<byte> complexity = CommandDetails.Field(command, CommandDetails.Complexity);
        ReadOnlySpan<byte> remarks = CommandDetails.Field(command, CommandDetails.Remarks);
        ReadOnlySpan<byte> history = CommandDetails.Field(command, CommandDetails.History);
        ReadOnlySpan<byte> arguments = CommandDetails.Field(command, CommandDetails.Arguments);
        call.Reply.Bulk(command->Name);
        call.Reply.Map(3 + (complexity.IsEmpty ? 0 : 1) + Words.Count(remarks, CommandDetails.PartSeparator) + (history.IsEmpty ? 0 : 1)
            + (arguments.IsEmpty ? 0 : 1) + (command->Subcommands > 0 ? 1 : 0));
        call.Reply.Bulk("summary"u8);
        call.Reply.Bulk(CommandDetails.Field(command, CommandDetails.Summary));
        call.Reply.Bulk("since"u8);
        ReplyText since = new();
        _ = since.Add(command->Since >> 16).Add("."u8).Add((command->Since >> 8) & 255).Add("."u8).Add(command->Since & 255);
        call.Reply.Bulk(since.Written);
        call.Reply.Bulk("group"u8);
        call.Reply.Bulk(NameOf(command->Group));
        if (!complexity.IsEmpty)
        {
            call.Reply.Bulk("complexity"u8);
            call.Reply.Bulk(complexity);
        }

        ReplyRemarks(call, remarks);
        ReplyHistory(call, history);
        if (!arguments.IsEmpty)
        {
            call.Reply.Bulk("arguments"u8);
            CommandArguments.Reply(call, ref arguments);
        }

        if (command->Subcommands > 0)
        {
            call.Reply.Bulk("subcommands"u8);
            call.Reply.Map(command->Subcommands);
            for (int i = 0; i < command->Subcommands; i++)
            {
                Reply(call, CommandTable.At(command->Relative + i));
            }
        }
    }

    private static void ReplyRemarks(CommandContext call, ReadOnlySpan<byte> remarks)
    {
        if (remarks.IsEmpty)
        {
            return;
        }

        call.Reply.Bulk("doc_flags"u8);
        CommandDescription.ReplyWords(call, Words.TakeFirst(ref remarks, CommandDetails.PartSeparator), asStatus: true);
        if (!remarks.IsEmpty)
        {
            call.Reply.Bulk("deprecated_since"u8);
            call.Reply.Bulk(Words.TakeFirst(ref remarks, CommandDetails.PartSeparator));
        }

        if (!remarks.IsEmpty)
        {
            call.Reply.Bulk("replaced_by"u8);
            call.Reply.Bulk(remarks);
        }
    }

    private static void ReplyHistory(CommandContext call, ReadOnlySpan<byte> history)
    {
        if (history.IsEmpty)
        {
            return;
        }

        call.Reply.Bulk("history"u8);
        call.Reply.Set(Words.Count(history, CommandDetails.PartSeparator));
        while (!history.IsEmpty)
        {
            ReadOnlySpan<byte> change = Words.TakeFirst(ref history, CommandDetails.PartSeparator);
            call.Reply.Array(2);
            call.Reply.Bulk(Words.TakeFirst(ref change));
            call.Reply.Bulk(change);
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
        CommandGroup.Cluster => "cluster"u8,
        _ => "scripting"u8,
    };
}

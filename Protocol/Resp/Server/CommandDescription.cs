using System;
using System.Numerics;

namespace Epollsrv.Protocol.Resp;

/// <summary>One command as COMMAND INFO describes it.</summary>
internal static unsafe class CommandDescription
{
    /// <summary>Replies it: name, arity, flags, keys, categories, tips, key specifications, subcommands.</summary>
    public static void Reply(CommandContext call, Command* command)
    {
        call.Reply.Array(10);
        call.Reply.Bulk(command->Name);
        call.Reply.Integer(command->Arity);
        ReplyFlags(call, command->Flags & CommandFlags.Redis);
        call.Reply.Integer(command->FirstKey);
        call.Reply.Integer(command->LastKey);
        call.Reply.Integer(command->KeyStep);
        ReplyWords(call, CommandDetails.Field(command, CommandDetails.Categories), asStatus: true);
        ReplyWords(call, CommandDetails.Field(command, CommandDetails.Tips), asStatus: false);
        ReplyKeys(call, command);
        call.Reply.Set(command->Subcommands);
        for (int i = 0; i < command->Subcommands; i++)
        {
            Reply(call, CommandTable.At(command->Relative + i));
        }
    }

    /// <summary>Replies words as a set.</summary>
    public static void ReplyWords(CommandContext call, ReadOnlySpan<byte> words, bool asStatus)
    {
        call.Reply.Set(Words.Count(words));
        while (!words.IsEmpty)
        {
            ReadOnlySpan<byte> word = Words.TakeFirst(ref words);
            if (asStatus)
            {
                call.Reply.Simple(word);
            }
            else
            {
                call.Reply.Bulk(word);
            }
        }
    }

    private static void ReplyFlags(CommandContext call, CommandFlags flags)
    {
        call.Reply.Set(BitOperations.PopCount((uint)flags));
        ReadOnlySpan<byte> names = "write readonly denyoom admin pubsub noscript blocking loading stale skip_monitor skip_slowlog asking fast no_auth may_replicate movablekeys allow_busy no_async_loading no_multi"u8;
        ReadOnlySpan<byte> order = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 17, 18, 15, 16];
        foreach (byte bit in order)
        {
            if (((uint)flags & (1u << bit)) != 0)
            {
                call.Reply.Simple(Words.At(names, bit));
            }
        }
    }

    // Where the keys are. A command with two specifications has one key behind the first, and the rest behind the second.
    private static void ReplyKeys(CommandContext call, Command* command)
    {
        ReadOnlySpan<byte> specifications = CommandDetails.Field(command, CommandDetails.KeyFlags);
        int count = Words.Count(specifications, (byte)'&');
        call.Reply.Set(count);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> flags = Words.TakeFirst(ref specifications, (byte)'&');
            int at = flags.IndexOf((byte)'@');
            int last = count == 1 ? command->LastKey : command->LastKey < 0 && i > 0 ? -1 : command->FirstKey + i;
            call.Reply.Map(at < 0 ? 3 : 4);
            if (at >= 0)
            {
                call.Reply.Bulk("notes"u8);
                call.Reply.Bulk(flags[(at + 1)..]);
                flags = flags[..at];
            }

            call.Reply.Bulk("flags"u8);
            ReplyWords(call, flags, asStatus: true);
            call.Reply.Bulk("begin_search"u8);
            call.Reply.Map(2);
            call.Reply.Bulk("type"u8);
            call.Reply.Bulk("index"u8);
            call.Reply.Bulk("spec"u8);
            call.Reply.Map(1);
            call.Reply.Bulk("index"u8);
            call.Reply.Integer(command->FirstKey + i);
            call.Reply.Bulk("find_keys"u8);
            call.Reply.Map(2);
            call.Reply.Bulk("type"u8);
            call.Reply.Bulk("range"u8);
            call.Reply.Bulk("spec"u8);
            call.Reply.Map(3);
            call.Reply.Bulk("lastkey"u8);
            call.Reply.Integer(last < 0 ? last : last - command->FirstKey - i);
            call.Reply.Bulk("keystep"u8);
            call.Reply.Integer(command->KeyStep);
            call.Reply.Bulk("limit"u8);
            call.Reply.Integer(0);
        }
    }
}

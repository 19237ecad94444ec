using System;
using System.Numerics;

namespace Epollsrv.Protocol.Resp;

/// <summary>One command as COMMAND INFO describes it.</summary>
internal static unsafe class CommandDescription
{
    /// <summary>Replies it: name, arity, flags, keys, categories, tips, key specifications, subcommands.</summary>
    public static void Reply(RespCall call, Command* command)
    {
        call.ReplyArray(10);
        call.ReplyBulk(command->Name);
        call.ReplyInteger(command->Arity);
        ReplyFlags(call, command->Flags & CommandFlags.Redis);
        call.ReplyInteger(command->FirstKey);
        call.ReplyInteger(command->LastKey);
        call.ReplyInteger(command->KeyStep);
        ReplyWords(call, CommandDetails.Field(command, CommandDetails.Categories), asStatus: true);
        ReplyWords(call, CommandDetails.Field(command, CommandDetails.Tips), asStatus: false);
        ReplyKeys(call, command);
        call.ReplySet(command->Subcommands);
        for (int i = 0; i < command->Subcommands; i++)
        {
            Reply(call, CommandTable.At(command->Relative + i));
        }
    }

    /// <summary>Replies words as a set.</summary>
    public static void ReplyWords(RespCall call, ReadOnlySpan<byte> words, bool asStatus)
    {
        call.ReplySet(CommandDetails.CountWords(words));
        while (!words.IsEmpty)
        {
            ReadOnlySpan<byte> word = CommandDetails.NextWord(ref words);
            if (asStatus)
            {
                call.ReplySimple(word);
            }
            else
            {
                call.ReplyBulk(word);
            }
        }
    }

    private static void ReplyFlags(RespCall call, CommandFlags flags)
    {
        call.ReplySet(BitOperations.PopCount((uint)flags));
        ReadOnlySpan<byte> names = "write readonly denyoom admin pubsub noscript blocking loading stale skip_monitor skip_slowlog asking fast no_auth may_replicate movablekeys allow_busy no_multi"u8;
        ReadOnlySpan<byte> order = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 17, 15, 16];
        foreach (byte bit in order)
        {
            if (((uint)flags & (1u << bit)) == 0)
            {
                continue;
            }

            ReadOnlySpan<byte> rest = names;
            for (int i = 0; i < bit; i++)
            {
                _ = CommandDetails.NextWord(ref rest);
            }

            call.ReplySimple(CommandDetails.NextWord(ref rest));
        }
    }

    // Where the keys are. A command with two specifications has one key behind the first, and the rest behind the second.
    private static void ReplyKeys(RespCall call, Command* command)
    {
        ReadOnlySpan<byte> specifications = CommandDetails.Field(command, CommandDetails.KeyFlags);
        int count = CommandDetails.CountWords(specifications, (byte)'&');
        call.ReplySet(count);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> flags = CommandDetails.NextWord(ref specifications, (byte)'&');
            int at = flags.IndexOf((byte)'@');
            int last = count == 1 ? command->LastKey : command->LastKey < 0 && i > 0 ? -1 : command->FirstKey + i;
            call.ReplyMap(at < 0 ? 3 : 4);
            if (at >= 0)
            {
                call.ReplyBulk("notes"u8);
                call.ReplyBulk(flags[(at + 1)..]);
                flags = flags[..at];
            }

            call.ReplyBulk("flags"u8);
            ReplyWords(call, flags, asStatus: true);
            call.ReplyBulk("begin_search"u8);
            call.ReplyMap(2);
            call.ReplyBulk("type"u8);
            call.ReplyBulk("index"u8);
            call.ReplyBulk("spec"u8);
            call.ReplyMap(1);
            call.ReplyBulk("index"u8);
            call.ReplyInteger(command->FirstKey + i);
            call.ReplyBulk("find_keys"u8);
            call.ReplyMap(2);
            call.ReplyBulk("type"u8);
            call.ReplyBulk("range"u8);
            call.ReplyBulk("spec"u8);
            call.ReplyMap(3);
            call.ReplyBulk("lastkey"u8);
            call.ReplyInteger(last < 0 ? last : last - command->FirstKey - i);
            call.ReplyBulk("keystep"u8);
            call.ReplyInteger(command->KeyStep);
            call.ReplyBulk("limit"u8);
            call.ReplyInteger(0);
        }
    }
}

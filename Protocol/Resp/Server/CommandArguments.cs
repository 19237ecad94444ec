using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The arguments of a command as COMMAND DOCS describes them, from a packed text. An argument is: a letter
/// for its type (a digit behind k: the number of the key specification), ? when it is optional, * when it may
/// be repeated, + when its token then is as well, its name, =TOKEN, @since, !deprecated since, and its own
/// arguments in braces. A pure token without one is its name in capitals. Commas stand between arguments.
/// </summary>
internal static class CommandArguments
{
    /// <summary>Replies the arguments up to the end of the text or of the braces, and takes them off it.</summary>
    public static void Reply(CommandContext call, ref ReadOnlySpan<byte> text)
    {
        call.Reply.Array(Count(text));
        ReplyOne(call, ref text);
        while (!text.IsEmpty && text[0] == ',')
        {
            text = text[1..];
            ReplyOne(call, ref text);
        }
    }

    private static int Count(ReadOnlySpan<byte> text)
    {
        int count = 1;
        int depth = 0;
        foreach (byte letter in text)
        {
            depth += letter == '{' ? 1 : letter == '}' ? -1 : 0;
            if (depth < 0)
            {
                break;
            }

            count += letter == ',' && depth == 0 ? 1 : 0;
        }

        return count;
    }

    private static void ReplyOne(CommandContext call, ref ReadOnlySpan<byte> text)
    {
        byte type = text[0];
        text = text[1..];
        int key = -1;
        if (type == 'k')
        {
            key = text[0] - '0';
            text = text[1..];
        }

        int flags = text.IndexOfAnyExcept("?*+"u8);
        ReadOnlySpan<byte> flagSigns = text[..flags];
        text = text[flags..];
        ReadOnlySpan<byte> name = Take(ref text);
        scoped ReadOnlySpan<byte> token = TakeAfter(ref text, '=');
        Span<byte> capitals = stackalloc byte[64];
        if (type == 't' && token.IsEmpty)
        {
            for (int i = 0; i < name.Length; i++)
            {
                capitals[i] = name[i] is >= (byte)'a' and <= (byte)'z' ? (byte)(name[i] - 32) : name[i];
            }

            token = capitals[..name.Length];
        }

        ReadOnlySpan<byte> since = TakeAfter(ref text, '@');
        ReadOnlySpan<byte> deprecated = TakeAfter(ref text, '!');
        bool hasOwn = !text.IsEmpty && text[0] == '{';
        call.Reply.Map(2 + (key >= 0 ? 1 : 0) + One(token) + One(since) + One(deprecated) + One(flagSigns) + (hasOwn ? 1 : 0));
        call.Reply.Bulk("name"u8);
        call.Reply.Bulk(name);
        call.Reply.Bulk("type"u8);
        call.Reply.Bulk(NameOf(type));
        if (key >= 0)
        {
            call.Reply.Bulk("key_spec_index"u8);
            call.Reply.Integer(key);
        }

        ReplyField(call, "token"u8, token);
        ReplyField(call, "since"u8, since);
        ReplyField(call, "deprecated_since"u8, deprecated);
        if (flagSigns.Length > 0)
        {
            call.Reply.Bulk("flags"u8);
            call.Reply.Set(flagSigns.Length);
            foreach (byte sign in flagSigns)
            {
                call.Reply.Simple(sign == '?' ? "optional"u8 : sign == '*' ? "multiple"u8 : "multiple_token"u8);
            }
        }

        if (hasOwn)
        {
            call.Reply.Bulk("arguments"u8);
            text = text[1..];
            Reply(call, ref text);
            text = text[1..];
        }
    }

    // Up to the next sign.
    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> text)
    {
        int end = text.IndexOfAny("=@!{},"u8);
        ReadOnlySpan<byte> word = end < 0 ? text : text[..end];
        text = text[word.Length..];
        return word;
    }

    private static ReadOnlySpan<byte> TakeAfter(ref ReadOnlySpan<byte> text, char sign)
    {
        if (text.IsEmpty || text[0] != sign)
        {
            return default;
        }

        text = text[1..];
        return Take(ref text);
    }

    private static int One(ReadOnlySpan<byte> field) => field.IsEmpty ? 0 : 1;

    private static void ReplyField(CommandContext call, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            call.Reply.Bulk(name);
            call.Reply.Bulk(value);
        }
    }

    private static ReadOnlySpan<byte> NameOf(byte type) => type switch
    {
        (byte)'s' => "string"u8,
        (byte)'i' => "integer"u8,
        (byte)'d' => "double"u8,
        (byte)'k' => "key"u8,
        (byte)'p' => "pattern"u8,
        (byte)'u' => "unix-time"u8,
        (byte)'t' => "pure-token"u8,
        (byte)'o' => "oneof"u8,
        _ => "block"u8,
    };
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Epollsrv.Tests.Differential;

/// <summary>A reply as a tree: only made when two replies are not the same bytes.</summary>
/// <param name="Type">The byte it begins with.</param>
/// <param name="Text">A line, or a bulk's bytes as Latin-1; null for null and for aggregates.</param>
/// <param name="Elements">The elements of an aggregate; a map's names and values alternate.</param>
internal sealed record Reply(char Type, string? Text, List<Reply>? Elements)
{
    private const int LongestShown = 400;

    /// <summary>Whether this is an integer.</summary>
    public bool IsInteger => Type == ':';

    /// <summary>Whether this is an error.</summary>
    public bool IsError => Type is '-' or '!';

    /// <summary>Whether this is a null of either protocol.</summary>
    public bool IsNull => Type == '_' || (Text is null && Elements is null);

    /// <summary>The integer.</summary>
    public long Integer => long.Parse(Text!, CultureInfo.InvariantCulture);

    /// <summary>The number of elements.</summary>
    public int Count => Elements?.Count ?? -1;

    /// <summary>Reads one complete reply.</summary>
    public static Reply Parse(ReadOnlySpan<byte> bytes)
    {
        int position = 0;
        return Parse(bytes, ref position);
    }

    /// <summary>Reads all replies.</summary>
    public static List<Reply> ParseAll(ReadOnlySpan<byte> bytes)
    {
        List<Reply> replies = [];
        int position = 0;
        while (position < bytes.Length)
        {
            replies.Add(Parse(bytes, ref position));
        }

        return replies;
    }

    /// <summary>Bytes as text a person can read.</summary>
    public static string Show(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new();
        foreach (byte letter in bytes[..Math.Min(bytes.Length, LongestShown)])
        {
            _ = letter switch
            {
                (byte)'\r' => text.Append("\\r"),
                (byte)'\n' => text.Append("\\n"),
                (byte)'"' => text.Append("\\\""),
                (byte)'\\' => text.Append(@"\\"),
                >= 32 and < 127 => text.Append((char)letter),
                _ => text.Append("\\x").Append(letter.ToString("x2", CultureInfo.InvariantCulture)),
            };
        }

        return bytes.Length > LongestShown ? text.Append("… (").Append(bytes.Length).Append(" bytes)").ToString() : text.ToString();
    }

    /// <summary>Whether two trees are the same.</summary>
    public bool Same(Reply other)
    {
        if (Type != other.Type || Text != other.Text || Count != other.Count)
        {
            return false;
        }

        for (int i = 0; i < Count; i++)
        {
            if (!Elements![i].Same(other.Elements![i]))
            {
                return false;
            }
        }

        return true;
    }

    private static Reply Parse(ReadOnlySpan<byte> bytes, ref int position)
    {
        char type = (char)bytes[position];
        int end = position + bytes[position..].IndexOf((byte)'\n');
        string line = Encoding.Latin1.GetString(bytes[(position + 1)..(end - 1)]);
        position = end + 1;
        switch (type)
        {
            case '$' or '=' or '!':
                int length = int.Parse(line, CultureInfo.InvariantCulture);
                if (length < 0)
                {
                    return new Reply(type, null, null);
                }

                string text = Encoding.Latin1.GetString(bytes.Slice(position, length));
                position += length + 2;
                return new Reply(type, text, null);
            case '*' or '~' or '>' or '%':
                int count = int.Parse(line, CultureInfo.InvariantCulture) * (type == '%' ? 2 : 1);
                if (count < 0)
                {
                    return new Reply(type, null, null);
                }

                List<Reply> elements = new(count);
                for (int i = 0; i < count; i++)
                {
                    elements.Add(Parse(bytes, ref position));
                }

                return new Reply(type, null, elements);
            default:
                return new Reply(type, line, null);
        }
    }
}

using System;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>The lines of a file of settings: words, quoted as in a redis.conf where there are spaces in them. A line that begins with #
/// is a comment.</summary>
internal static unsafe class ConfigLines
{
    private const int Longest = 1 << 20;

    /// <summary>Takes a line: the place as PATH:NUMBER, and its words (<see cref="ByteText"/>), at least one. Answers null, or what is
    /// wrong with it, for people.</summary>
    public delegate string? Taker(string place, string[] words);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, 1 MB at most.</param>
    /// <param name="isRegular">Whether it must be a regular file. Otherwise it may be a pipe, which is waited for.</param>
    /// <param name="take">Gets the lines in their order.</param>
    /// <param name="result">0 or −errno, of a file that cannot be read.</param>
    /// <returns>Null, or the first thing that is wrong.</returns>
    public static string? Read(string path, bool isRegular, Taker take, out int result)
    {
        string? text = isRegular ? TextFile.ReadRegular(path, Longest, out result) : TextFile.Read(path, Longest, out result);
        if (text is null)
        {
            return path + ": " + (result == -Errno.Invalid ? "is longer than 1 MB" : Errno.Describe(result));
        }

        InlineParser parser = new();
        ArgumentList arguments = new();
        string? error = null;
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length && error is null; i++)
        {
            if (lines[i].AsSpan().TrimStart().StartsWith('#'))
            {
                continue;
            }

            // The parser wants the end of the line.
            byte[] bytes = ByteText.Encode(lines[i].TrimEnd('\r') + "\n");
            fixed (byte* line = bytes)
            {
                Request request = new() { Start = line };
                arguments.Used = 0;
                bool isRead = parser.Parse(line + bytes.Length, &request, ref arguments, out _) == ParseResult.Complete;
                string place = path + ":" + Numbers.ToText(i + 1);
                error = !isRead ? "its quotes are not closed; a value that begins with a quote ends with the same"
                    : request.Count == 0 ? null
                    : take(place, Words(arguments.Items, request.Count));
                error = error is null ? null : place + ": \"" + Readable(lines[i].Trim()) + "\": " + error;
            }
        }

        arguments.Free();
        parser.Free();
        return error;
    }

    /// <summary>What a line or a word of it names: it ends where a value may begin, also where it was written in a way that is not known
    /// here ("password=...").</summary>
    public static string NameOf(string line)
    {
        int end = line.AsSpan().IndexOfAny(" \t=:\"'");
        return end < 0 ? line : line[..end];
    }

    // The log is read by more people than the file: no password of it.
    private static string Readable(string line)
    {
        string name = NameOf(line);
        bool isSecret = line.Contains("pass", StringComparison.OrdinalIgnoreCase)
            || line.Contains("auth", StringComparison.OrdinalIgnoreCase)
            || name.Equals("user", StringComparison.OrdinalIgnoreCase);
        bool isWord = name.Length == line.Length || line[name.Length] is ' ' or '\t';
        return name.Length == line.Length || (isWord && !isSecret) ? line : name + " ...";
    }

    private static string[] Words(Argument* arguments, int count)
    {
        string[] words = new string[count];
        for (int i = 0; i < count; i++)
        {
            words[i] = ByteText.Decode(arguments[i].Span);
        }

        return words;
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Epollsrv.Tests.Fuzz;

/// <summary>
/// Reads a whole stream of requests the slow and obvious way, as text, one byte after the other, and says what must be answered to
/// it. Knows PING and ECHO; everything else is unknown. The rules are those of Redis 7.0's networking.c and sds.c.
/// </summary>
internal sealed class RespOracle
{
    private const int LongestLine = 64 * 1024;
    private const int MostArguments = 1024 * 1024;

    private readonly string _input;
    private readonly long _longestBulk;
    private readonly StringBuilder _output = new();
    private int _at;

    private RespOracle(string input, long longestBulk)
    {
        _input = input;
        _longestBulk = longestBulk;
    }

    /// <summary>The replies, as Latin-1; after the last of them the connection is closed when the stream broke the protocol.</summary>
    public static (byte[] Output, bool Closed) Answer(byte[] input, long longestBulk)
    {
        RespOracle oracle = new(Encoding.Latin1.GetString(input), longestBulk);
        bool closed = false;
        try
        {
            while (oracle._at < oracle._input.Length && oracle.ReadRequest() is { } words)
            {
                oracle.Execute(words);
            }
        }
        catch (FormatException complaint)
        {
            oracle._output.Append("-ERR Protocol error: ").Append(complaint.Message).Append("\r\n");
            closed = true;
        }

        return (Encoding.Latin1.GetBytes(oracle._output.ToString()), closed);
    }

    // The words of the next request; null: it is not complete.
    private List<string>? ReadRequest() => _input[_at] == '*' ? ReadMultiBulk() : ReadInline();

    private List<string>? ReadMultiBulk()
    {
        string? line = ReadLine("too big mbulk count string");
        if (line is null)
        {
            return null;
        }

        if (!TryReadInteger(line[1..], out long count) || count > MostArguments)
        {
            throw new FormatException("invalid multibulk length");
        }

        List<string> words = [];
        for (long i = 0; i < count; i++)
        {
            if (_at == _input.Length)
            {
                return null;
            }

            char first = _input[_at];
            line = ReadLine("too big bulk count string");
            if (line is null)
            {
                return null;
            }

            if (first != '$')
            {
                throw new FormatException("expected '$', got '" + (first is '\r' or '\n' ? ' ' : first) + "'");
            }

            if (!TryReadInteger(line[1..], out long length) || length < 0 || length > _longestBulk)
            {
                throw new FormatException("invalid bulk length");
            }

            if (_input.Length - _at < length + 2)
            {
                return null;
            }

            words.Add(_input.Substring(_at, (int)length));

            // What the two bytes behind it are is not looked at.
            _at += (int)length + 2;
        }

        return words;
    }

    // Up to a '\r', whatever stands behind it; null: not there yet.
    private string? ReadLine(string complaint)
    {
        int end = _input.IndexOf('\r', _at);
        int length = (end < 0 ? _input.Length : end) - _at;
        if (length > LongestLine)
        {
            throw new FormatException(complaint);
        }

        if (end < 0 || end + 1 == _input.Length)
        {
            return null;
        }

        _at = end + 2;
        return _input.Substring(end - length, length);
    }

    private List<string>? ReadInline()
    {
        int end = _input.IndexOf('\n', _at);
        if ((end < 0 ? _input.Length : end) - _at > LongestLine)
        {
            throw new FormatException("too big inline request");
        }

        if (end < 0)
        {
            return null;
        }

        string line = _input[_at..end];
        _at = end + 1;
        line = line.EndsWith('\r') ? line[..^1] : line;
        int zero = line.IndexOf('\0', StringComparison.Ordinal);
        return Split(zero < 0 ? line : line[..zero]);
    }

    private static List<string> Split(string line)
    {
        List<string> words = [];
        int at = 0;
        while (true)
        {
            while (at < line.Length && line[at] is ' ' or (>= '\t' and <= '\r'))
            {
                at++;
            }

            if (at == line.Length)
            {
                return words;
            }

            StringBuilder word = new();
            char quote = '\0';
            while (quote != '\0' || (at < line.Length && line[at] is not (' ' or '\n' or '\r' or '\t')))
            {
                if (at == line.Length)
                {
                    throw new FormatException("unbalanced quotes in request");
                }

                char letter = line[at++];
                ReadOnlySpan<char> rest = line.AsSpan(at);
                if (quote == '\0')
                {
                    quote = letter is '"' or '\'' ? letter : '\0';
                    word.Append(quote == '\0' ? letter.ToString() : string.Empty);
                }
                else if (letter == quote)
                {
                    if (rest.Length > 0 && rest[0] is not (' ' or (>= '\t' and <= '\r')))
                    {
                        throw new FormatException("unbalanced quotes in request");
                    }

                    break;
                }
                else if (letter == '\\' && quote == '"' && rest.Length >= 3 && rest[0] == 'x' && char.IsAsciiHexDigit(rest[1])
                    && char.IsAsciiHexDigit(rest[2]))
                {
                    word.Append((char)Convert.ToInt32(rest[1..3].ToString(), 16));
                    at += 3;
                }
                else if (letter == '\\' && rest.Length > 0 && (quote == '"' || rest[0] == '\''))
                {
                    word.Append(quote == '\'' ? '\''
                        : rest[0] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'b' => '\b', 'a' => '\a', char other => other });
                    at++;
                }
                else
                {
                    word.Append(letter);
                }
            }

            words.Add(word.ToString());
        }
    }

    // As string2ll reads: no sign but a minus, no leading zeros, nothing else, 64 bits.
    private static bool TryReadInteger(string text, out long number)
    {
        number = 0;
        return text.Length is > 0 and < 21
            && BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger big)
            && big.ToString(CultureInfo.InvariantCulture) == text
            && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    private void Execute(List<string> words)
    {
        if (words.Count == 0)
        {
            return;
        }

        string name = words[0].ToLowerInvariant();
        switch (name)
        {
            case "ping" when words.Count == 1:
                _output.Append("+PONG\r\n");
                break;
            case "ping" or "echo" when words.Count == 2:
                _output.Append('$').Append(words[1].Length).Append("\r\n").Append(words[1]).Append("\r\n");
                break;
            case "ping" or "echo":
                _output.Append("-ERR wrong number of arguments for '").Append(name).Append("' command\r\n");
                break;
            default:
                _output.Append("-ERR ").Append(Unknown(words)).Append("\r\n");
                break;
        }
    }

    private static string Unknown(List<string> words)
    {
        string arguments = string.Empty;
        for (int i = 1; i < words.Count && arguments.Length < 128; i++)
        {
            arguments += "'" + Cut(words[i], 128 - arguments.Length) + "' ";
        }

        string text = "unknown command '" + Cut(words[0], 128) + "', with args beginning with: " + arguments;
        return text.Replace('\r', ' ').Replace('\n', ' ');
    }

    // As %.128s prints.
    private static string Cut(string text, int length)
    {
        int zero = text.IndexOf('\0', StringComparison.Ordinal);
        text = zero < 0 ? text : text[..zero];
        return text.Length > length ? text[..length] : text;
    }
}

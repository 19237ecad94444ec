using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace Epollsrv.Tests.Fuzz;

/// <summary>
/// RFC 9112 read slowly and obviously, on strings and lists: what a request is, or with which status it is refused. Written from the
/// grammar alone, to be compared with the parser of the program.
/// </summary>
internal static class HttpOracle
{
    private const string TokenMarks = "!#$%&'*+-.^_`|~";
    private const string TargetMarks = "-._~!$&'()*+,;=:@/?%";
    private static readonly string[] _once =
        ["host", "content-length", "transfer-encoding", "content-type", "content-range", "expect", "range", "if-range", "if-modified-since",
        "if-unmodified-since", "authorization", "origin", "sec-fetch-site"];

    /// <summary>0 for a good head, else the status; a good one's path, length, chunkedness and persistence come out.</summary>
    public static int Read(string head, out string path, out long length, out bool chunked, out bool keepAlive)
    {
        path = "";
        length = 0;
        chunked = false;
        keepAlive = false;
        string[] lines = head.Split("\r\n");
        string[] words = lines[0].Split(' ');
        if (words.Length < 3 || !IsToken(words[0]))
        {
            return 400;
        }

        string version = words[^1];
        if (version.Length != 8 || !version.StartsWith("HTTP/", StringComparison.Ordinal) || !char.IsAsciiDigit(version[5])
            || version[6] != '.' || !char.IsAsciiDigit(version[7]))
        {
            return 400;
        }

        if (version[5] != '1')
        {
            return 505;
        }

        bool old = version[7] == '0';
        if (words[0] == "CONNECT")
        {
            return 501;
        }

        if (words.Length != 3 || words[1].Length == 0
            || words[1].Any(c => !char.IsAsciiLetterOrDigit(c) && !TargetMarks.Contains(c, StringComparison.Ordinal)))
        {
            return 400;
        }

        string target = words[1];
        string authority = "";
        foreach (string scheme in (string[])["http://", "https://"])
        {
            if (authority.Length == 0 && target.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            {
                target = target[scheme.Length..];
                int end = target.IndexOfAny(['/', '?']);
                authority = end < 0 ? target : target[..end];
                target = end < 0 ? "/" : target[end..];
                if (authority.Length == 0)
                {
                    return 400;
                }

                if (target[0] == '?')
                {
                    target = "/" + target;
                }
            }
        }

        if (target[0] != '/' && !(target == "*" && words[0] == "OPTIONS"))
        {
            return 400;
        }

        path = target.Split('?')[0];
        List<(string Name, string Value)> fields = [];
        foreach (string line in lines[1..^2])
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || !IsToken(line[..colon]) || line[(colon + 1)..].Any(c => (c < ' ' && c != '\t') || c == 127))
            {
                return 400;
            }

            fields.Add((line[..colon].ToLowerInvariant(), line[(colon + 1)..].Trim(' ', '\t')));
        }

        if (_once.Any(name => fields.Count(field => field.Name == name) > 1))
        {
            return 400;
        }

        string? Value(string name) => fields.Where(field => field.Name == name).Select(field => field.Value).FirstOrDefault();
        string? host = Value("host");
        if ((host is null && !old) || (host is not null && !IsAuthority(host)) || (authority.Length > 0 && !IsAuthority(authority)))
        {
            return 400;
        }

        List<string> options =
            [.. fields.Where(field => field.Name == "connection").SelectMany(field => field.Value.ToLowerInvariant().Split(','))
            .Select(option => option.Trim(' ', '\t'))];
        keepAlive = !options.Contains("close") && (!old || options.Contains("keep-alive"));
        if (Value("transfer-encoding") is { } coding)
        {
            if (old || Value("content-length") is not null)
            {
                return 400;
            }

            chunked = coding.Equals("chunked", StringComparison.OrdinalIgnoreCase);
            if (!chunked)
            {
                string[] codings = coding.Split(',').Select(one => one.Trim(' ', '\t')).ToArray();
                bool IsChunked(string one) => one.Equals("chunked", StringComparison.OrdinalIgnoreCase);
                int count = codings.Count(IsChunked);
                return codings.Any(one => !IsToken(one.Split(';')[0].Trim(' ', '\t'))) || count > 1
                    || (count == 1 && !IsChunked(codings[^1])) || count == codings.Length ? 400 : 501;
            }
        }
        else if (Value("content-length") is { } text
            && (text.Length == 0 || !text.All(char.IsAsciiDigit) || (text[0] == '0' && text.Length > 1)
            || !long.TryParse(text, out length)))
        {
            return 400;
        }

        return !old && Value("expect") is { } expect && !expect.Equals("100-continue", StringComparison.OrdinalIgnoreCase) ? 417 : 0;
    }

    /// <summary>The body of a chunked message and how long it was; −1 incomplete, −2 malformed, −3 longer than the limit.</summary>
    public static int ReadChunks(string text, long limit, StringBuilder body)
    {
        int at = 0;
        while (true)
        {
            int end = text.IndexOf('\n', at);
            if (end < 0)
            {
                return -1;
            }

            string line = text[at..end];
            if (!line.EndsWith('\r'))
            {
                return -2;
            }

            line = line[..^1];
            at = end + 1;
            int digits = line.TakeWhile(Uri.IsHexDigit).Count();
            if (digits is 0 or > 16 || !IsExtensions(line[digits..]))
            {
                return -2;
            }

            BigInteger size = BigInteger.Parse("0" + line[..digits], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size.IsZero)
            {
                break;
            }

            if (size + body.Length > limit)
            {
                return -3;
            }

            int have = Math.Min((int)size, text.Length - at);
            body.Append(text, at, have);
            at += have;
            string after = text[at..Math.Min(at + 2, text.Length)];
            if (!"\r\n".StartsWith(after, StringComparison.Ordinal))
            {
                return -2;
            }

            if (after.Length < 2)
            {
                return -1;
            }

            at += 2;
        }

        while (true)
        {
            int end = text.IndexOf('\n', at);
            if (end < 0)
            {
                return -1;
            }

            string line = text[at..end];
            at = end + 1;
            if (line == "\r")
            {
                return at;
            }

            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (!line.EndsWith('\r') || colon <= 0 || !IsToken(line[..colon])
                || line[(colon + 1)..^1].Any(c => (c < ' ' && c != '\t') || c == 127))
            {
                return -2;
            }
        }
    }

    private static bool IsToken(string text) => text.Length > 0
        && text.All(c => char.IsAsciiLetterOrDigit(c) || TokenMarks.Contains(c, StringComparison.Ordinal));

    // RFC 9112 §7.1.1 and RFC 9110 §5.6.4, as written there.
    private static bool IsExtensions(string text)
        => Regex.IsMatch(text, "\\A(?:[ \t]*;[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*=[ \t]*(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|\"(?:[\t !#-\\[\\]-~\u0080-\u00ff]|\\\\[\t -~\u0080-\u00ff])*\"))?)*\\z");

    private static bool IsAuthority(string text)
    {
        int colon = text.LastIndexOf(':');
        string host = colon < 0 || text.LastIndexOf(']') > colon ? text : text[..colon];
        string port = host.Length == text.Length ? "" : text[(host.Length + 1)..];
        if (port.Length > 5 || !port.All(char.IsAsciiDigit)
            || (port.Length > 0 && int.Parse(port, System.Globalization.CultureInfo.InvariantCulture) > 65535))
        {
            return false;
        }

        if (host.StartsWith('['))
        {
            return host.Length >= 4 && host.EndsWith(']') && host[1..^1].All(c => char.IsAsciiHexDigit(c) || c is ':' or '.');
        }

        return host.Length is > 0 and <= 255 && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');
    }
}

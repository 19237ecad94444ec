using System;

namespace Epollsrv.Protocol.Http;

/// <summary>Tells HTTP by a connection's first line. Pure functions.</summary>
internal static class HttpDetection
{
    /// <summary>
    /// Whether a first line is a request line: it ends in " HTTP/d.d"; or it was clearly meant as one and deserves an HTTP error: a path
    /// or URI as its second word together with "HTTP/" in any spelling, or with nothing but a space after it. "GET /" alone is an
    /// inline command of RESP.
    /// </summary>
    /// <param name="line">Up to before its LF.</param>
    public static bool IsRequestLine(ReadOnlySpan<byte> line)
    {
        if (!line.IsEmpty && line[^1] == '\r')
        {
            line = line[..^1];
        }

        if (line.Length >= 9 && line[^9..^3].SequenceEqual(" HTTP/"u8)
            && HttpText.IsDigit(line[^3]) && line[^2] == '.' && HttpText.IsDigit(line[^1]))
        {
            return true;
        }

        if (!HasTarget(line))
        {
            return false;
        }

        for (int at = 5; at + 1 < line.Length; at++)
        {
            if (line[at] == '/' && HttpText.Is(line[(at - 4)..at], "http"u8) && line[at + 1] != (byte)'/')
            {
                return true;
            }
        }

        return line[^1] == ' ' && line[..^1].LastIndexOf((byte)' ') == line.IndexOf((byte)' ');
    }

    /// <summary>Whether an unfinished first line begins as a request line does: a method in capitals, a space, and a path or URI.</summary>
    public static bool BeginsRequest(ReadOnlySpan<byte> bytes)
    {
        int method = 0;
        while (method < bytes.Length && (uint)(bytes[method] - 'A') < 26)
        {
            method++;
        }

        return method > 0 && HasTarget(bytes);
    }

    // A first word of token characters, one blank, and "/", "*" or "http".
    private static bool HasTarget(ReadOnlySpan<byte> line)
    {
        int method = 0;
        while (method < line.Length && HttpText.IsToken(line[method]))
        {
            method++;
        }

        if (method == 0 || method + 1 >= line.Length || line[method] is not ((byte)' ' or (byte)'\t'))
        {
            return false;
        }

        ReadOnlySpan<byte> target = line[(method + 1)..];
        return target[0] == '/' || (target[0] == '*' && target.Length > 1 && target[1] == ' ')
            || (target.Length > 7 && HttpText.Is(target[..4], "http"u8) && target[4..].IndexOf("://"u8) is 0 or 1);
    }
}

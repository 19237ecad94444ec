using System;

namespace Epollsrv.Protocol.Http;

/// <summary>
/// The head of a response as a client of ours reads it: strict, because what is ambiguous
/// would let one peer's bytes pass for another reply. Points into the bytes it was read from.
/// </summary>
internal ref struct HttpResponse
{
    /// <summary>Most fields.</summary>
    public const int MostFields = 64;

    /// <summary>100 … 599; below 200 the real answer is still to come.</summary>
    public int Status;

    /// <summary>Content-Length, or −1.</summary>
    public long Length;

    /// <summary>Content-Range: first byte, or −1.</summary>
    public long First;

    /// <summary>Content-Range: last byte.</summary>
    public long Last;

    /// <summary>Content-Range: bytes of the whole.</summary>
    public long Total;

    /// <summary>ETag with its quotes; empty when there is none.</summary>
    public ReadOnlySpan<byte> Tag;

    /// <summary>The sha-256 of Repr-Digest in base64; empty when there is none.</summary>
    public ReadOnlySpan<byte> Digest;

    /// <summary>Epollsrv-Have: the pieces an unfinished holder has, in hex; empty when there is none.</summary>
    public ReadOnlySpan<byte> Have;

    /// <summary>Retry-After in seconds, or −1.</summary>
    public long RetryAfter;

    /// <summary>Whether Epollsrv-Have was there, be it empty.</summary>
    public bool IsUnfinished;

    /// <summary>Whether the connection ends after this response.</summary>
    public bool Closes;

    /// <summary>Whether the body comes in chunks; <see cref="Length"/> is −1 then.</summary>
    public bool IsChunked;

    /// <summary>Reads a head.</summary>
    /// <param name="bytes">What has arrived, from the first byte of the response.</param>
    /// <param name="response">The head when it is whole.</param>
    /// <returns>Its bytes; 0: more are needed; −1: malformed, or something that is not
    /// understood (101, transfer codings other than chunked, no HTTP/1).</returns>
    public static int Read(ReadOnlySpan<byte> bytes, out HttpResponse response)
    {
        response = new HttpResponse { Length = -1, First = -1, RetryAfter = -1 };
        bool isOld = bytes.StartsWith("HTTP/1.0"u8);
        ReadOnlySpan<byte> start = isOld ? "HTTP/1.0 "u8 : "HTTP/1.1 "u8;
        if (!bytes[..Math.Min(bytes.Length, start.Length)].SequenceEqual(start[..Math.Min(bytes.Length, start.Length)]))
        {
            return -1;
        }

        int end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            // A line that ends without CR is no line, and will not become one.
            int newline = bytes.IndexOf((byte)'\n');
            return newline > 0 && bytes[newline - 1] != '\r' ? -1 : 0;
        }

        ReadOnlySpan<byte> rest = bytes[..(end + 2)];
        if (!TakeLine(ref rest, out ReadOnlySpan<byte> line) || line.Length < 13 || line[12] != ' ')
        {
            return -1;
        }

        response.Status = (int)HttpText.Number(line[9..12], 599);
        if (response.Status is < 100 or 101)
        {
            return -1;
        }

        for (int fields = 0; !rest.IsEmpty; fields++)
        {
            if (fields == MostFields || !TakeLine(ref rest, out line) || !response.Take(line))
            {
                return -1;
            }
        }

        // Both would let one reader see another body than the next.
        response.Closes |= isOld;
        return response.IsChunked && (response.Length >= 0 || isOld) ? -1 : end + 4;
    }

    // A line that ends in CRLF and has no control character.
    private static bool TakeLine(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        int end = rest.IndexOf((byte)'\r');
        line = end < 0 ? default : rest[..end];
        if (end < 0 || end + 1 >= rest.Length || rest[end + 1] != '\n')
        {
            return false;
        }

        rest = rest[(end + 2)..];
        foreach (byte one in line)
        {
            if (!HttpText.IsValue(one))
            {
                return false;
            }
        }

        return true;
    }

    private bool Take(ReadOnlySpan<byte> line)
    {
        int colon = line.IndexOf((byte)':');
        if (colon <= 0 || !HttpText.IsToken(line[..colon]))
        {
            return false;
        }

        ReadOnlySpan<byte> name = line[..colon];
        ReadOnlySpan<byte> value = HttpText.Trim(line[(colon + 1)..]);
        if (HttpText.Is(name, "content-length"u8))
        {
            bool first = Length < 0;
            Length = HttpText.Number(value, long.MaxValue - 1);
            return first && Length >= 0;
        }

        if (HttpText.Is(name, "content-range"u8))
        {
            return First < 0 && TakeRange(value);
        }

        if (HttpText.Is(name, "transfer-encoding"u8))
        {
            bool first = !IsChunked;
            IsChunked = true;
            return first && HttpText.Is(value, "chunked"u8);
        }

        if (HttpText.Is(name, "etag"u8))
        {
            bool first = Tag.IsEmpty;
            Tag = value;
            return first;
        }

        if (HttpText.Is(name, "connection"u8))
        {
            Closes |= HttpText.Is(value, "close"u8);
        }
        else if (HttpText.Is(name, "retry-after"u8))
        {
            RetryAfter = HttpText.Number(value, 1_000_000);
        }
        else if (HttpText.Is(name, "epollsrv-have"u8))
        {
            Have = value;
            IsUnfinished = true;
        }
        else if (HttpText.Is(name, "repr-digest"u8))
        {
            TakeDigest(value);
        }

        return true;
    }

    // "bytes FIRST-LAST/TOTAL"; "bytes */TOTAL" of a 416 leaves First at −1.
    private bool TakeRange(ReadOnlySpan<byte> value)
    {
        int dash = value.IndexOf((byte)'-');
        int slash = value.IndexOf((byte)'/');
        if (!value.StartsWith("bytes "u8) || slash < 0)
        {
            return false;
        }

        Total = HttpText.Number(value[(slash + 1)..]);
        if (value[6..slash].SequenceEqual("*"u8))
        {
            return Total >= 0;
        }

        if (dash < 0 || dash > slash)
        {
            return false;
        }

        First = HttpText.Number(value[6..dash]);
        Last = HttpText.Number(value[(dash + 1)..slash]);
        return First >= 0 && Last >= First && Total > Last;
    }

    // RFC 9530: a dictionary, "sha-256=:BASE64:", perhaps among others.
    private void TakeDigest(ReadOnlySpan<byte> value)
    {
        while (HttpText.TryTake(ref value, out ReadOnlySpan<byte> one))
        {
            if (one.StartsWith("sha-256=:"u8) && one.Length > 10 && one[^1] == ':')
            {
                Digest = one[9..^1];
            }
        }
    }
}

using System;

namespace Epollsrv.Protocol.Http;

/// <content>What the fields say together: how long the body is, which host is meant, whether the connection goes on.</content>
internal static unsafe partial class HttpParser
{
    /// <summary>
    /// The next line of a field that may come several times; <paramref name="offset"/> is 0 at first and kept by the caller. Slow:
    /// only for lists that really came.
    /// </summary>
    /// <returns>False when there is none left.</returns>
    public static bool TryNext(in HttpRequest request, HttpField field, ref int offset, out ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> head = new(request.Head, request.HeadLength - 2);
        offset = Math.Max(offset, request.FieldsOffset);
        while (offset < head.Length)
        {
            ReadOnlySpan<byte> line = head[offset..];
            line = line[..line.IndexOf((byte)'\r')];
            offset += line.Length + 2;
            int colon = line.IndexOf((byte)':');
            if (FieldOf(line[..colon]) == field)
            {
                value = HttpText.Trim(line[(colon + 1)..]);
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Whether the text is a host, as a name, IPv4 address or IPv6 address in brackets, with or without a port (RFC 9112 §3.2).</summary>
    public static bool IsAuthority(ReadOnlySpan<byte> text)
    {
        SplitAuthority(text, out ReadOnlySpan<byte> host, out ReadOnlySpan<byte> port);
        if (port.Length > 5 || (!port.IsEmpty && HttpText.Number(port, 65535) < 0) || host.IsEmpty || host.Length > 255)
        {
            return false;
        }

        bool brackets = host[0] == '[';
        if (brackets)
        {
            if (host.Length < 4 || host[^1] != ']')
            {
                return false;
            }

            host = host[1..^1];
        }

        foreach (byte character in host)
        {
            // RFC 3986 allows more in a name (even "%41" and "!"); no name that can be looked up has it.
            bool good = brackets ? HttpText.Hex(character) >= 0 || character is (byte)':' or (byte)'.'
                : IsDigit(character) || (uint)((character | 0x20) - 'a') < 26 || character is (byte)'-' or (byte)'.' or (byte)'_';
            if (!good)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes host and port apart; brackets stay with the host, and the port is empty when there is none.</summary>
    public static void SplitAuthority(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> host, out ReadOnlySpan<byte> port)
    {
        int colon = text.LastIndexOf((byte)':');
        if (colon < 0 || text.LastIndexOf((byte)']') > colon)
        {
            host = text;
            port = default;
            return;
        }

        host = text[..colon];
        port = text[(colon + 1)..];
    }

    private static int Judge(ref HttpRequest request)
    {
        ReadOnlySpan<byte> host = request[HttpField.Host];
        if (!request.Has(HttpField.Host))
        {
            if (!request.IsVersion10)
            {
                return Refuse(ref request, "no Host field"u8);
            }
        }
        else if (!IsAuthority(host))
        {
            return Refuse(ref request, "the Host field is not a host and port"u8);
        }

        if (request.Authority.IsEmpty)
        {
            request.Authority = host;
        }
        else if (!IsAuthority(request.Authority))
        {
            return Refuse(ref request, "the target's host is not a host and port"u8);
        }

        JudgeConnection(ref request);
        int status = JudgeLength(ref request);
        if (status != 0 || !request.Has(HttpField.Expect) || request.IsVersion10)
        {
            return status;
        }

        if (!HttpText.Is(request[HttpField.Expect], "100-continue"u8))
        {
            request.Problem = "the only expectation that can be met is 100-continue"u8;
            return 417;
        }

        request.ExpectsContinue = true;
        return 0;
    }

    private static void JudgeConnection(ref HttpRequest request)
    {
        request.KeepAlive = !request.IsVersion10;
        int offset = 0;
        if (!request.Has(HttpField.Connection))
        {
            return;
        }

        bool close = false;
        while (TryNext(request, HttpField.Connection, ref offset, out ReadOnlySpan<byte> list))
        {
            while (HttpText.TryTake(ref list, out ReadOnlySpan<byte> option))
            {
                close |= HttpText.Is(option, "close"u8);
                request.KeepAlive |= HttpText.Is(option, "keep-alive"u8);
            }
        }

        request.KeepAlive &= !close;
    }

    // RFC 9112 §6: whatever two readers could understand differently is refused.
    private static int JudgeLength(ref HttpRequest request)
    {
        if (request.Has(HttpField.TransferEncoding))
        {
            ReadOnlySpan<byte> coding = request[HttpField.TransferEncoding];
            if (request.Has(HttpField.ContentLength))
            {
                return Refuse(ref request, "both Content-Length and Transfer-Encoding"u8);
            }

            if (request.IsVersion10)
            {
                return Refuse(ref request, "HTTP/1.0 has no Transfer-Encoding"u8);
            }

            if (HttpText.Is(coding, "chunked"u8))
            {
                request.IsChunked = true;
                return 0;
            }

            return RefuseCoding(ref request, coding);
        }

        if (request.Has(HttpField.ContentLength))
        {
            ReadOnlySpan<byte> text = request[HttpField.ContentLength];
            request.ContentLength = HttpText.Number(text);
            if (request.ContentLength < 0 || (text[0] == '0' && text.Length > 1))
            {
                request.ContentLength = 0;
                return Refuse(ref request, "Content-Length is not one decimal number"u8);
            }
        }

        return 0;
    }

    private static int RefuseCoding(ref HttpRequest request, ReadOnlySpan<byte> list)
    {
        int chunked = 0;
        int others = 0;
        bool last = false;
        bool endsInComma = !list.IsEmpty && list[^1] == ',';
        while (HttpText.TryTake(ref list, out ReadOnlySpan<byte> coding))
        {
            ReadOnlySpan<byte> name = coding[..(coding.IndexOf((byte)';') is >= 0 and int end ? end : coding.Length)];
            last = HttpText.Is(coding, "chunked"u8);
            chunked += last ? 1 : 0;
            others += last ? 0 : 1;
            if (endsInComma || !HttpText.IsToken(HttpText.Trim(name)))
            {
                return Refuse(ref request, "Transfer-Encoding is not a list of codings"u8);
            }
        }

        // chunked, and not last or twice: where the body ends cannot be known (§6.3). Anything else is only not understood (§6.1).
        if (others == 0 || (chunked > 0 && (!last || chunked > 1)))
        {
            return Refuse(ref request, "chunked has to be the last transfer coding, and applied once"u8);
        }

        request.Problem = "the only transfer coding understood is chunked"u8;
        return 501;
    }
}

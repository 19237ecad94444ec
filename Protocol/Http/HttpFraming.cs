using System;

namespace Epollsrv.Protocol.Http;

/// <summary>What the fields of a head say together: how long the body is, which host is meant, whether the connection goes on.</summary>
internal static class HttpFraming
{
    /// <summary>Checks the fields against each other and sets what follows from them.</summary>
    /// <returns>0, or the status of a refusal.</returns>
    public static int Apply(ref HttpRequest request)
    {
        ReadOnlySpan<byte> host = request[HttpField.Host];
        if (!request.Has(HttpField.Host))
        {
            if (!request.IsVersion10)
            {
                return request.Refuse(400, "no Host field"u8);
            }
        }
        else if (!HttpAuthority.IsValid(host))
        {
            return request.Refuse(400, "the Host field is not a host and port"u8);
        }

        if (request.Authority.IsEmpty)
        {
            request.Authority = host;
        }
        else if (!HttpAuthority.IsValid(request.Authority))
        {
            return request.Refuse(400, "the target's host is not a host and port"u8);
        }

        SetKeepAlive(ref request);
        int status = SetBodyLength(ref request);
        if (status != 0 || !request.Has(HttpField.Expect) || request.IsVersion10)
        {
            return status;
        }

        if (!HttpText.Is(request[HttpField.Expect], "100-continue"u8))
        {
            return request.Refuse(417, "the only expectation that can be met is 100-continue"u8);
        }

        request.ExpectsContinue = true;
        return 0;
    }

    private static void SetKeepAlive(ref HttpRequest request)
    {
        request.KeepAlive = !request.IsVersion10;
        if (!request.Has(HttpField.Connection))
        {
            return;
        }

        bool close = false;
        HttpFieldElements options = new(HttpField.Connection);
        while (options.TryNext(request, out ReadOnlySpan<byte> option))
        {
            close |= HttpText.Is(option, "close"u8);
            request.KeepAlive |= HttpText.Is(option, "keep-alive"u8);
        }

        request.KeepAlive &= !close;
    }

    // RFC 9112 §6: whatever two readers could understand differently is refused.
    private static int SetBodyLength(ref HttpRequest request)
    {
        if (request.Has(HttpField.TransferEncoding))
        {
            ReadOnlySpan<byte> coding = request[HttpField.TransferEncoding];
            if (request.Has(HttpField.ContentLength))
            {
                return request.Refuse(400, "both Content-Length and Transfer-Encoding"u8);
            }

            if (request.IsVersion10)
            {
                return request.Refuse(400, "HTTP/1.0 has no Transfer-Encoding"u8);
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
                return request.Refuse(400, "Content-Length is not one decimal number"u8);
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
                return request.Refuse(400, "Transfer-Encoding is not a list of codings"u8);
            }
        }

        // chunked, and not last or twice: where the body ends cannot be known (§6.3). Anything else is only not understood (§6.1).
        if (others == 0 || (chunked > 0 && (!last || chunked > 1)))
        {
            return request.Refuse(400, "chunked has to be the last transfer coding, and applied once"u8);
        }

        return request.Refuse(501, "the only transfer coding understood is chunked"u8);
    }
}

using System;

namespace Epollsrv.Protocol.Http;

/// <summary>
/// The head of a request by RFC 9112, strictly: what is malformed or ambiguous is refused, never guessed at. <see cref="FindEnd"/> looks
/// for the end of the head as bytes arrive and looks at no byte twice; <see cref="Parse"/> takes a whole head apart. Pure functions.
/// </summary>
internal static unsafe class HttpParser
{
    /// <summary>
    /// Looks for the end of the head. The caller keeps three numbers, 0 at first: bytes that were searched, the offset of the line that
    /// these end in, and field lines before it.
    /// </summary>
    /// <returns>Bytes of the head, 0 while it is incomplete, or minus the status of a refusal.</returns>
    public static int FindEnd(
        byte* data, int length, HttpOptions limits, ref int searched, ref int line, ref int fields, out ReadOnlySpan<byte> problem)
    {
        problem = default;
        while (true)
        {
            int found = new ReadOnlySpan<byte>(data + searched, length - searched).IndexOf((byte)'\n');
            int end = found < 0 ? length : searched + found + 1;
            if (line == 0 && end > limits.Line)
            {
                problem = "the request line is longer than --max-request-line allows"u8;
                return -414;
            }

            if (end > limits.Head)
            {
                problem = "the head is longer than --max-request-head allows"u8;
                return -431;
            }

            searched = end;
            if (found < 0)
            {
                return 0;
            }

            if (end - line < 2 || data[end - 2] != '\r')
            {
                problem = "a line of the head ends in LF without CR"u8;
                return -400;
            }

            if (end - line == 2)
            {
                return end;
            }

            if (line > 0 && ++fields > HttpOptions.Fields)
            {
                problem = "more than 100 fields"u8;
                return -431;
            }

            line = end;
        }
    }

    /// <summary>Takes a whole head apart.</summary>
    /// <param name="data">From the first byte of the request line.</param>
    /// <param name="length">What <see cref="FindEnd"/> returned.</param>
    /// <param name="request">Receives it; with a refusal whatever was understood until then, and why.</param>
    /// <returns>0, or the status of a refusal; the connection must be closed after answering that.</returns>
    public static int Parse(byte* data, int length, out HttpRequest request)
    {
        request = default;
        request.Head = data;
        request.HeadLength = length;
        int lineLength = new ReadOnlySpan<byte>(data, length).IndexOf((byte)'\n') - 1;
        request.FieldsOffset = lineLength + 2;
        int status = ParseLine(data, lineLength, ref request);
        if (status != 0)
        {
            return status;
        }

        byte* at = data + request.FieldsOffset;
        byte* end = data + length - 2;
        while (at < end)
        {
            status = ParseField(ref at, ref request);
            if (status != 0)
            {
                return status;
            }
        }

        return HttpFraming.Apply(ref request);
    }

    private static int ParseLine(byte* data, int length, ref HttpRequest request)
    {
        int method = 0;
        while (method < length && HttpText.IsToken(data[method]))
        {
            method++;
        }

        if (method == 0 || method == length || data[method] != ' ')
        {
            return request.Refuse(400, "the request line does not begin with a method and one space"u8);
        }

        // " HTTP/1.1" at the end; what lies between is the target.
        int version = length - 9;
        if (version <= method || data[version] != ' ' || !new ReadOnlySpan<byte>(data + version + 1, 5).SequenceEqual("HTTP/"u8)
            || !HttpText.IsDigit(data[length - 3]) || data[length - 2] != '.' || !HttpText.IsDigit(data[length - 1]))
        {
            return request.Refuse(400, "the request line does not end in one space and HTTP/1.1"u8);
        }

        if (data[length - 3] != '1')
        {
            return request.Refuse(505, "this server speaks HTTP/1.1"u8);
        }

        request.IsVersion10 = data[length - 1] == '0';
        request.Method = MethodOf(new ReadOnlySpan<byte>(data, method));
        return ParseTarget(new ReadOnlySpan<byte>(data + method + 1, version - method - 1), ref request);
    }

    private static int ParseTarget(ReadOnlySpan<byte> target, ref HttpRequest request)
    {
        if (request.Method == HttpMethod.Connect)
        {
            return request.Refuse(501, "this server is no proxy"u8);
        }

        foreach (byte character in target)
        {
            if (!HttpText.IsTarget(character))
            {
                return request.Refuse(400, "the target holds a character that has to be percent-encoded"u8);
            }
        }

        if (target.Length > 7 && target[0] != '/')
        {
            int scheme = HttpText.Is(target[..7], "http://"u8) ? 7 : target.Length > 8 && HttpText.Is(target[..8], "https://"u8) ? 8 : 0;
            if (scheme > 0)
            {
                target = target[scheme..];
                int path = target.IndexOfAny((byte)'/', (byte)'?');
                request.Authority = path < 0 ? target : target[..path];
                target = path < 0 ? "/"u8 : target[path..];
                if (request.Authority.IsEmpty)
                {
                    return request.Refuse(400, "the target names no host"u8);
                }
            }
        }

        int query = target.IndexOf((byte)'?');
        request.Path = query < 0 ? target : target[..query];
        request.Query = query < 0 ? default : target[(query + 1)..];
        if (request.Path.IsEmpty && !request.Authority.IsEmpty)
        {
            request.Path = "/"u8;
        }

        bool good = request.Path.StartsWith("/"u8) || (target.SequenceEqual("*"u8) && request.Method == HttpMethod.Options);
        return good ? 0 : request.Refuse(400, "the target is neither a path nor an http URI"u8);
    }

    private static int ParseField(ref byte* at, ref HttpRequest request)
    {
        byte* name = at;
        while (HttpText.IsToken(*at))
        {
            at++;
        }

        int nameLength = (int)(at - name);
        if (nameLength == 0 || *at != ':')
        {
            return request.Refuse(400, *name is (byte)' ' or (byte)'\t' ? "a line of the head begins with a space"u8
                : *at is (byte)' ' or (byte)'\t' ? "a space before the colon of a field"u8
                : "a field is not a name and a colon"u8);
        }

        at++;
        while (*at is (byte)' ' or (byte)'\t')
        {
            at++;
        }

        byte* value = at;
        while (HttpText.IsValue(*at))
        {
            at++;
        }

        if (*at != '\r' || at[1] != '\n')
        {
            return request.Refuse(400, *at == '\r' ? "a CR without LF in a field"u8 : "a control character in a field"u8);
        }

        byte* end = at;
        at += 2;
        while (end > value && end[-1] is (byte)' ' or (byte)'\t')
        {
            end--;
        }

        HttpField field = HttpFieldElements.FieldOf(new ReadOnlySpan<byte>(name, nameLength));
        if (field == HttpField.Other)
        {
            return 0;
        }

        if (!request.Has(field))
        {
            request.Set(field, value, (int)(end - value));
        }
        else if (field < HttpField.Connection)
        {
            return request.Refuse(400, "a field that may come once came twice"u8);
        }

        return 0;
    }

    private static HttpMethod MethodOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 when name.SequenceEqual("GET"u8) => HttpMethod.Get,
        3 when name.SequenceEqual("PUT"u8) => HttpMethod.Put,
        4 when name.SequenceEqual("HEAD"u8) => HttpMethod.Head,
        4 when name.SequenceEqual("POST"u8) => HttpMethod.Post,
        5 when name.SequenceEqual("TRACE"u8) || name.SequenceEqual("PATCH"u8) => HttpMethod.Refused,
        6 when name.SequenceEqual("DELETE"u8) => HttpMethod.Delete,
        7 when name.SequenceEqual("OPTIONS"u8) => HttpMethod.Options,
        7 when name.SequenceEqual("CONNECT"u8) => HttpMethod.Connect,
        _ => HttpMethod.Unknown,
    };
}

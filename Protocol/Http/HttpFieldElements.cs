using System;

namespace Epollsrv.Protocol.Http;

/// <summary>
/// The elements of a field that is a comma-separated list, of all its lines. Slow: every line of the head is looked at.
/// Lives on the stack.
/// </summary>
internal unsafe ref struct HttpFieldElements
{
    private readonly HttpField _field;
    private ReadOnlySpan<byte> _line;
    private int _offset;

    /// <summary>Stands before the first element.</summary>
    public HttpFieldElements(HttpField field) => _field = field;

    /// <summary>The next element, trimmed; it may be empty.</summary>
    /// <returns>False at the end, and at once when the request does not have the field.</returns>
    public bool TryNext(in HttpRequest request, out ReadOnlySpan<byte> element)
    {
        while (!HttpText.TryTake(ref _line, out element))
        {
            if (!request.Has(_field) || !TryNextLine(request))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The field of a name in any case; <see cref="HttpField.Other"/> for those this server does not look at.</summary>
    public static HttpField FieldOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 when HttpText.Is(name, "host"u8) => HttpField.Host,
        5 when HttpText.Is(name, "range"u8) => HttpField.Range,
        6 when HttpText.Is(name, "accept"u8) => HttpField.Accept,
        6 when HttpText.Is(name, "origin"u8) => HttpField.Origin,
        6 when HttpText.Is(name, "expect"u8) => HttpField.Expect,
        8 when HttpText.Is(name, "if-match"u8) => HttpField.IfMatch,
        8 when HttpText.Is(name, "if-range"u8) => HttpField.IfRange,
        10 when HttpText.Is(name, "connection"u8) => HttpField.Connection,
        12 when HttpText.Is(name, "content-type"u8) => HttpField.ContentType,
        13 when HttpText.Is(name, "if-none-match"u8) => HttpField.IfNoneMatch,
        13 when HttpText.Is(name, "authorization"u8) => HttpField.Authorization,
        13 when HttpText.Is(name, "content-range"u8) => HttpField.ContentRange,
        14 when HttpText.Is(name, "content-length"u8) => HttpField.ContentLength,
        14 when HttpText.Is(name, "sec-fetch-site"u8) => HttpField.FetchSite,
        17 when HttpText.Is(name, "transfer-encoding"u8) => HttpField.TransferEncoding,
        17 when HttpText.Is(name, "if-modified-since"u8) => HttpField.IfModifiedSince,
        19 when HttpText.Is(name, "if-unmodified-since"u8) => HttpField.IfUnmodifiedSince,
        _ => HttpField.Other,
    };

    private bool TryNextLine(in HttpRequest request)
    {
        ReadOnlySpan<byte> head = new(request.Head, request.HeadLength - 2);
        _offset = Math.Max(_offset, request.FieldsOffset);
        while (_offset < head.Length)
        {
            ReadOnlySpan<byte> line = head[_offset..];
            line = line[..line.IndexOf((byte)'\r')];
            _offset += line.Length + 2;
            int colon = line.IndexOf((byte)':');
            if (FieldOf(line[..colon]) == _field)
            {
                _line = HttpText.Trim(line[(colon + 1)..]);
                return true;
            }
        }

        return false;
    }
}

using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Http;

/// <summary>
/// Writes the head of a reply straight into the turn's reply buffer: <see cref="Begin"/>, fields, then <see cref="End"/> or
/// <see cref="EndWithoutBody"/>.
/// </summary>
internal unsafe ref struct HttpReplyHead
{
    // Status line, date and the fields of one reply; the longest is a file's, whose name is at most 255 bytes (3 × 255 encoded, twice).
    private const int Room = 4096;

    private readonly ThreadContext _thread;
    private readonly byte* _start;
    private byte* _at;

    private HttpReplyHead(ThreadContext thread)
    {
        _thread = thread;
        _start = thread.Output.Reserve(Room);
        _at = _start;
    }

    /// <summary>Begins a reply: status line, date, what every reply says, and what becomes of the connection.</summary>
    public static HttpReplyHead Begin(ThreadContext thread, HttpThread context, in HttpRequest request, int status)
    {
        HttpReplyHead head = new(thread);
        head.Add(HttpStatusLine.Of(status));
        head.Add(context.Date(thread.Now));
        head.Add("X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n"u8);
        if (!request.KeepAlive)
        {
            head.Add("Connection: close\r\n"u8);
        }
        else if (request.IsVersion10)
        {
            head.Add("Connection: keep-alive\r\n"u8);
        }

        return head;
    }

    /// <summary>Adds bytes: whole field lines, or the beginning of one.</summary>
    public void Add(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(_at, Room - (int)(_at - _start)));
        _at += bytes.Length;
    }

    public void Add(long number) => _at += Numbers.Write(_at, number);

    /// <summary>Adds the line Repr-Digest (RFC 9530) of a SHA-256.</summary>
    public void AddDigest(byte* hash)
    {
        Add("Repr-Digest: sha-256=:"u8);
        ReadOnlySpan<byte> bytes = new(hash, SharedIdentity.HashBytes);
        _at += HttpText.EncodeBase64(bytes, new Span<byte>(_at, HttpText.Base64Length(SharedIdentity.HashBytes)));
        Add(":\r\n"u8);
    }

    /// <summary>Adds text with all bytes percent-encoded that are not unreserved in a URI.</summary>
    public void AddEncoded(scoped ReadOnlySpan<byte> text) => _at += PercentEncoding.Encode(text, new Span<byte>(_at, 3 * text.Length));

    /// <summary>Adds a date.</summary>
    public void AddDate(long seconds)
    {
        HttpDate.Format(seconds, new Span<byte>(_at, HttpDate.Length));
        _at += HttpDate.Length;
    }

    /// <summary>Ends the head of a reply whose body follows, or would follow were it not for HEAD.</summary>
    public void End(long contentLength)
    {
        Add("Content-Length: "u8);
        Add(contentLength);
        Add("\r\n\r\n"u8);
        _thread.Output.Advance((int)(_at - _start));
    }

    /// <summary>Hands over what is written; the caller writes the rest of the head.</summary>
    public void EndPart() => _thread.Output.Advance((int)(_at - _start));

    /// <summary>Ends the head of a reply that has no body by its status: 204 and 304.</summary>
    public void EndWithoutBody()
    {
        Add("\r\n"u8);
        _thread.Output.Advance((int)(_at - _start));
    }
}

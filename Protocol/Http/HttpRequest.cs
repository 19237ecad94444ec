using System;

namespace Epollsrv.Protocol.Http;

/// <summary>
/// The head of one request, parsed: pointers into the bytes it was parsed from, which must stay where they are while it is used.
/// Lives on the stack.
/// </summary>
internal unsafe ref struct HttpRequest
{
    private fixed ulong _values[(int)HttpField.Count];
    private fixed int _lengths[(int)HttpField.Count];

    /// <summary>First byte of the request line.</summary>
    public byte* Head;

    /// <summary>Bytes of the head, the empty line included.</summary>
    public int HeadLength;

    /// <summary>Offset of the first field line.</summary>
    public int FieldsOffset;

    public HttpMethod Method;

    /// <summary>HTTP/1.0; false: 1.1 or a later minor version.</summary>
    public bool IsVersion10;

    /// <summary>Whether the connection may stay open after the reply.</summary>
    public bool KeepAlive;

    public bool IsChunked;

    /// <summary>The client waits for 100 before it sends the body.</summary>
    public bool ExpectsContinue;

    /// <summary>Bit per <see cref="HttpField"/> that was there.</summary>
    public uint Seen;

    /// <summary>Bytes of the body, 0 without; unknown (0) when <see cref="IsChunked"/>.</summary>
    public long ContentLength;

    /// <summary>The path as sent, from "/" to before "?"; "*" for OPTIONS of the server.</summary>
    public ReadOnlySpan<byte> Path;

    /// <summary>What follows "?", as sent; empty without.</summary>
    public ReadOnlySpan<byte> Query;

    /// <summary>Host and port that the request is for, of an absolute target or of the Host field; empty in HTTP/1.0 without.</summary>
    public ReadOnlySpan<byte> Authority;

    /// <summary>Why it was refused: a sentence for the client.</summary>
    public ReadOnlySpan<byte> Problem;

    /// <summary>Whether there is a body, of whatever length.</summary>
    public readonly bool HasBody => IsChunked || ContentLength > 0;

    public readonly bool IsRead => Method is HttpMethod.Get or HttpMethod.Head;

    public readonly bool Has(HttpField field) => ((Seen >> (int)field) & 1) != 0;

    /// <summary>The value of a field, of the first line where there are several; empty when it was not there.</summary>
    public readonly ReadOnlySpan<byte> this[HttpField field] => new((byte*)_values[(int)field], _lengths[(int)field]);

    /// <summary>Keeps the reason of a refusal and returns its status.</summary>
    public int Refuse(int status, ReadOnlySpan<byte> problem)
    {
        Problem = problem;
        return status;
    }

    public void Set(HttpField field, byte* value, int length)
    {
        _values[(int)field] = (ulong)value;
        _lengths[(int)field] = length;
        Seen |= 1u << (int)field;
    }
}

using System;
using System.Runtime.CompilerServices;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Http;

/// <summary>Writes a request into memory of a fixed size.</summary>
internal ref struct HttpRequestWriter
{
    private readonly Span<byte> _target;

    /// <summary>Begins at the start of the memory.</summary>
    public HttpRequestWriter(Span<byte> target)
    {
        _target = target;
        Length = 0;
        IsFull = false;
    }

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>Whether something did not fit: what is written is of no use.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Adds bytes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(scoped ReadOnlySpan<byte> bytes)
    {
        IsFull |= !bytes.TryCopyTo(_target[Length..]);
        Length += IsFull ? 0 : bytes.Length;
    }

    /// <summary>Adds a number in decimal.</summary>
    public void Add(long number)
    {
        int written = Numbers.Write(_target[Length..], number);
        IsFull |= written == 0;
        Length += written;
    }

    /// <summary>Adds bytes in base64 with padding.</summary>
    public void AddBase64(scoped ReadOnlySpan<byte> bytes)
    {
        IsFull |= _target.Length - Length < HttpText.Base64Length(bytes.Length);
        Length += IsFull ? 0 : HttpText.EncodeBase64(bytes, _target[Length..]);
    }
}

using System;
using System.Runtime.CompilerServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Http;

/// <summary>What HTTP keeps per thread of the engine: the present date as text, room for decoded names, and counts of requests.</summary>
internal sealed unsafe class HttpThread
{
    /// <summary>Bytes of <see cref="Scratch"/>: as many as the longest request line may have.</summary>
    public const int ScratchBytes = 64 * 1024;

    private const int DateBytes = HttpDate.Length + 8;

    private readonly byte* _memory = NativeRegion.Reserve(ScratchBytes + 8192);
    private readonly Counters* _counters;
    private long _dateSecond = long.MinValue;

    public HttpThread(ProtocolContext context, HttpCommon node, ThreadContext threadContext)
    {
        Http = node;
        Access = context.Access;
        _counters = threadContext.Counters;
        Builder = new ByteBuilder(threadContext);
        Second = new ByteBuilder(threadContext);
    }

    /// <summary>What all HTTP connections share.</summary>
    public HttpCommon Http { get; }

    public ProtocolCommon Common => Http.Common;

    public StoreAccess Access { get; }

    /// <summary>The part of a thread, with the store's clock set to the start of its job.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HttpThread Of(ThreadContext threadContext)
    {
        HttpThread thread = ProtocolContext.Part<HttpThread>(threadContext, ProtocolNumber.Http);
        thread.Access.Now = threadContext.Now;
        return thread;
    }

    /// <summary>For a reply whose length is not known before it is written.</summary>
    public ByteBuilder Builder { get; }

    /// <summary>The same, for the rare reply that needs two.</summary>
    public ByteBuilder Second { get; }

    /// <summary>Room for one decoded name; pages are only touched as far as they are used.</summary>
    public byte* Scratch => _memory;

    /// <summary>Requests answered, by what was asked (<see cref="HttpRoute"/>) and by the first digit of the status.</summary>
    private long* Requests => (long*)(_memory + ScratchBytes + 128);

    /// <summary>Counts a reply. The owning thread only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Count(HttpRoute route, int status)
    {
        Requests[((int)route * 6) + (status / 100)]++;
        _counters->Requests++;
    }

    /// <summary>Replies so far of a class (first digit of the status). Any thread.</summary>
    public long Counted(HttpRoute route, int statusClass) => Requests[((int)route * 6) + statusClass];

    /// <summary>The line "Date: …" with its CRLF, formatted once a second.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    public ReadOnlySpan<byte> Date(long now)
    {
        Span<byte> line = new(_memory + ScratchBytes, DateBytes);
        long second = now / 1000;
        if (second != _dateSecond)
        {
            _dateSecond = second;
            "Date: "u8.CopyTo(line);
            HttpDate.Format(second, line[6..]);
            "\r\n"u8.CopyTo(line[(6 + HttpDate.Length)..]);
        }

        return line;
    }
}

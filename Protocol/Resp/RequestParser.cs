using System;
using System.Runtime.CompilerServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// From received bytes to arguments, which stay where they were received: nothing is copied but quoted inline arguments, and nothing
/// allocated. One per thread.
/// </summary>
internal sealed unsafe class RequestParser
{
    // Requests of more arguments than this together are not parsed ahead.
    private const int AheadArguments = 512;

    private const ushort LineEnd = '\r' | ('\n' << 8);

    private readonly ThreadContext _thread;
    private readonly RespCommon _resp;
    private readonly InlineParser _inline = new();
    private readonly HeaderReader _headers;
    private ArgumentList _arguments = new();
    private byte* _batch;
    private UnfinishedRequest _unfinished;

    /// <summary>Makes a thread's parser.</summary>
    public RequestParser(RespCommon node, ThreadContext thread)
    {
        _resp = node;
        _thread = thread;
        _headers = new HeaderReader(node, thread);
    }

    /// <summary>The arguments of the requests since <see cref="BeginAhead"/>.</summary>
    public Argument* Arguments => _arguments.Items;

    /// <summary>Whether another request may be parsed ahead.</summary>
    public bool HasRoom => _arguments.Used < AheadArguments;

    /// <summary>What is wrong with the request that failed.</summary>
    public ReadOnlySpan<byte> Complaint => _headers.Complaint;

    private RespConnection* Connection
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (RespConnection*)_thread.ProtocolState;
    }

    /// <summary>Begins with what was received for the connection that the thread owns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(byte* batch)
    {
        _batch = batch;
        _unfinished.Clear();
    }

    /// <summary>All requests that were parsed have run; their arguments are forgotten.</summary>
    public void BeginAhead() => _arguments.Used = 0;

    /// <summary>Gives back memory that only a request of very many arguments needs.</summary>
    public void Trim() => _arguments.Trim();

    /// <summary>The batch has no more complete requests: so many bytes are left of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void End(long left, StoreAccess access)
    {
        if (_unfinished.IsNoted)
        {
            _unfinished.End(Connection, _thread, access, left);
        }
        else
        {
            ForgetUnfinished();
        }
    }

    /// <summary>The connection's next batch begins with another request.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ForgetUnfinished()
    {
        RespConnection* connection = Connection;
        connection->ResumeOffset = 0;
        connection->ResumeRemaining = 0;
    }

    /// <summary>Looks at one request. Complete: it is filled in (no arguments: nothing to do).</summary>
    [SkipLocalsInit] // And no reference to a local that the loop uses: it would live in memory.
    public ParseResult Parse(byte* start, byte* end, Request* request)
    {
        request->Start = start;
        request->FirstArgument = _arguments.Used;
        request->Count = 0;
        byte* at = start;
        if (*at != '*')
        {
            return ParseInline(end, request);
        }

        int count;
        if (end - at >= 4 && (uint)(at[1] - '1') <= 8 && Unsafe.ReadUnaligned<ushort>(at + 2) == LineEnd)
        {
            count = at[1] - '0';
            at += 4;
        }
        else
        {
            byte* behind = at;
            ParseResult line = _headers.ReadCount(ref behind, end, out int number);
            if (line != ParseResult.Complete)
            {
                return line;
            }

            at = behind;
            count = number;
        }

        if (start == _batch && Connection->ResumeOffset != 0)
        {
            ParseResult rest = Resume(start, end, count);
            if (rest != ParseResult.Complete)
            {
                return rest;
            }
        }

        _arguments.Expect(count);
        Argument* argument = _arguments.Items + _arguments.Used;
        for (int i = 0; i < count; i++)
        {
            byte* header = at;
            long available = end - at;
            int length;
            if (available >= 6 && *at == '$' && (uint)(length = at[1] - '0') <= 9)
            {
                uint second = (uint)(at[2] - '0');
                if (Unsafe.ReadUnaligned<ushort>(at + 2) == LineEnd)
                {
                    at += 4;
                }
                else if (second <= 9 && length != 0 && Unsafe.ReadUnaligned<ushort>(at + 3) == LineEnd)
                {
                    length = (length * 10) + (int)second;
                    at += 5;
                }
                else
                {
                    goto Other;
                }

                goto Payload;
            }

        Other:
            byte* next = at;
            ParseResult line = _headers.ReadBulkLength(ref next, end, out int number);
            if (line != ParseResult.Complete)
            {
                return line == ParseResult.Failed ? line : Unfinished(start, at, count - i, 0, 0);
            }

            at = next;
            length = number;

        Payload:
            byte* payload = at;
            at += length + 2;
            if (end - payload < length + 2L)
            {
                at = payload;
                if (!UnfinishedRequest.HasBody(_thread, at, end, length, count - i))
                {
                    // The header is read again with its payload.
                    return Unfinished(start, header, count - i, at - start + length + 2L, length);
                }

                payload = _thread.Body.Data;
            }

            if (argument == _arguments.Items + _arguments.Capacity)
            {
                _arguments.Grow();
                argument = _arguments.Items + _arguments.Used + i;
            }

            argument->Data = payload;
            argument->Length = length;
            argument++;
        }

        request->Count = Math.Max(count, 0);
        request->End = at;
        _arguments.Used += request->Count;
        return ParseResult.Complete;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ParseResult ParseInline(byte* end, Request* request)
    {
        ParseResult parsed = _inline.Parse(end, request, ref _arguments, out ReadOnlySpan<byte> complaint);
        return parsed == ParseResult.Failed ? _headers.Fail(complaint) : parsed;
    }

    // Remembers where to go on, if this turns out to be the request the batch ends with.
    private ParseResult Unfinished(byte* start, byte* at, int remaining, long needed, int length)
    {
        _unfinished.Note(at - start, remaining, needed, length);
        return needed > _resp.Options.MaxRequest
            ? _headers.Fail("Protocol error: request is longer than max-request"u8)
            : ParseResult.Incomplete;
    }

    // Goes on looking at the arguments that have arrived since, without keeping them: most often the request is still unfinished.
    private ParseResult Resume(byte* start, byte* end, int count)
    {
        byte* at = start + Connection->ResumeOffset;
        int remaining = Math.Min(Connection->ResumeRemaining, count);
        while (remaining > 0)
        {
            byte* header = at;
            int length = 0;
            ParseResult line = at == end ? ParseResult.Incomplete : _headers.ReadBulkLength(ref at, end, out length);
            if (line != ParseResult.Complete)
            {
                return line == ParseResult.Failed ? line : Unfinished(start, header, remaining, 0, 0);
            }

            if (end - at < length + 2L)
            {
                return UnfinishedRequest.HasBody(_thread, at, end, length, remaining)
                    ? ParseResult.Complete
                    : Unfinished(start, header, remaining, at - start + length + 2L, length);
            }

            at += length + 2;
            remaining--;
        }

        return ParseResult.Complete;
    }
}

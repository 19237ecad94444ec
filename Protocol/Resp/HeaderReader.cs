using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>Reads the lines in front of a request and of each of its arguments, in any form, and keeps what is wrong with them. Part of a
/// <see cref="RequestParser"/>, which reads the usual forms itself.</summary>
internal sealed unsafe class HeaderReader
{
    // Redis's limits for who has not given the password.
    private const int UnauthenticatedArguments = 10;
    private const int UnauthenticatedBulk = 16384;

    private readonly RespCommon _resp;
    private readonly ThreadContext _thread;
    private readonly byte[] _complaint = new byte[64];
    private int _complaintLength;

    /// <summary>Makes a thread's reader.</summary>
    public HeaderReader(RespCommon node, ThreadContext thread)
    {
        _resp = node;
        _thread = thread;
    }

    /// <summary>What is wrong with the request that failed.</summary>
    public ReadOnlySpan<byte> Complaint => _complaint.AsSpan(0, _complaintLength);

    private bool NeedsPassword => (((RespConnection*)_thread.ProtocolState)->Flags & RespFlags.NeedsPassword) != 0;

    /// <summary>The number of arguments: <c>*N</c>.</summary>
    public ParseResult ReadCount(ref byte* at, byte* end, out int count)
    {
        count = 0;
        ParseResult line = ReadLine(at, end, out byte* lineEnd, "Protocol error: too big mbulk count string"u8);
        if (line != ParseResult.Complete)
        {
            return line;
        }

        if (!Numbers.TryParse(at + 1, (int)(lineEnd - at) - 1, out long number) || number > _resp.Options.MaxArguments)
        {
            return Fail("Protocol error: invalid multibulk length"u8);
        }

        if (number > UnauthenticatedArguments && NeedsPassword)
        {
            return Fail("Protocol error: unauthenticated multibulk length"u8);
        }

        count = (int)Math.Max(number, 0);
        at = lineEnd + 2;
        return ParseResult.Complete;
    }

    /// <summary>The length of an argument: <c>$N</c>.</summary>
    public ParseResult ReadBulkLength(ref byte* at, byte* end, out int length)
    {
        length = 0;
        if (at == end)
        {
            return ParseResult.Incomplete;
        }

        ParseResult line = ReadLine(at, end, out byte* lineEnd, "Protocol error: too big bulk count string"u8);
        if (line != ParseResult.Complete)
        {
            return line;
        }

        if (*at != '$')
        {
            Span<byte> text = stackalloc byte[40];
            "Protocol error: expected '$', got ' '"u8.CopyTo(text);
            text[35] = *at is (byte)'\r' or (byte)'\n' ? (byte)' ' : *at;
            return Fail(text[..37]);
        }

        if (!Numbers.TryParse(at + 1, (int)(lineEnd - at) - 1, out long number) || number < 0 || number > _resp.Common.Options.MaxValue)
        {
            return Fail("Protocol error: invalid bulk length"u8);
        }

        if (number > UnauthenticatedBulk && NeedsPassword)
        {
            return Fail("Protocol error: unauthenticated bulk length"u8);
        }

        length = (int)number;
        at = lineEnd + 2;
        return ParseResult.Complete;
    }

    // Finds the '\r' of a header's line; the byte behind it must be there too.
    private ParseResult ReadLine(byte* at, byte* end, out byte* lineEnd, ReadOnlySpan<byte> complaint)
    {
        int length = (int)Math.Min(end - at, InlineParser.LongestLine + 1);
        int found = new ReadOnlySpan<byte>(at, length).IndexOf((byte)'\r');
        lineEnd = at + found;
        if (found < 0)
        {
            return length > InlineParser.LongestLine ? Fail(complaint) : ParseResult.Incomplete;
        }

        return lineEnd + 1 < end ? ParseResult.Complete : ParseResult.Incomplete;
    }

    /// <summary>Keeps what is wrong: it is written when all requests before this one are answered.</summary>
    public ParseResult Fail(ReadOnlySpan<byte> complaint)
    {
        _complaintLength = complaint.Length;
        complaint.CopyTo(_complaint);
        return ParseResult.Failed;
    }
}

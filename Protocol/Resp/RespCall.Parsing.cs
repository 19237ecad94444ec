using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollsrv.Protocol.Resp;

/// <content>From bytes to arguments. Nothing is copied and nothing allocated, except for quoted inline arguments.</content>
internal sealed unsafe partial class RespCall
{
    private const int SmallestCapacity = 1024;
    private const int KeptCapacity = 64 * 1024;

    // As in Redis (PROTO_INLINE_MAX_SIZE): the longest line.
    private const int LongestLine = 64 * 1024;

    // From here on a second look at an unfinished request goes on where the first one stopped.
    private const int ResumeFrom = 4096;

    private const int UnauthenticatedArguments = 10;
    private const int UnauthenticatedBulk = 16384;

    private const ushort LineEnd = '\r' | ('\n' << 8);

    private Argument* _arguments;
    private int _capacity;
    private int _used;
    private long _needed;
    private int _resumeOffset;
    private int _resumeRemaining;

    private enum Parsed
    {
        Complete,
        Incomplete,
        Failed,
    }

    // One request. Complete: request is filled in (Count 0: nothing to do). Failed: the error was written.
    private Parsed Parse(byte* start, byte* end, Request* request)
    {
        request->Start = start;
        request->FirstArgument = _used;
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
            Parsed line = ReadCount(ref at, end, out count);
            if (line != Parsed.Complete)
            {
                return line;
            }
        }

        if (start == _batch && Connection->ResumeOffset != 0)
        {
            Parsed rest = Resume(start, end, count);
            if (rest != Parsed.Complete)
            {
                return rest;
            }
        }

        if (_capacity - _used < Math.Min(count, SmallestCapacity / 2))
        {
            Grow();
        }

        Argument* argument = _arguments + _used;
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
            Parsed line = ReadBulkLength(ref at, end, out length);
            if (line != Parsed.Complete)
            {
                return line == Parsed.Failed ? line : Unfinished(start, at, count - i, 0, 0);
            }

        Payload:
            byte* payload = at;
            at += length + 2;
            if (end - payload < length + 2L)
            {
                at = payload;
                if (!IsReceivedApart(at, end, length, count - i))
                {
                    // The header is read again with its payload.
                    return Unfinished(start, header, count - i, at - start + length + 2L, length);
                }

                payload = Turn.Body;
            }

            if (argument == _arguments + _capacity)
            {
                _used += i;
                Grow();
                _used -= i;
                argument = _arguments + _used + i;
            }

            argument->Data = payload;
            argument->Length = length;
            argument++;
        }

        request->Count = Math.Max(count, 0);
        request->End = at;
        _used += request->Count;
        return Parsed.Complete;
    }

    // Remembers where to go on, if this turns out to be the request the batch ends with.
    private Parsed Unfinished(byte* start, byte* at, int remaining, long needed, int length)
    {
        NoteBody(remaining, needed, length);

        if (at - start >= ResumeFrom)
        {
            _resumeOffset = (int)(at - start);
            _resumeRemaining = remaining;
        }

        _needed = needed;
        return needed > Services.MaxRequest ? Fail("Protocol error: request is longer than max-request"u8) : Parsed.Incomplete;
    }

    // Goes on looking at the arguments that have arrived since, without keeping them: most often the request is still unfinished.
    private Parsed Resume(byte* start, byte* end, int count)
    {
        byte* at = start + Connection->ResumeOffset;
        int remaining = Math.Min(Connection->ResumeRemaining, count);
        while (remaining > 0)
        {
            byte* header = at;
            int length = 0;
            Parsed line = at == end ? Parsed.Incomplete : ReadBulkLength(ref at, end, out length);
            if (line != Parsed.Complete)
            {
                return line == Parsed.Failed ? line : Unfinished(start, header, remaining, 0, 0);
            }

            if (end - at < length + 2L)
            {
                return IsReceivedApart(at, end, length, remaining) ? Parsed.Complete : Unfinished(start, header, remaining, at - start + length + 2L, length);
            }

            at += length + 2;
            remaining--;
        }

        return Parsed.Complete;
    }

    // "*N\r\n" in any form.
    private Parsed ReadCount(ref byte* at, byte* end, out int count)
    {
        count = 0;
        Parsed line = ReadLine(at, end, out byte* lineEnd, "Protocol error: too big mbulk count string"u8);
        if (line != Parsed.Complete)
        {
            return line;
        }

        if (!Numbers.TryParse(at + 1, (int)(lineEnd - at) - 1, out long number) || number > Services.MaxArguments)
        {
            return Fail("Protocol error: invalid multibulk length"u8);
        }

        if (number > UnauthenticatedArguments && (Connection->Flags & RespFlags.NeedsPassword) != 0)
        {
            return Fail("Protocol error: unauthenticated multibulk length"u8);
        }

        count = (int)Math.Max(number, 0);
        at = lineEnd + 2;
        return Parsed.Complete;
    }

    // "$N\r\n" in any form.
    private Parsed ReadBulkLength(ref byte* at, byte* end, out int length)
    {
        length = 0;
        if (at == end)
        {
            return Parsed.Incomplete;
        }

        Parsed line = ReadLine(at, end, out byte* lineEnd, "Protocol error: too big bulk count string"u8);
        if (line != Parsed.Complete)
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

        if (!Numbers.TryParse(at + 1, (int)(lineEnd - at) - 1, out long number) || number < 0 || number > Services.MaxValue)
        {
            return Fail("Protocol error: invalid bulk length"u8);
        }

        if (number > UnauthenticatedBulk && (Connection->Flags & RespFlags.NeedsPassword) != 0)
        {
            return Fail("Protocol error: unauthenticated bulk length"u8);
        }

        length = (int)number;
        at = lineEnd + 2;
        return Parsed.Complete;
    }

    // Finds the '\r' of a header's line; the byte behind it must be there too.
    private Parsed ReadLine(byte* at, byte* end, out byte* lineEnd, ReadOnlySpan<byte> complaint)
    {
        int length = (int)Math.Min(end - at, LongestLine + 1);
        int found = new ReadOnlySpan<byte>(at, length).IndexOf((byte)'\r');
        lineEnd = at + found;
        if (found < 0)
        {
            return length > LongestLine ? Fail(complaint) : Parsed.Incomplete;
        }

        return lineEnd + 1 < end ? Parsed.Complete : Parsed.Incomplete;
    }

    private Parsed Fail(ReadOnlySpan<byte> complaint)
    {
        // Written when all requests before it are answered.
        _complaintLength = complaint.Length;
        complaint.CopyTo(_complaint);
        return Parsed.Failed;
    }

    private void Grow()
    {
        _capacity *= 2;
        _arguments = (Argument*)NativeMemory.Realloc(_arguments, (nuint)_capacity * (nuint)sizeof(Argument));
    }

    private void Shrink()
    {
        _capacity = SmallestCapacity;
        _arguments = (Argument*)NativeMemory.Realloc(_arguments, (nuint)_capacity * (nuint)sizeof(Argument));
    }
}

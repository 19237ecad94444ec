using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Http;

/// <summary>The body of a request: waits until it is whole, within the limits.</summary>
internal static unsafe class HttpBodyReader
{
    /// <summary>So many further bytes of a body have to come within the time of a request.</summary>
    public const int BytesPerTimeout = 16 * 1024;

    // A body of a refused request up to here is waited for, so that the connection can go on.
    private const int LongestSkipped = 64 * 1024;

    /// <summary>
    /// Looks whether the body is there, and asks for it where the client waits to be asked. A body that is too long makes the status 413.
    /// Shifted: bytes at the start of the data that are no longer needed.
    /// </summary>
    /// <returns>Bytes of the whole request, 0 while it is incomplete, −1 when it was answered and the connection ends.</returns>
    public static int Receive(
        ThreadContext thread,
        HttpThread context,
        ref HttpRequest request,
        HttpRoute route,
        ref int status,
        byte* data,
        int length,
        HttpState* state,
        out int shifted)
    {
        shifted = 0;
        long limit = route == HttpRoute.KeyValue && request.Method == HttpMethod.Put
            ? context.Common.Options.MaxValue
            : context.Http.Options.OtherBody;
        if (status == 0 && request.ContentLength > limit)
        {
            status = request.Refuse(413, "the body is longer than this server takes"u8);
        }

        bool asked = request.ExpectsContinue && length == state->HeadLength;
        if (status != 0 && (asked || request.IsChunked || request.ContentLength > LongestSkipped))
        {
            // Whether the body comes nevertheless cannot be known, or it is too long to be read for nothing.
            request.KeepAlive = false;
            HttpReplyWriter.WriteProblem(thread, context, request, route, status, request.Problem);
            thread.CloseAfterFlush();
            return -1;
        }

        if (asked && (state->Flags & HttpStateFlags.Continued) == 0)
        {
            thread.Output.Write("HTTP/1.1 100 Continue\r\n\r\n"u8);
            state->Flags |= HttpStateFlags.Continued;
        }

        if (!request.IsChunked)
        {
            int total = state->HeadLength + (int)request.ContentLength;
            if (length >= total)
            {
                return total;
            }

            thread.NeedInput(Math.Min(total, (2L * length) + BytesPerTimeout));
            return 0;
        }

        int whole = HttpChunks.Decode(data, length, ref *state, limit, out ReadOnlySpan<byte> problem);
        if (whole < 0)
        {
            HttpReplyWriter.WriteMalformed(thread, context, -whole, problem);
            return -1;
        }

        shifted = whole == 0 ? CloseGap(data, state) : 0;
        return whole;
    }

    // Chunk after chunk leaves a gap behind the decoded bytes. When it is longer than what lies before it, that moves up and
    // the gap counts as consumed: each byte is moved at most about twice, and the buffer stays within twice the body.
    private static int CloseGap(byte* data, HttpState* state)
    {
        int kept = state->HeadLength + state->Decoded;
        int gap = state->Next - kept;
        if (gap < kept + LongestSkipped)
        {
            return 0;
        }

        Buffer.MemoryCopy(data, data + gap, kept, kept);
        state->Next -= gap;
        state->TimedAt = Math.Max(0, state->TimedAt - gap);
        return gap;
    }
}

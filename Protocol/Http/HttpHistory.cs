using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Http;

/// <summary>/history.json: the node's last ten minutes, and /history.json?after=N: what has come since an answer's "end". Workers
/// only.</summary>
internal static unsafe class HttpHistory
{
    /// <summary>Answers GET and HEAD.</summary>
    public static void Serve(ThreadContext thread, HttpThread context, in HttpRequest request)
    {
        long first = 0;
        if (!request.Query.IsEmpty && !TryReadFirst(request.Query, out first))
        {
            HttpReplyWriter.WriteText(
                thread, context, request, HttpRoute.History, 400, "the query is none, or after=N: the \"end\" of an answer\n"u8);
            return;
        }

        ByteBuilder body = context.Builder.Begin(4 * 1024);
        context.Http.WriteHistory(body, thread.Server, first);
        HttpReplyWriter.WriteBody(thread, context, request, HttpRoute.History, body, "Content-Type: application/json\r\n"u8);
    }

    private static bool TryReadFirst(ReadOnlySpan<byte> query, out long first)
    {
        first = 0;
        if (!query.StartsWith("after="u8))
        {
            return false;
        }

        ReadOnlySpan<byte> digits = query["after=".Length..];
        fixed (byte* text = digits)
        {
            return Numbers.TryParse(text, digits.Length, out first) && first >= 0;
        }
    }
}

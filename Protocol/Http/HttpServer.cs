using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Http;

/// <summary>
/// HTTP/1.1's server part: requests in, replies out (docs/HTTP.md). Runs on whatever thread owns the connection. A request is executed
/// when it is whole; until then only <see cref="HttpState"/> says how far it was understood.
/// </summary>
internal static unsafe class HttpServer
{
    /// <summary>What the engine calls.</summary>
    public static ProtocolEntry Entry => new() { Consume = &Consume, Posted = &Posted };

    /// <summary>Answers a request that took too long to arrive, and closes the connection.</summary>
    public static void WriteTimeout(ThreadContext thread)
        => HttpReplyWriter.WriteLastProblem(thread, HttpThread.Of(thread), 408, "the request did not arrive in time"u8);

    private static int Consume(ThreadContext thread, byte* data, int length)
    {
        HttpThread context = HttpThread.Of(thread);
        HttpState* state = (HttpState*)thread.ProtocolState;
        if (context.Common.Notifies && context.Common.PublishesMuch(thread) && thread.DeferLong())
        {
            return 0;
        }

        int consumed = 0;
        while (consumed < length && !thread.ShouldStop)
        {
            int used = RunRequest(thread, context, data + consumed, length - consumed, state, out bool incomplete);
            consumed += used;
            if (incomplete)
            {
                break;
            }

            if (thread.Gate.IsOn)
            {
                thread.Gate.EndRequest();
            }

            if (consumed < length)
            {
                thread.LookAtTime();
            }
        }

        if (context.Common.Notifies)
        {
            context.Common.PublishEvents(thread);
        }

        UpdateTimer(thread, context, length - consumed, state);
        return consumed;
    }

    // A request that has begun has to go on; one that waits for this server does not.
    private static void UpdateTimer(ThreadContext thread, HttpThread context, int left, HttpState* state)
    {
        if ((state->Flags & (HttpStateFlags.Delayed | HttpStateFlags.Held)) != 0)
        {
            return;
        }

        int timeout = context.Http.Options.Timeout;
        if (left == 0 || thread.ShouldStop || timeout == 0)
        {
            thread.ClearTimer();
        }
        else if (!thread.HasTimer || (state->HeadLength > 0 && left - state->TimedAt >= HttpBodyReader.BytesPerTimeout))
        {
            state->TimedAt = left;
            thread.SetTimer(timeout);
        }
    }

    private static void Posted(ThreadContext thread, PostedMessage* message)
    {
        ConnectionSlot* slot = thread.Connection;
        HttpState* state = (HttpState*)thread.ProtocolState;
        ConnectionFlags busy = ConnectionFlags.CloseAfterFlush | ConnectionFlags.Long | ConnectionFlags.AwaitsFlush;
        if (message->Kind != PostedMessage.Timer || (slot->Flags & busy) != 0 || slot->InputLength == 0
            || (state->Flags & (HttpStateFlags.Delayed | HttpStateFlags.Held)) != 0)
        {
            return;
        }

        // The engine calls Consume again only when much of a body has come: whether any came is seen here. A client that is not read from
        // cannot be late.
        bool hasMore = state->HeadLength > 0 && slot->InputLength - state->TimedAt >= HttpBodyReader.BytesPerTimeout;
        if (hasMore || thread.Server.Gate.StopsReading(slot))
        {
            state->TimedAt = slot->InputLength;
            thread.SetTimer(HttpThread.Of(thread).Http.Options.Timeout);
            return;
        }

        WriteTimeout(thread);
    }

    // One request, or a step of one. Incomplete: more has to come, or another thread or moment goes on with it.
    private static int RunRequest(ThreadContext thread, HttpThread context, byte* data, int length, HttpState* state, out bool incomplete)
    {
        incomplete = false;
        if (state->HeadLength == 0)
        {
            if (state->Searched == 0 && *data == '\r' && (length == 1 || data[1] == '\n'))
            {
                // An empty line before a request is ignored (RFC 9112 §2.2).
                incomplete = length == 1;
                return length == 1 ? 0 : 2;
            }

            HttpOptions limits = context.Http.Options;
            int found = HttpParser.FindEnd(
                data, length, limits, ref state->Searched, ref state->Line, ref state->Fields, out ReadOnlySpan<byte> problem);
            if (found < 0)
            {
                HttpReplyWriter.WriteMalformed(thread, context, -found, problem);
                return length;
            }

            state->HeadLength = found;
            if (found > 0)
            {
                state->Decoded = 0;
                state->Next = 0;
                state->ChunkLeft = 0;
            }

            incomplete = found == 0;
            if (incomplete)
            {
                return 0;
            }
        }

        int status = HttpParser.Parse(data, state->HeadLength, out HttpRequest request);
        if (status != 0)
        {
            HttpReplyWriter.WriteMalformed(thread, context, status, request.Problem);
            return length;
        }

        if (thread.Server.IsStopping)
        {
            request.KeepAlive = false;
        }

        HttpRoute route = HttpRouter.RouteOf(thread, context, request);
        status = HttpAdmission.Check(thread, context, ref request, route, state);
        if (status == HttpAdmission.Waiting)
        {
            incomplete = true;
            return 0;
        }

        int total = state->HeadLength;
        int body = 0;
        if (request.HasBody)
        {
            total = HttpBodyReader.Receive(thread, context, ref request, route, ref status, data, length, state, out int shifted);
            if (total < 0)
            {
                return length;
            }

            if (total == 0)
            {
                incomplete = true;
                return shifted;
            }

            body = request.IsChunked ? state->Decoded : (int)request.ContentLength;
        }

        if (status != 0)
        {
            HttpReplyWriter.WriteProblem(thread, context, request, route, status, request.Problem);
        }
        else if (!Execute(thread, context, request, route, data + state->HeadLength, body))
        {
            // A worker gets it again.
            incomplete = true;
            return 0;
        }

        if (!request.KeepAlive)
        {
            thread.CloseAfterFlush();
        }
        else if (context.Common.Options.Password is not null && (status is 401 or 421 || route is HttpRoute.Health or HttpRoute.Ready))
        {
            // Whoever asked did not have to know the password.
            thread.LimitUnsent(PasswordGuard.MostUnsent);
        }

        HttpStateFlags kept = state->Flags & HttpStateFlags.Trusted;
        *state = default;
        state->Flags = kept;
        return total;
    }

    // False: handed to a worker, not consumed.
    private static bool Execute(
        ThreadContext thread, HttpThread context, in HttpRequest request, HttpRoute route, byte* body, int bodyLength)
    {
        if (request.Method == HttpMethod.Options)
        {
            HttpReplyHead head = HttpReplyHead.Begin(thread, context, request, 204);
            head.Add(HttpRouter.AllowField(route));
            head.EndWithoutBody();
            context.Count(route, 204);
            return true;
        }

        switch (route)
        {
            case HttpRoute.KeyValue:
                return HttpKeys.Execute(thread, context, request, body, bodyLength);
            case HttpRoute.Page:
                HttpPageReply.Write(thread, context, request, body, bodyLength);
                return true;
            case HttpRoute.File or HttpRoute.Pieces or HttpRoute.Listing or HttpRoute.Metrics or HttpRoute.Status or HttpRoute.History
                when thread.DeferLong():
                // It walks over all connections or may block on a disk.
                return false;
            case HttpRoute.File:
                HttpFiles.Serve(thread, context, request);
                return true;
            case HttpRoute.Pieces:
                HttpPieces.Serve(thread, context, request);
                return true;
            case HttpRoute.Listing:
                HttpListing.Serve(thread, context, request);
                return true;
            case HttpRoute.Metrics:
                ByteBuilder metrics = context.Builder.Begin(16 * 1024);
                context.Http.WriteMetrics(metrics, thread.Server);
                ReadOnlySpan<byte> type = "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"u8;
                HttpReplyWriter.WriteBody(thread, context, request, route, metrics, type);
                return true;
            case HttpRoute.Status:
                ByteBuilder status = context.Builder.Begin(4 * 1024);
                context.Http.WriteStatus(status, thread.Server, thread.Now, request.Query.SequenceEqual("files"u8));
                HttpReplyWriter.WriteBody(thread, context, request, route, status, "Content-Type: application/json\r\n"u8);
                return true;
            case HttpRoute.History:
                HttpHistory.Serve(thread, context, request);
                return true;
            case HttpRoute.ListingWithoutSlash:
                HttpReplyHead redirect = HttpReplyHead.Begin(thread, context, request, 308);
                redirect.Add("Location: /files/\r\n"u8);
                redirect.End(0);
                context.Count(route, 308);
                return true;
            case HttpRoute.Health:
                HttpReplyWriter.WriteText(thread, context, request, route, 200, "ok\n"u8);
                return true;
            case HttpRoute.Ready:
                HttpAvailability.WriteReadiness(thread, context, request);
                return true;
            default:
                HttpReplyWriter.WriteText(thread, context, request, route, 404, "not here\n"u8);
                return true;
        }
    }
}

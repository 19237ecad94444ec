using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Http;

/// <summary>
/// HTTP/1.1's server part: requests in, replies out (docs/HTTP.md). Runs on whatever thread owns the connection. A request is executed
/// when it is whole; until then only <see cref="HttpState"/> says how far it was understood.
/// </summary>
internal static unsafe partial class HttpServer
{
    // A body of a refused request up to here is waited for, so that the connection can go on.
    private const int WorthReading = 64 * 1024;

    // So many further bytes of a body have to come within the time of a request.
    private const int BodyStep = 16 * 1024;

    /// <summary>What the engine calls.</summary>
    public static ProtocolEntry Entry => new() { Consume = &Consume, Posted = &Posted };

    /// <summary>What answers a first line that took too long to arrive.</summary>
    public static void RefuseLate(Turn turn)
    {
        HttpThread context = HttpThread.Of(turn);
        HttpRequest request = default;
        WriteProblem(turn, context, request, HttpRoute.None, 408, "the request did not arrive in time"u8);
        turn.CloseAfterFlush();
    }

    private static int Consume(Turn turn, byte* data, int length)
    {
        HttpThread context = HttpThread.Of(turn);
        HttpState* state = (HttpState*)turn.ProtocolState;
        if (context.Common.Notifies && context.Common.PublishesMuch(turn) && turn.DeferLong())
        {
            return 0;
        }

        int consumed = 0;
        while (consumed < length && !turn.ShouldStop)
        {
            int used = Advance(turn, context, data + consumed, length - consumed, state, out bool incomplete);
            consumed += used;
            if (incomplete)
            {
                break;
            }

            if (turn.Gate.IsOn)
            {
                turn.Gate.EndRequest();
            }

            if (consumed < length)
            {
                turn.LookAtTime();
            }
        }

        if (context.Common.Notifies)
        {
            context.Common.PublishEvents(turn);
        }

        KeepTime(turn, context, length - consumed, state);
        return consumed;
    }

    // A request that has begun has to go on; one that waits for this server does not.
    private static void KeepTime(Turn turn, HttpThread context, int left, HttpState* state)
    {
        if ((state->Flags & (HttpStateFlags.Delayed | HttpStateFlags.Held)) != 0)
        {
            return;
        }

        int timeout = context.Node.Options.Timeout;
        if (left == 0 || turn.ShouldStop || timeout == 0)
        {
            turn.ClearTimer();
        }
        else if (!turn.HasTimer || (state->HeadLength > 0 && left - state->TimedAt >= BodyStep))
        {
            state->TimedAt = left;
            turn.SetTimer(timeout);
        }
    }

    private static void Posted(Turn turn, PostedMessage* message)
    {
        ConnectionSlot* slot = turn.Connection;
        HttpState* state = (HttpState*)turn.ProtocolState;
        ConnectionFlags busy = ConnectionFlags.CloseAfterFlush | ConnectionFlags.Long | ConnectionFlags.AwaitsFlush;
        if (message->Kind != PostedMessage.Timer || (slot->Flags & busy) != 0 || (state->Flags & (HttpStateFlags.Delayed | HttpStateFlags.Held)) != 0 || slot->InputLength == 0)
        {
            return;
        }

        // The engine calls Consume again only when much of a body has come: whether any came is seen here. And who is not read cannot be late.
        if ((state->HeadLength > 0 && slot->InputLength - state->TimedAt >= BodyStep) || turn.Server.Gate.StopsReading(slot))
        {
            state->TimedAt = slot->InputLength;
            turn.SetTimer(HttpThread.Of(turn).Node.Options.Timeout);
            return;
        }

        RefuseLate(turn);
    }

    // One request, or a step of one. Incomplete: more has to come, or another thread or moment goes on with it.
    private static int Advance(Turn turn, HttpThread context, byte* data, int length, HttpState* state, out bool incomplete)
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

            int found = HttpParser.FindEnd(data, length, context.Node.Options, ref state->Searched, ref state->Line, ref state->Fields, out ReadOnlySpan<byte> problem);
            if (found < 0)
            {
                return Fail(turn, context, length, -found, problem);
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
            return Fail(turn, context, length, status, request.Problem);
        }

        if (turn.Server.IsStopping)
        {
            request.KeepAlive = false;
        }

        HttpRoute route = RouteOf(turn, context, request);
        status = Admit(turn, context, ref request, route, state);
        if (status == Waiting)
        {
            incomplete = true;
            return 0;
        }

        int total = state->HeadLength;
        int body = 0;
        if (request.HasBody)
        {
            total = ReceiveBody(turn, context, ref request, route, ref status, data, length, state, out int shifted);
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
            WriteRefusal(turn, context, request, route, status);
        }
        else if (!Execute(turn, context, ref request, route, data + state->HeadLength, body))
        {
            // A worker gets it again.
            incomplete = true;
            return 0;
        }

        if (!request.KeepAlive)
        {
            turn.CloseAfterFlush();
        }
        else if (context.Common.Options.Password is not null && (status is 401 or 421 || route is HttpRoute.Health or HttpRoute.Ready))
        {
            // Whoever asked did not have to know the password.
            turn.LimitUnsent(PasswordGuard.MostUnsent);
        }

        HttpStateFlags kept = state->Flags & HttpStateFlags.Trusted;
        *state = default;
        state->Flags = kept;
        return total;
    }

    // Bytes of the whole request, 0 while it is incomplete, −1 when it was answered and the connection ends.
    private static int ReceiveBody(
        Turn turn, HttpThread context, ref HttpRequest request, HttpRoute route, ref int status, byte* data, int length, HttpState* state, out int shifted)
    {
        shifted = 0;
        long limit = route == HttpRoute.KeyValue && request.Method == HttpMethod.Put ? context.Common.Options.MaxValue : context.Node.Options.OtherBody;
        if (status == 0 && request.ContentLength > limit)
        {
            request.Problem = "the body is longer than this server takes"u8;
            status = 413;
        }

        bool asked = request.ExpectsContinue && length == state->HeadLength;
        if (status != 0 && (asked || request.IsChunked || request.ContentLength > WorthReading))
        {
            // Whether the body comes nevertheless cannot be known, or it is too long to be read for nothing.
            request.KeepAlive = false;
            WriteRefusal(turn, context, request, route, status);
            turn.CloseAfterFlush();
            return -1;
        }

        if (asked && (state->Flags & HttpStateFlags.Continued) == 0)
        {
            turn.Output.Write("HTTP/1.1 100 Continue\r\n\r\n"u8);
            state->Flags |= HttpStateFlags.Continued;
        }

        if (!request.IsChunked)
        {
            int total = state->HeadLength + (int)request.ContentLength;
            if (length >= total)
            {
                return total;
            }

            turn.NeedInput(Math.Min(total, (2L * length) + BodyStep));
            return 0;
        }

        int whole = HttpChunks.Decode(data, length, ref *state, limit, out ReadOnlySpan<byte> problem);
        if (whole < 0)
        {
            Fail(turn, context, length, -whole, problem);
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
        if (gap < kept + WorthReading)
        {
            return 0;
        }

        Buffer.MemoryCopy(data, data + gap, kept, kept);
        state->Next -= gap;
        state->TimedAt = Math.Max(0, state->TimedAt - gap);
        return gap;
    }

    // A request whose framing cannot be trusted: no later byte can be trusted to begin a request.
    private static int Fail(Turn turn, HttpThread context, int length, int status, ReadOnlySpan<byte> problem)
    {
        HttpRequest request = default;
        turn.Counters->ProtocolErrors++;
        WriteProblem(turn, context, request, HttpRoute.None, status, problem);
        turn.CloseAfterFlush();
        return length;
    }
}

using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Http;

/// <content>Running a request, and the short replies.</content>
internal static unsafe partial class HttpServer
{
    private static readonly byte[] _version = System.Text.Encoding.ASCII.GetBytes(BuildInfo.Version);

    // False: handed to a worker, not consumed.
    private static bool Execute(Turn turn, ProtocolContext context, ref HttpRequest request, HttpRoute route, byte* body, int bodyLength)
    {
        if (request.Method == HttpMethod.Options)
        {
            HttpHead head = HttpHead.Begin(turn, context, request, 204);
            head.Add(AllowLine(route));
            head.EndWithoutBody();
            context.Http.Count(route, 204);
            return true;
        }

        switch (route)
        {
            case HttpRoute.KeyValue:
                return ExecuteKey(turn, context, ref request, body, bodyLength);
            case HttpRoute.File:
            case HttpRoute.Listing:
                if (turn.DeferLong())
                {
                    return false;
                }

                if (route == HttpRoute.File)
                {
                    ServeFile(turn, context, ref request);
                }
                else
                {
                    ServeListing(turn, context, ref request);
                }

                return true;
            case HttpRoute.ListingWithoutSlash:
                HttpHead redirect = HttpHead.Begin(turn, context, request, 308);
                redirect.Add("Location: /files/\r\n"u8);
                redirect.End(0);
                context.Http.Count(route, 308);
                return true;
            case HttpRoute.Health:
                WriteText(turn, context, request, route, 200, "ok\n"u8);
                return true;
            case HttpRoute.Ready:
                bool ready = !turn.Server.IsStopRequested;
                WriteText(turn, context, request, route, ready ? 200 : 503, ready ? "ready\n"u8 : "stopping\n"u8);
                return true;
            default:
                WriteText(turn, context, request, route, 404, "not here\n"u8);
                return true;
        }
    }

    private static void WriteRefusal(Turn turn, ProtocolContext context, in HttpRequest request, HttpRoute route, int status)
        => WriteProblem(turn, context, request, route, status, request.Problem);

    // An error: one line for a person.
    private static void WriteProblem(Turn turn, ProtocolContext context, in HttpRequest request, HttpRoute route, int status, ReadOnlySpan<byte> problem)
    {
        HttpHead head = HttpHead.Begin(turn, context, request, status);
        if (status == 405)
        {
            head.Add(AllowLine(route));
        }
        else if (status == 401)
        {
            head.Add("WWW-Authenticate: Basic realm=\"epollsrv\", charset=\"UTF-8\"\r\nWWW-Authenticate: Bearer realm=\"epollsrv\"\r\n"u8);
        }

        head.Add("Content-Type: text/plain\r\n"u8);
        head.End(problem.Length + 1);
        if (request.Method != HttpMethod.Head)
        {
            turn.Write(problem);
            turn.Write("\n"u8);
        }

        context.Http.Count(route, status);
    }

    private static void WriteText(Turn turn, ProtocolContext context, in HttpRequest request, HttpRoute route, int status, ReadOnlySpan<byte> text)
    {
        HttpHead head = HttpHead.Begin(turn, context, request, status);
        head.Add("Cache-Control: no-store\r\nContent-Type: text/plain\r\n"u8);
        head.End(text.Length);
        if (request.Method != HttpMethod.Head)
        {
            turn.Write(text);
        }

        context.Http.Count(route, status);
    }
}

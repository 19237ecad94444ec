using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Http;

/// <content>Running a request, and the short replies.</content>
internal static unsafe partial class HttpServer
{
    // False: handed to a worker, not consumed.
    private static bool Execute(Turn turn, HttpThread context, ref HttpRequest request, HttpRoute route, byte* body, int bodyLength)
    {
        if (request.Method == HttpMethod.Options)
        {
            HttpHead head = HttpHead.Begin(turn, context, request, 204);
            head.Add(AllowLine(route));
            head.EndWithoutBody();
            context.Count(route, 204);
            return true;
        }

        switch (route)
        {
            case HttpRoute.KeyValue:
                return ExecuteKey(turn, context, ref request, body, bodyLength);
            case HttpRoute.Page:
                WritePage(turn, context, request, body, bodyLength);
                return true;
            case HttpRoute.File:
            case HttpRoute.Pieces:
            case HttpRoute.Listing:
            case HttpRoute.Metrics:
            case HttpRoute.Status:
                if (turn.DeferLong())
                {
                    return false;
                }

                ExecuteLong(turn, context, ref request, route);
                return true;
            case HttpRoute.ListingWithoutSlash:
                HttpHead redirect = HttpHead.Begin(turn, context, request, 308);
                redirect.Add("Location: /files/\r\n"u8);
                redirect.End(0);
                context.Count(route, 308);
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

    // What walks over all connections or may block on a disk.
    private static void ExecuteLong(Turn turn, HttpThread context, ref HttpRequest request, HttpRoute route)
    {
        switch (route)
        {
            case HttpRoute.File:
                ServeFile(turn, context, ref request);
                break;
            case HttpRoute.Pieces:
                ServePieces(turn, context, ref request);
                break;
            case HttpRoute.Listing:
                ServeListing(turn, context, ref request);
                break;
            case HttpRoute.Metrics:
                ByteBuilder metrics = context.Builder.Begin(16 * 1024);
                context.Node.WriteMetrics(metrics, turn.Server);
                SendBody(turn, context, request, route, metrics, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"u8);
                break;
            default:
                ByteBuilder status = context.Builder.Begin(4 * 1024);
                context.Node.WriteStatus(status, turn.Server, turn.Now, request.Query.SequenceEqual("files"u8));
                SendBody(turn, context, request, route, status, "Content-Type: application/json\r\n"u8);
                break;
        }
    }

    // The page. What is posted to it comes back as it is: for trying clients, proxies and test suites out.
    private static void WritePage(Turn turn, HttpThread context, in HttpRequest request, byte* body, int bodyLength)
    {
        bool echo = request.Method == HttpMethod.Post;
        ReadOnlySpan<byte> content = echo ? new ReadOnlySpan<byte>(body, bodyLength) : HttpPage.Content;
        ReadOnlySpan<byte> tag = HttpPage.Tag;
        int status = !echo && request.Has(HttpField.IfMatch) && !HttpTag.Matches(request, HttpField.IfMatch, tag, strong: true) ? 412
            : !echo && request.Has(HttpField.IfNoneMatch) && HttpTag.Matches(request, HttpField.IfNoneMatch, tag, strong: false) ? 304
            : 200;
        HttpHead head = HttpHead.Begin(turn, context, request, status);
        context.Count(HttpRoute.Page, status);
        if (echo)
        {
            head.Add("Cache-Control: no-store\r\nContent-Type: application/octet-stream\r\n"u8);
        }
        else
        {
            head.Add("Cache-Control: no-cache\r\nETag: "u8);
            head.Add(tag);
            head.Add("\r\n"u8);
            head.Add("Content-Security-Policy: default-src 'none'; style-src 'sha256-"u8);
            head.Add(HttpPage.StyleHash);
            head.Add("'; script-src 'sha256-"u8);
            head.Add(HttpPage.ScriptHash);
            head.Add("'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\nContent-Type: text/html; charset=utf-8\r\n"u8);
        }

        if (status == 304)
        {
            head.EndWithoutBody();
            return;
        }

        head.End(status == 412 ? 0 : content.Length);
        if (status == 200 && request.Method != HttpMethod.Head)
        {
            turn.Output.Write(content);
        }
    }

    private static void WriteRefusal(Turn turn, HttpThread context, in HttpRequest request, HttpRoute route, int status)
        => WriteProblem(turn, context, request, route, status, request.Problem);

    // An error: one line for a person.
    private static void WriteProblem(Turn turn, HttpThread context, in HttpRequest request, HttpRoute route, int status, ReadOnlySpan<byte> problem)
    {
        HttpHead head = HttpHead.Begin(turn, context, request, status);
        if (status == 405)
        {
            head.Add(AllowLine(route));
        }
        else if (status == 503)
        {
            head.Add("Retry-After: 1\r\n"u8);
        }
        else if (status == 401)
        {
            head.Add("WWW-Authenticate: Basic realm=\"epollsrv\", charset=\"UTF-8\"\r\nWWW-Authenticate: Bearer realm=\"epollsrv\"\r\n"u8);
        }

        head.Add("Content-Type: text/plain\r\n"u8);
        head.End(problem.Length + 1);
        if (request.Method != HttpMethod.Head)
        {
            turn.Output.Write(problem);
            turn.Output.Write("\n"u8);
        }

        context.Count(route, status);
    }

    private static void WriteText(Turn turn, HttpThread context, in HttpRequest request, HttpRoute route, int status, ReadOnlySpan<byte> text)
    {
        HttpHead head = HttpHead.Begin(turn, context, request, status);
        head.Add("Cache-Control: no-store\r\nContent-Type: text/plain\r\n"u8);
        head.End(text.Length);
        if (request.Method != HttpMethod.Head)
        {
            turn.Output.Write(text);
        }

        context.Count(route, status);
    }
}

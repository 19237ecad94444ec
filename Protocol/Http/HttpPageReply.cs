using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Http;

/// <summary>
/// The page at "/". What is posted to it comes back as it is, so that clients, proxies and test suites can be tried out.
/// </summary>
internal static unsafe class HttpPageReply
{
    /// <summary>Answers GET, HEAD and POST of "/".</summary>
    public static void Write(ThreadContext thread, HttpThread context, in HttpRequest request, byte* body, int bodyLength)
    {
        bool echo = request.Method == HttpMethod.Post;
        ReadOnlySpan<byte> content = echo ? new ReadOnlySpan<byte>(body, bodyLength) : HttpPage.Content;
        ReadOnlySpan<byte> tag = HttpPage.Tag;
        int status = echo ? 200 : HttpConditions.StatusOf(request, tag);
        HttpReplyHead head = HttpReplyHead.Begin(thread, context, request, status);
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
            head.Add("'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"u8);
            head.Add("Referrer-Policy: no-referrer\r\nContent-Type: text/html; charset=utf-8\r\n"u8);
        }

        if (status == 304)
        {
            head.EndWithoutBody();
            return;
        }

        head.End(status == 412 ? 0 : content.Length);
        if (status == 200 && request.Method != HttpMethod.Head)
        {
            thread.Output.Write(content);
        }
    }
}

using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Http;

/// <summary>Replies that are written whole: errors, short texts, and bodies that were built first. All of them are counted.</summary>
internal static unsafe class HttpReplyWriter
{
    /// <summary>An error: one line for a person.</summary>
    public static void WriteProblem(
        ThreadContext thread, HttpThread context, in HttpRequest request, HttpRoute route, int status, ReadOnlySpan<byte> problem)
    {
        HttpReplyHead head = HttpReplyHead.Begin(thread, context, request, status);
        if (status == 405)
        {
            head.Add(HttpRouter.AllowField(route));
        }
        else if (status == 503)
        {
            head.Add("Retry-After: 1\r\n"u8);
        }
        else if (status == 401)
        {
            head.Add("WWW-Authenticate: Basic realm=\"epollsrv\", charset=\"UTF-8\"\r\n"u8);
            head.Add("WWW-Authenticate: Bearer realm=\"epollsrv\"\r\n"u8);
        }

        head.Add("Content-Type: text/plain\r\n"u8);
        head.End(problem.Length + 1);
        if (request.Method != HttpMethod.Head)
        {
            thread.Output.Write(problem);
            thread.Output.Write("\n"u8);
        }

        context.Count(route, status);
    }

    /// <summary>An error without a request that could be understood, after which the connection closes.</summary>
    public static void WriteLastProblem(ThreadContext thread, HttpThread context, int status, ReadOnlySpan<byte> problem)
    {
        HttpRequest request = default;
        WriteProblem(thread, context, request, HttpRoute.None, status, problem);
        thread.CloseAfterFlush();
    }

    /// <summary>The same for a request whose framing cannot be trusted: no later byte can be trusted to begin a request.</summary>
    public static void WriteMalformed(ThreadContext thread, HttpThread context, int status, ReadOnlySpan<byte> problem)
    {
        thread.Counters->ProtocolErrors++;
        WriteLastProblem(thread, context, status, problem);
    }

    /// <summary>The error for a file that cannot be opened or described: −errno, of which −EAGAIN means that it is not there yet.</summary>
    public static void WriteFileProblem(
        ThreadContext thread, HttpThread context, in HttpRequest request, HttpRoute route, int error, ReadOnlySpan<byte> notYet)
    {
        bool isBusy = error is -Errno.TooManyFiles or -Errno.TooManyFilesSystem or -Errno.NoMemory or -Errno.InputOutput;
        ReadOnlySpan<byte> problem = error == -Errno.Again ? notYet : isBusy ? "the file cannot be opened just now"u8 : "no such file"u8;
        WriteProblem(thread, context, request, route, isBusy || error == -Errno.Again ? 503 : 404, problem);
    }

    /// <summary>A short text that must not be cached.</summary>
    public static void WriteText(
        ThreadContext thread, HttpThread context, in HttpRequest request, HttpRoute route, int status, ReadOnlySpan<byte> text)
    {
        HttpReplyHead head = HttpReplyHead.Begin(thread, context, request, status);
        head.Add("Cache-Control: no-store\r\nContent-Type: text/plain\r\n"u8);
        head.End(text.Length);
        if (request.Method != HttpMethod.Head)
        {
            thread.Output.Write(text);
        }

        context.Count(route, status);
    }

    /// <summary>A body that was built first and must not be cached, with further fields.</summary>
    public static void WriteBody(
        ThreadContext thread, HttpThread context, in HttpRequest request, HttpRoute route, ByteBuilder body, ReadOnlySpan<byte> fields)
    {
        HttpReplyHead head = HttpReplyHead.Begin(thread, context, request, 200);
        head.Add("Cache-Control: no-store\r\n"u8);
        head.Add(fields);
        head.End(body.Length);
        context.Count(route, 200);
        if (request.Method == HttpMethod.Head)
        {
            body.Drop();
        }
        else
        {
            body.Send();
        }
    }
}

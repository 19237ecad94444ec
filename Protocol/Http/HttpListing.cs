using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Http;

/// <summary>/files/: the shared files, as HTML for a browser and as JSON for a program. Workers only.</summary>
internal static unsafe class HttpListing
{
    private static ReadOnlySpan<byte> HtmlFields
        => "Vary: Accept\r\nContent-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "u8
            + "frame-ancestors 'none'\r\nContent-Type: text/html; charset=utf-8\r\n"u8;

    private static ReadOnlySpan<byte> HtmlStart
        => "<!doctype html><html lang=en><meta charset=utf-8>"u8
            + "<meta name=viewport content=\"width=device-width,initial-scale=1\">"u8
            + "<meta name=color-scheme content=\"light dark\"><title>Shared files</title>"u8
            + "<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}"u8
            + "table{border-collapse:collapse;width:100%}td,th{padding:.3rem .8rem .3rem 0;text-align:left;overflow-wrap:anywhere}"u8
            + "td+td,th+th{text-align:right;white-space:nowrap}tr{border-bottom:1px solid #8884}"u8
            + "@media(max-width:40rem){tr:first-child{display:none}tr{display:block;padding:.4rem 0}"u8
            + "td:first-child{display:block;padding:0}td+td{padding:0;white-space:normal;font-size:.85rem}"u8
            + "td:nth-child(2):after{content:\" bytes,\"}td+td+td{padding-left:.4rem}}</style>"u8
            + "<h1>Shared files</h1><table><tr><th>Name<th>Bytes<th>Changed\n"u8;

    /// <summary>Answers GET and HEAD.</summary>
    public static void Serve(ThreadContext thread, HttpThread context, in HttpRequest request)
    {
        bool html = request.Query.SequenceEqual("format=html"u8)
            || (!request.Query.SequenceEqual("format=json"u8) && HttpAccept.PrefersHtml(request));
        ByteBuilder body = context.Builder.Begin(16 * 1024);
        int result;
        if (html)
        {
            result = AddHtml(context.Common.Files, body);
        }
        else
        {
            body.Add("{\"files\":"u8);
            result = AddJson(context.Common.Files, body);
            body.Add("}\n"u8);
        }

        if (result < 0)
        {
            body.Drop();
            HttpReplyWriter.WriteProblem(thread, context, request, HttpRoute.Listing, 503, "the shared folder cannot be read"u8);
            return;
        }

        ReadOnlySpan<byte> fields = html ? HtmlFields : "Vary: Accept\r\nContent-Type: application/json\r\n"u8;
        HttpReplyWriter.WriteBody(thread, context, request, HttpRoute.Listing, body, fields);
    }

    /// <summary>Adds the shared files as a JSON array. 0, or −errno.</summary>
    public static int AddJson(SharedFiles files, ByteBuilder body)
    {
        body.Add((byte)'[');
        body.State = files;
        int result = files.List == null ? 0 : files.List(files.Owner!, body, &VisitJson);
        body.Add((byte)']');
        return result;
    }

    private static int AddHtml(SharedFiles files, ByteBuilder body)
    {
        body.Add(HtmlStart);
        int result = files.List == null ? 0 : files.List(files.Owner!, body, &VisitHtml);
        body.Add("</table>\n"u8);
        return result;
    }

    private static void VisitHtml(object state, byte* name, int length, FileStatus* status)
    {
        ByteBuilder body = (ByteBuilder)state;
        ReadOnlySpan<byte> text = new(name, length);
        body.Add("<tr><td><a href=\"/files/"u8);
        body.AddEncoded(text);
        body.Add("\">"u8);
        body.AddHtml(text);
        body.Add("</a><td>"u8);
        body.Add(status->Size);
        body.Add("<td>"u8);
        AddDate(body, status);
        body.Add((byte)'\n');
    }

    private static void VisitJson(object state, byte* name, int length, FileStatus* status)
    {
        ByteBuilder body = (ByteBuilder)state;
        ReadOnlySpan<byte> text = new(name, length);
        if (body.Written[^1] == '}')
        {
            body.Add((byte)',');
        }

        body.Add("{\"name\":"u8);
        body.AddJson(text);
        body.Add(",\"path\":\"/files/"u8);
        body.AddEncoded(text);
        body.Add("\",\"size\":"u8);
        body.Add(status->Size);
        body.Add(",\"modified\":\""u8);
        AddDate(body, status);
        SharedIdentity identity;
        SharedFiles files = (SharedFiles)body.State!;
        if (files.Identify != null && files.Identify(files.Owner!, name, length, status, &identity))
        {
            body.Add("\",\"pieces\":\""u8);
            body.AddHex(new ReadOnlySpan<byte>(identity.Pieces, SharedIdentity.HashBytes));
            if (identity.HasWhole)
            {
                body.Add("\",\"sha256\":\""u8);
                body.AddHex(new ReadOnlySpan<byte>(identity.Whole, SharedIdentity.HashBytes));
            }
        }

        body.Add((byte)'"');
        AddHolders(body, text);
        body.Add((byte)'}');
    }

    // How many have the file, where this node is its owner or replica and so knows.
    private static void AddHolders(ByteBuilder body, ReadOnlySpan<byte> name)
    {
        SharedFiles files = (SharedFiles)body.State!;
        int holders = 0;
        fixed (byte* start = name)
        {
            holders = files.CountHolders == null ? 0 : files.CountHolders(files.Registrations!, start, name.Length);
        }

        if (holders > 0)
        {
            body.Add(",\"holders\":"u8);
            body.Add(holders);
        }
    }

    private static void AddDate(ByteBuilder body, FileStatus* status)
    {
        Span<byte> date = stackalloc byte[HttpDate.Length];
        HttpDate.Format(Math.Max(0, status->ModifiedNanoseconds) / 1_000_000_000, date);
        body.Add(date);
    }
}

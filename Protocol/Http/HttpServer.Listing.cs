using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Http;

/// <content>/files/: the shared files, as HTML for a browser and as JSON for a program. Workers only.</content>
internal static unsafe partial class HttpServer
{
    private static void ServeListing(Turn turn, HttpThread context, ref HttpRequest request)
    {
        bool html = request.Query.SequenceEqual("format=html"u8) || (!request.Query.SequenceEqual("format=json"u8) && PrefersHtml(request));
        ByteBuilder body = context.Builder.Begin(16 * 1024);
        int result;
        if (html)
        {
            result = ListHtml(context.Common.Files, body);
        }
        else
        {
            body.Add("{\"files\":"u8);
            result = ListJson(context.Common.Files, body);
            body.Add("}\n"u8);
        }

        if (result < 0)
        {
            body.Drop();
            request.Problem = "the shared folder cannot be read"u8;
            WriteRefusal(turn, context, request, HttpRoute.Listing, 503);
            return;
        }

        SendBody(turn, context, request, HttpRoute.Listing, body, html
            ? "Vary: Accept\r\nContent-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\nContent-Type: text/html; charset=utf-8\r\n"u8
            : "Vary: Accept\r\nContent-Type: application/json\r\n"u8);
    }

    /// <summary>Adds the shared files as a JSON array. 0, or −errno.</summary>
    internal static int ListJson(SharedFiles files, ByteBuilder body)
    {
        body.Add((byte)'[');
        body.State = files;
        int result = files.List == null ? 0 : files.List(files.Owner!, body, &VisitJson);
        body.Add((byte)']');
        return result;
    }

    // A reply of a body that was built first.
    private static void SendBody(Turn turn, HttpThread context, in HttpRequest request, HttpRoute route, ByteBuilder body, ReadOnlySpan<byte> fields)
    {
        HttpHead head = HttpHead.Begin(turn, context, request, 200);
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

    // Accept (RFC 9110 §12.5.1): JSON only when it is named and HTML is not named with as much weight. Programs that say */* or nothing get HTML, whose links
    // those that mirror follow.
    private static bool PrefersHtml(in HttpRequest request)
    {
        int html = -1;
        int json = -1;
        int offset = 0;
        while (request.Has(HttpField.Accept) && HttpParser.TryNext(request, HttpField.Accept, ref offset, out ReadOnlySpan<byte> list))
        {
            while (HttpText.TryTake(ref list, out ReadOnlySpan<byte> one))
            {
                int semicolon = one.IndexOf((byte)';');
                ReadOnlySpan<byte> type = semicolon < 0 ? one : HttpText.Trim(one[..semicolon]);
                int weight = semicolon < 0 ? 1000 : Weight(one[semicolon..]);
                html = HttpText.Is(type, "text/html"u8) || HttpText.Is(type, "text/*"u8) ? Math.Max(html, weight) : html;
                json = HttpText.Is(type, "application/json"u8) ? Math.Max(json, weight) : json;
            }
        }

        return html != 0 && html >= json;
    }

    // "q=0.8" among parameters, in thousandths; 1000 without.
    private static int Weight(ReadOnlySpan<byte> parameters)
    {
        int at = parameters.IndexOf("q="u8);
        if (at < 0)
        {
            return 1000;
        }

        int weight = 0;
        int scale = 1000;
        foreach (byte one in parameters[(at + 2)..])
        {
            if ((uint)(one - '0') < 10 && scale > 0)
            {
                weight += (one - '0') * scale;
                scale /= 10;
            }
            else if (one != '.')
            {
                break;
            }
        }

        return weight;
    }

    private static int ListHtml(SharedFiles files, ByteBuilder body)
    {
        body.Add("<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width,initial-scale=1\"><meta name=color-scheme content=\"light dark\"><title>Shared files</title><style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}table{border-collapse:collapse;width:100%}td,th{padding:.3rem .8rem .3rem 0;text-align:left;overflow-wrap:anywhere}td+td,th+th{text-align:right;white-space:nowrap}tr{border-bottom:1px solid #8884}@media(max-width:40rem){tr:first-child{display:none}tr{display:block;padding:.4rem 0}td:first-child{display:block;padding:0}td+td{padding:0;white-space:normal;font-size:.85rem}td:nth-child(2):after{content:\" bytes,\"}td+td+td{padding-left:.4rem}}</style><h1>Shared files</h1><table><tr><th>Name<th>Bytes<th>Changed\n"u8);
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

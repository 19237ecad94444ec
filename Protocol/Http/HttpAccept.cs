using System;

namespace Epollsrv.Protocol.Http;

/// <summary>The Accept field (RFC 9110 §12.5.1).</summary>
internal static class HttpAccept
{
    /// <summary>
    /// Whether HTML is sent rather than JSON: unless JSON is named and HTML is not named with as much weight. Programs that say */* or
    /// nothing get HTML, because mirroring programs follow its links.
    /// </summary>
    public static bool PrefersHtml(in HttpRequest request)
    {
        int html = -1;
        int json = -1;
        HttpFieldElements accepted = new(HttpField.Accept);
        while (accepted.TryNext(request, out ReadOnlySpan<byte> one))
        {
            int semicolon = one.IndexOf((byte)';');
            ReadOnlySpan<byte> type = semicolon < 0 ? one : HttpText.Trim(one[..semicolon]);
            int weight = semicolon < 0 ? 1000 : Weight(one[semicolon..]);
            html = HttpText.Is(type, "text/html"u8) || HttpText.Is(type, "text/*"u8) ? Math.Max(html, weight) : html;
            json = HttpText.Is(type, "application/json"u8) ? Math.Max(json, weight) : json;
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
}

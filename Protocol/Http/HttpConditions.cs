using System;
using System.Runtime.CompilerServices;

namespace Epollsrv.Protocol.Http;

/// <summary>If-Match, If-None-Match and the like (RFC 9110 §13) against what is there. Pure functions.</summary>
internal static class HttpConditions
{
    /// <summary>The status of a request for something with a strong tag: 200; 304, which is 412 for a write; 412.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StatusOf(in HttpRequest request, ReadOnlySpan<byte> tag)
        => request.Has(HttpField.IfMatch) && !HttpTag.Matches(request, HttpField.IfMatch, tag, strong: true) ? 412
            : request.Has(HttpField.IfNoneMatch) && HttpTag.Matches(request, HttpField.IfNoneMatch, tag, strong: false) ? 304
            : 200;

    /// <summary>The status of GET or HEAD of a file: 200, 304 or 412. Conditions in their order of precedence (RFC 9110 §13.2.2).</summary>
    public static int StatusOfFile(in HttpRequest request, ref HttpFile file, long now)
    {
        if (request.Has(HttpField.IfMatch))
        {
            if (!HttpTag.Matches(request, HttpField.IfMatch, file.Tag, strong: true))
            {
                return 412;
            }
        }
        else if (HttpDate.TryParse(request[HttpField.IfUnmodifiedSince], now, out long unmodified) && file.Modified > unmodified)
        {
            return 412;
        }

        if (request.Has(HttpField.IfNoneMatch))
        {
            return HttpTag.Matches(request, HttpField.IfNoneMatch, file.Tag, strong: false) ? 304 : 200;
        }

        // A date in the future says nothing (§13.1.3).
        bool isDated = HttpDate.TryParse(request[HttpField.IfModifiedSince], now, out long since) && since <= now;
        return isDated && file.Modified <= since ? 304 : 200;
    }

    /// <summary>Whether Range counts: If-Range is missing, or has the strong tag or a date as good as one (§8.8.2.2, §13.1.5).</summary>
    public static bool RangeApplies(in HttpRequest request, ref HttpFile file, long now)
    {
        ReadOnlySpan<byte> value = request[HttpField.IfRange];
        if (!request.Has(HttpField.IfRange))
        {
            return true;
        }

        if (value.StartsWith("\""u8) || value.StartsWith("W/"u8))
        {
            return HttpTag.Same(value, file.Tag, strong: true);
        }

        return HttpDate.TryParse(value, now, out long date) && date == file.Modified && file.IsDateStrong(now);
    }
}

using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Http;

/// <summary>The query of a PUT: <c>?ttl=30s</c>, <c>?nx</c>, <c>?xx</c>, joined with <c>&amp;</c>.</summary>
internal struct HttpWriteOptions
{
    // About 31,000 years: later expiry times mean the same and would overflow when added to.
    private const long LongestTime = 1_000_000_000_000_000;

    /// <summary>When the key expires, Unix milliseconds, or <see cref="StoreAccess.NoExpiry"/>.</summary>
    public long Expiry;

    /// <summary>Write only where no such key is (nx).</summary>
    public bool OnlyIfAbsent;

    /// <summary>Write only where such a key is (xx).</summary>
    public bool OnlyIfPresent;

    /// <summary>Reads a query.</summary>
    /// <param name="query">Without its question mark; empty for none.</param>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="options">What it says.</param>
    /// <returns>False when something in it is not understood.</returns>
    public static bool TryRead(ReadOnlySpan<byte> query, long now, out HttpWriteOptions options)
    {
        options = default;
        while (!query.IsEmpty)
        {
            int end = query.IndexOf((byte)'&');
            ReadOnlySpan<byte> one = end < 0 ? query : query[..end];
            query = end < 0 ? default : query[(end + 1)..];
            if (one.SequenceEqual("nx"u8))
            {
                options.OnlyIfAbsent = true;
            }
            else if (one.SequenceEqual("xx"u8))
            {
                options.OnlyIfPresent = true;
            }
            else if (one.StartsWith("ttl="u8) && options.Expiry == StoreAccess.NoExpiry && TryReadTime(one[4..], out long milliseconds))
            {
                options.Expiry = now + milliseconds;
            }
            else
            {
                return false;
            }
        }

        return !(options.OnlyIfAbsent && options.OnlyIfPresent);
    }

    /// <summary>Reads a time: a whole number above 0, and ms, s, m or h.</summary>
    public static bool TryReadTime(ReadOnlySpan<byte> text, out long milliseconds)
    {
        int digits = 0;
        while (digits < text.Length && (uint)(text[digits] - '0') <= 9)
        {
            digits++;
        }

        ReadOnlySpan<byte> unit = text[digits..];
        long factor = unit.SequenceEqual("ms"u8) ? 1
            : unit.SequenceEqual("s"u8) ? 1000
            : unit.SequenceEqual("m"u8) ? 60_000
            : unit.SequenceEqual("h"u8) ? 3_600_000 : 0;
        long number = HttpText.Number(text[..digits], LongestTime);
        milliseconds = number > 0 && factor > 0 && number <= LongestTime / factor ? number * factor : 0;
        return milliseconds > 0;
    }
}

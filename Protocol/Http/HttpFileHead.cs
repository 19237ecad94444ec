using System;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Http;

/// <summary>The fields of a reply's head that describe a file.</summary>
internal static unsafe class HttpFileHead
{
    /// <summary>Adds what every reply about a file says: caching, validators, digest.</summary>
    public static void AddValidators(ref HttpReplyHead head, ref HttpFile file)
    {
        head.Add("Accept-Ranges: bytes\r\nCache-Control: no-cache\r\nContent-Security-Policy: default-src 'none'; sandbox\r\n"u8);
        head.Add("ETag: "u8);
        head.Add(file.Tag);
        head.Add("\r\nLast-Modified: "u8);
        head.AddDate(file.Modified);
        head.Add("\r\n"u8);
        if (file.IsIdentified && file.Identity.HasWhole)
        {
            head.AddDigest((byte*)Unsafe.AsPointer(ref file.Identity.Whole[0]));
        }
    }

    /// <summary>Adds Content-Range of one range.</summary>
    public static void AddContentRange(ref HttpReplyHead head, HttpRange range, long size)
    {
        head.Add("Content-Range: bytes "u8);
        head.Add(range.First);
        head.Add("-"u8);
        head.Add(range.Last);
        head.Add("/"u8);
        head.Add(size);
        head.Add("\r\n"u8);
    }

    /// <summary>
    /// Adds Content-Disposition (RFC 6266): a quoted name where that is unambiguous, else the name with underscores and the true one as
    /// RFC 8187 has it. The line before it still needs its CRLF.
    /// </summary>
    public static void AddDisposition(ref HttpReplyHead head, scoped ReadOnlySpan<byte> name, bool inline)
    {
        head.Add("\r\nContent-Disposition: "u8);
        head.Add(inline ? "inline; filename=\""u8 : "attachment; filename=\""u8);
        bool plain = true;
        Span<byte> likeness = stackalloc byte[HttpFile.LongestName];
        for (int i = 0; i < name.Length; i++)
        {
            bool safe = PercentEncoding.IsUnreserved(name[i]) || " ()+,=@"u8.Contains(name[i]);
            plain &= safe;
            likeness[i] = safe ? name[i] : (byte)'_';
        }

        head.Add(likeness[..name.Length]);
        head.Add("\""u8);
        if (!plain && Utf8.IsValid(name))
        {
            head.Add("; filename*=UTF-8''"u8);
            head.AddEncoded(name);
        }

        head.Add("\r\n"u8);
    }
}

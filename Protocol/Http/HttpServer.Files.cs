using System;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Http;

/// <content>/files/NAME: shared files and ranges of them, by sendfile. Workers only: opening and reading files may block.</content>
internal static unsafe partial class HttpServer
{
    private const int NameOffset = 7;
    private const int LongestName = 255;

    // A file or range up to here is read into the reply and leaves with its head in one send.
    private const int SmallFile = 32 * 1024;

    private static void ServeFile(Turn turn, HttpThread context, ref HttpRequest request)
    {
        HttpFile file = default;
        ReadOnlySpan<byte> encoded = request.Path[NameOffset..];
        int length = encoded.Length > 3 * LongestName ? -1 : HttpText.Decode(encoded, new Span<byte>(context.Scratch, 3 * LongestName));
        int result = -Errno.NoEntry;
        if (length is > 0 and <= LongestName)
        {
            file.NameStart = context.Scratch;
            file.NameLength = length;
            result = Open(context.Common.Files, request, ref file);
        }

        if (result < 0)
        {
            request.Problem = result == -Errno.Again ? "these bytes are not here yet"u8 : ProblemOf(result);
            WriteRefusal(turn, context, request, HttpRoute.File, request.Problem[0] == 'n' ? 404 : 503);
            return;
        }

        file.Descriptor = result;
        file.MakeTag();
        SendFile(turn, context, request, ref file);
        if (file.Descriptor >= 0)
        {
            Descriptor.Close(file.Descriptor);
        }
    }

    // The file, or what is there of it.
    private static int Open(SharedFiles files, in HttpRequest request, ref HttpFile file)
    {
        int result = -Errno.NoEntry;
        fixed (FileStatus* status = &file.Status)
        fixed (SharedIdentity* identity = &file.Identity)
        {
            if (files.Open != null)
            {
                result = files.Open(files.Owner!, file.NameStart, file.NameLength, status);
                file.IsIdentified = result >= 0 && files.Identify != null && files.Identify(files.Owner!, file.NameStart, file.NameLength, status, identity);
            }

            Span<HttpRange> ranges = stackalloc HttpRange[HttpRange.Most];
            if (result == -Errno.NoEntry && files.OpenUnfinished != null && request.Method == HttpMethod.Get
                && HttpRange.Read(request[HttpField.Range], long.MaxValue - 1, ranges) == 1)
            {
                result = files.OpenUnfinished(files.Unfinished ?? files.Owner!, file.NameStart, file.NameLength, ranges[0].First, ranges[0].Last, status, identity);
                file.IsIdentified = result >= 0;
            }
        }

        return result;
    }

    private static void SendFile(Turn turn, HttpThread context, in HttpRequest request, ref HttpFile file)
    {
        int status = Judge(request, ref file, turn.Now / 1000);
        Span<HttpRange> ranges = stackalloc HttpRange[HttpRange.Most];
        int count = 0;
        if (status == 200 && request.Method == HttpMethod.Get && request.Has(HttpField.Range) && RangeApplies(request, ref file, turn.Now / 1000))
        {
            count = HttpRange.Read(request[HttpField.Range], file.Status.Size, ranges);
            status = count > 0 ? 206 : count < 0 ? 416 : 200;
        }

        context.Count(HttpRoute.File, status);
        if (count > 1)
        {
            SendParts(turn, context, request, ref file, ranges[..count]);
            return;
        }

        HttpHead head = HttpHead.Begin(turn, context, request, status);
        Describe(ref head, ref file);
        if (status == 304)
        {
            head.EndWithoutBody();
            return;
        }

        if (status is 412 or 416)
        {
            if (status == 416)
            {
                head.Add("Content-Range: bytes */"u8);
                head.Add(file.Status.Size);
                head.Add("\r\n"u8);
            }

            head.End(0);
            return;
        }

        HttpRange part = new() { First = 0, Last = file.Status.Size - 1 };
        if (status == 206)
        {
            part = ranges[0];
            AddContentRange(ref head, part, file.Status.Size);
        }

        head.Add("Content-Type: "u8);
        head.Add(HttpMediaType.Of(file.Name, out bool inline));
        AddDisposition(ref head, file.Name, inline);
        head.End(part.Length);
        if (request.Method != HttpMethod.Head)
        {
            SendRange(turn, ref file, part, isLast: true, copies: part.Length <= SmallFile);
        }
    }

    // RFC 9110 §13.2.2: conditions in their order of precedence.
    private static int Judge(in HttpRequest request, ref HttpFile file, long now)
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
        return HttpDate.TryParse(request[HttpField.IfModifiedSince], now, out long since) && since <= now && file.Modified <= since ? 304 : 200;
    }

    // If-Range: only a strong tag, or a date that is as good as one (§8.8.2.2, §13.1.5).
    private static bool RangeApplies(in HttpRequest request, ref HttpFile file, long now)
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

    private static void Describe(ref HttpHead head, ref HttpFile file)
    {
        head.Add("Accept-Ranges: bytes\r\nCache-Control: no-cache\r\nContent-Security-Policy: default-src 'none'; sandbox\r\nETag: "u8);
        head.Add(file.Tag);
        head.Add("\r\nLast-Modified: "u8);
        head.AddDate(file.Modified);
        if (file.IsIdentified && file.Identity.HasWhole)
        {
            head.Add("\r\nRepr-Digest: sha-256=:"u8);
            head.AddBase64(new ReadOnlySpan<byte>(Unsafe.AsPointer(ref file.Identity.Whole[0]), SharedIdentity.HashBytes));
            head.Add(":"u8);
        }

        head.Add("\r\n"u8);
    }

    private static void AddContentRange(ref HttpHead head, HttpRange range, long size)
    {
        head.Add("Content-Range: bytes "u8);
        head.Add(range.First);
        head.Add("-"u8);
        head.Add(range.Last);
        head.Add("/"u8);
        head.Add(size);
        head.Add("\r\n"u8);
    }

    // RFC 6266: a quoted name where that is unambiguous; otherwise a harmless likeness and the true name as RFC 8187 has it.
    private static void AddDisposition(ref HttpHead head, scoped ReadOnlySpan<byte> name, bool inline)
    {
        head.Add("\r\nContent-Disposition: "u8);
        head.Add(inline ? "inline; filename=\""u8 : "attachment; filename=\""u8);
        bool plain = true;
        Span<byte> likeness = stackalloc byte[LongestName];
        for (int i = 0; i < name.Length; i++)
        {
            bool safe = PercentEncoding.IsUnreserved(name[i]) || name[i] is (byte)' ' or (byte)'(' or (byte)')' or (byte)'+' or (byte)',' or (byte)'=' or (byte)'@';
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

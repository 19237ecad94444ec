using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Http;

/// <summary>/files/NAME: shared files and ranges of them. Workers only: opening and reading files may block.</summary>
internal static unsafe class HttpFiles
{
    /// <summary>Answers GET and HEAD.</summary>
    public static void Serve(ThreadContext thread, HttpThread context, in HttpRequest request)
    {
        HttpFile file = default;
        int result = file.TryReadName(context, request.Path[HttpRouter.FileOffset..])
            ? Open(context.Common.Files, request, ref file)
            : -Errno.NoEntry;
        if (result < 0)
        {
            HttpReplyWriter.WriteFileProblem(thread, context, request, HttpRoute.File, result, "these bytes are not here yet"u8);
            return;
        }

        file.Descriptor = result;
        file.MakeTag();
        Write(thread, context, request, ref file);
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
                file.IsIdentified = result >= 0 && files.Identify != null
                    && files.Identify(files.Owner!, file.NameStart, file.NameLength, status, identity);
            }

            Span<HttpRange> ranges = stackalloc HttpRange[HttpRange.Most];
            if (result == -Errno.NoEntry && files.OpenUnfinished != null && request.Method == HttpMethod.Get
                && HttpRange.Read(request[HttpField.Range], long.MaxValue - 1, ranges) == 1)
            {
                object owner = files.Unfinished ?? files.Owner!;
                result = files.OpenUnfinished(owner, file.NameStart, file.NameLength, ranges[0].First, ranges[0].Last, status, identity);
                file.IsIdentified = result >= 0;
            }
        }

        return result;
    }

    private static void Write(ThreadContext thread, HttpThread context, in HttpRequest request, ref HttpFile file)
    {
        long now = thread.Now / 1000;
        int status = HttpConditions.StatusOfFile(request, ref file, now);
        Span<HttpRange> ranges = stackalloc HttpRange[HttpRange.Most];
        int count = 0;
        if (status == 200 && request.Method == HttpMethod.Get && request.Has(HttpField.Range)
            && HttpConditions.RangeApplies(request, ref file, now))
        {
            count = HttpRange.Read(request[HttpField.Range], file.Status.Size, ranges);
            status = count > 0 ? 206 : count < 0 ? 416 : 200;
        }

        context.Count(HttpRoute.File, status);
        if (count > 1)
        {
            HttpFileBody.WriteParts(thread, context, request, ref file, ranges[..count]);
            return;
        }

        HttpReplyHead head = HttpReplyHead.Begin(thread, context, request, status);
        HttpFileHead.AddValidators(ref head, ref file);
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
            HttpFileHead.AddContentRange(ref head, part, file.Status.Size);
        }

        head.Add("Content-Type: "u8);
        head.Add(HttpMediaType.Of(file.Name, out bool inline));
        HttpFileHead.AddDisposition(ref head, file.Name, inline);
        head.End(part.Length);
        if (request.Method != HttpMethod.Head)
        {
            HttpFileBody.Write(thread, ref file, part, isLast: true, copies: part.Length <= HttpFileBody.LongestCopied);
        }
    }
}

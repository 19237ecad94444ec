using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Http;

/// <summary>/pieces/NAME: the SHA-256 of each 1 MiB piece of a file, one after the other. Workers only.</summary>
internal static unsafe class HttpPieces
{
    /// <summary>Answers GET and HEAD.</summary>
    public static void Serve(ThreadContext thread, HttpThread context, in HttpRequest request)
    {
        HttpFile file = default;
        ByteBuilder list = context.Builder.Begin(1024);
        ByteBuilder have = context.Second.Begin(64);
        SharedFiles files = context.Common.Files;
        int result = -Errno.NoEntry;
        bool unfinished = false;
        if (file.TryReadName(context, request.Path[HttpRouter.PiecesOffset..]))
        {
            if (files.FileAsked != null)
            {
                files.FileAsked(file.NameStart, file.NameLength);
            }

            result = Describe(files, ref file, list, have, out unfinished);
        }

        if (result < 0)
        {
            list.Drop();
            have.Drop();
            HttpReplyWriter.WriteFileProblem(thread, context, request, HttpRoute.Pieces, result, "the file is being hashed"u8);
            return;
        }

        file.IsIdentified = true;
        file.MakeTag();
        HttpReplyHead head = HttpReplyHead.Begin(thread, context, request, 200);
        head.Add("Cache-Control: no-store\r\nContent-Type: application/octet-stream\r\nETag: "u8);
        head.Add(file.Tag);
        head.Add("\r\n"u8);
        head.AddDigest(file.Identity.Pieces);
        head.Add("Content-Length: "u8);
        head.Add(list.Length);
        if (unfinished)
        {
            head.Add("\r\nEpollsrv-Have: "u8);
        }

        // The bitmap may be longer than a head has room for.
        head.EndPart();
        Span<byte> digits = stackalloc byte[2];
        foreach (byte one in have.Written)
        {
            _ = Numbers.WriteHex(digits, [one]);
            thread.Output.Write(digits);
        }

        thread.Output.Write("\r\n\r\n"u8);
        have.Drop();
        context.Count(HttpRoute.Pieces, 200);
        if (request.Method == HttpMethod.Head)
        {
            list.Drop();
        }
        else
        {
            list.Send();
        }
    }

    private static int Describe(SharedFiles files, ref HttpFile file, ByteBuilder list, ByteBuilder have, out bool unfinished)
    {
        unfinished = false;
        int result = -Errno.NoEntry;
        fixed (FileStatus* status = &file.Status)
        fixed (SharedIdentity* identity = &file.Identity)
        {
            if (files.DescribePieces != null)
            {
                result = files.DescribePieces(files.Owner!, file.NameStart, file.NameLength, status, identity, list);
            }

            if (result == -Errno.NoEntry && files.DescribeUnfinished != null)
            {
                object owner = files.Unfinished ?? files.Owner!;
                result = files.DescribeUnfinished(owner, file.NameStart, file.NameLength, status, identity, list, have);
                unfinished = result >= 0;
            }
        }

        return result;
    }
}

using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Http;

/// <content>/pieces/NAME: the SHA-256 of each 1 MiB piece of a file, one after the other. Workers only.</content>
internal static unsafe partial class HttpServer
{
    private const int PiecesNameOffset = 8;

    private static void ServePieces(Turn turn, HttpThread context, ref HttpRequest request)
    {
        HttpFile file = default;
        ReadOnlySpan<byte> encoded = request.Path[PiecesNameOffset..];
        int length = encoded.Length > 3 * LongestName ? -1 : HttpText.Decode(encoded, new Span<byte>(context.Scratch, 3 * LongestName));
        ByteBuilder list = context.Builder.Begin(1024);
        ByteBuilder have = context.Second.Begin(64);
        int result = -Errno.NoEntry;
        bool unfinished = false;
        if (length is > 0 and <= LongestName)
        {
            file.NameStart = context.Scratch;
            file.NameLength = length;
            if (context.Common.Files.FileAsked != null)
            {
                context.Common.Files.FileAsked(file.NameStart, length);
            }

            result = Describe(context.Common.Files, ref file, list, have, out unfinished);
        }

        if (result < 0)
        {
            list.Drop();
            have.Drop();
            request.Problem = result == -Errno.Again ? "the file is being hashed"u8 : ProblemOf(result);
            WriteRefusal(turn, context, request, HttpRoute.Pieces, request.Problem[0] == 'n' ? 404 : 503);
            return;
        }

        file.IsIdentified = true;
        file.MakeTag();
        HttpHead head = HttpHead.Begin(turn, context, request, 200);
        head.Add("Cache-Control: no-store\r\nContent-Type: application/octet-stream\r\nETag: "u8);
        head.Add(file.Tag);
        head.Add("\r\nRepr-Digest: sha-256=:"u8);
        head.AddBase64(new ReadOnlySpan<byte>(file.Identity.Pieces, SharedIdentity.HashBytes));
        head.Add(":\r\nContent-Length: "u8);
        head.Add(list.Length);
        if (unfinished)
        {
            head.Add("\r\nEpollsrv-Have: "u8);
        }

        // The bitmap may be longer than a head has room for.
        head.Pause();
        WriteHex(turn, have.Written);
        turn.Output.Write("\r\n\r\n"u8);
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
                result = files.DescribeUnfinished(files.Unfinished ?? files.Owner!, file.NameStart, file.NameLength, status, identity, list, have);
                unfinished = result >= 0;
            }
        }

        return result;
    }

    private static void WriteHex(Turn turn, ReadOnlySpan<byte> bytes)
    {
        Span<byte> digits = stackalloc byte[2];
        foreach (byte one in bytes)
        {
            digits[0] = "0123456789abcdef"u8[one >> 4];
            digits[1] = "0123456789abcdef"u8[one & 15];
            turn.Output.Write(digits);
        }
    }

    // Begins with 'n' when there is no such file.
    private static ReadOnlySpan<byte> ProblemOf(int result)
        => result is -Errno.TooManyFiles or -Errno.TooManyFilesSystem or -Errno.NoMemory or -Errno.InputOutput ? "the file cannot be opened just now"u8 : "no such file"u8;
}

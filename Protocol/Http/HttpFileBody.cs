using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Http;

/// <summary>Sends the bytes of a file: all, one range, or several as parts. Workers only.</summary>
internal static unsafe class HttpFileBody
{
    /// <summary>A file or range up to here is read into the reply and leaves with its head in one send.</summary>
    public const int LongestCopied = 32 * 1024;

    // Most bytes of one reply's parts that are read into it.
    private const int MostCopied = 512 * 1024;

    /// <summary>
    /// Sends one range after what is written already: copied into the reply, or from the page cache. The last one that is not copied takes
    /// the descriptor over.
    /// </summary>
    public static void Write(ThreadContext thread, ref HttpFile file, in HttpRange range, bool isLast, bool copies)
    {
        if (copies)
        {
            if (Files.ReadWhole(file.Descriptor, thread.Output.Reserve((int)range.Length + 1), (nint)range.Length, range.First) < 0)
            {
                // Cut short meanwhile: the length that was promised cannot be kept.
                thread.Abort();
                return;
            }

            thread.Output.Advance((int)range.Length);
            thread.Counters->FilesSent += isLast ? 1 : 0;
            return;
        }

        thread.WriteFile(file.Descriptor, range.First, range.Length, keep: !isLast,
            range.Length > LongestCopied ? thread.Server.Transfers.Begin(file.Name, file.Status.Size, range.First) : null);
        if (isLast)
        {
            file.Descriptor = -1;
        }

        // Pipelined requests would otherwise hold a descriptor each.
        thread.StopUntilFlushed();
    }

    /// <summary>Writes a whole reply of several ranges: multipart/byteranges (RFC 9110 §15.3.7.2).</summary>
    public static void WriteParts(
        ThreadContext thread, HttpThread context, in HttpRequest request, ref HttpFile file, scoped ReadOnlySpan<HttpRange> ranges)
    {
        ReadOnlySpan<byte> type = HttpMediaType.Of(file.Name, out bool inline);
        Span<byte> boundary = stackalloc byte[HttpTag.ValueLength];
        HttpTag.Format(context.Http.Tags.Compute((byte*)&thread.Connection->Identifier, 8) ^ (ulong)thread.Started, boundary);
        boundary = boundary[1..^1];
        ByteBuilder parts = context.Builder.Begin(4096);
        Span<int> ends = stackalloc int[HttpRange.Most];
        long total = 0;
        for (int i = 0; i < ranges.Length; i++)
        {
            parts.Add("\r\n--"u8);
            parts.Add(boundary);
            parts.Add("\r\nContent-Type: "u8);
            parts.Add(type);
            parts.Add("\r\nContent-Range: bytes "u8);
            parts.Add(ranges[i].First);
            parts.Add((byte)'-');
            parts.Add(ranges[i].Last);
            parts.Add((byte)'/');
            parts.Add(file.Status.Size);
            parts.Add("\r\n\r\n"u8);
            ends[i] = parts.Length;
            total += ranges[i].Length;
        }

        parts.Add("\r\n--"u8);
        parts.Add(boundary);
        parts.Add("--\r\n"u8);

        HttpReplyHead head = HttpReplyHead.Begin(thread, context, request, 206);
        HttpFileHead.AddValidators(ref head, ref file);
        head.Add("Content-Type: multipart/byteranges; boundary="u8);
        head.Add(boundary);
        HttpFileHead.AddDisposition(ref head, file.Name, inline);
        head.End(total + parts.Length);

        // Many short ranges are not all held in memory. Whichever is sent last from the file has to close it.
        Span<bool> copies = stackalloc bool[HttpRange.Most];
        int lastLong = -1;
        long copied = 0;
        for (int i = 0; i < ranges.Length; i++)
        {
            copies[i] = ranges[i].Length <= LongestCopied && (copied += ranges[i].Length) <= MostCopied;
            lastLong = copies[i] ? lastLong : i;
        }

        int start = 0;
        int descriptor = file.Descriptor;
        for (int i = 0; i < ranges.Length; i++)
        {
            thread.Output.Write(parts.Written[start..ends[i]]);
            start = ends[i];
            file.Descriptor = descriptor;
            Write(thread, ref file, ranges[i], isLast: i == lastLong, copies[i]);
        }

        thread.Output.Write(parts.Written[start..]);
        file.Descriptor = lastLong < 0 ? descriptor : -1;
        parts.Drop();
    }
}

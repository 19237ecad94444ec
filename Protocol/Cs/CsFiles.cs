using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Cs;

/// <summary>PEER_REQ: a file and the three bytes EOF.</summary>
internal static unsafe class CsFiles
{
    // A file up to here is read into the reply and leaves with its EOF in one send.
    private const int SmallFile = 32 * 1024;

    // So many bytes at the end of a file travel with EOF in a TCP segment of their own, because the C client knows EOF only at
    // the end of a single read. 512 is less than the smallest segment a TCP must carry (536, RFC 9293 §3.7.1).
    private const int LastPart = 512;

    // The bytes before that part: read rather than sent from the page cache, so that the segment can be ended (MSG_EOR).
    private const int BeforeLast = 3584;

    /// <summary>Sends the file that a request names.</summary>
    /// <returns>False: handed to a worker, because opening and reading files may block.</returns>
    public static bool Send(ThreadContext thread, CsThread context, byte* frame)
    {
        if (thread.DeferLong())
        {
            return false;
        }

        SharedFiles files = context.Common.Files;
        byte* name = frame + CsFrame.KeyOffset;
        int nameLength = frame[CsFrame.KeyLengthOffset];
        if (files.FileAsked != null)
        {
            files.FileAsked(name, nameLength);
        }

        FileStatus status = default;
        int file = files.Open == null ? -Errno.NoEntry : files.Open(files.Owner!, name, nameLength, &status);
        if (file < 0)
        {
            context.Errors++;
            thread.Output.Write(CsFrame.TransferError);
            return true;
        }

        if (status.Size <= SmallFile)
        {
            thread.Counters->FilesSent++;
            SendSmall(thread, file, (int)status.Size);
            Descriptor.Close(file);
            return true;
        }

        // The tail is read first: were the file cut short meanwhile, the range before it would end early and the connection be
        // reset, and no EOF would follow half a file.
        byte* tail = stackalloc byte[BeforeLast + LastPart];
        long range = status.Size - BeforeLast - LastPart;
        if (Files.ReadWhole(file, tail, BeforeLast + LastPart, range) < 0)
        {
            Descriptor.Close(file);
            thread.Abort();
            return true;
        }

        thread.WriteFile(file, 0, range, keep: false, thread.Server.Transfers.Begin(CsFrame.Key(CsFrame.At(frame)), status.Size, 0));
        thread.Output.Write(tail, BeforeLast);
        thread.Output.EndSegment();
        thread.Output.Write(tail + BeforeLast, LastPart);
        thread.Output.Write(CsFrame.EndOfFile);

        // A peer that asks again and again and reads nothing must not hold a descriptor for each request.
        thread.StopUntilFlushed();
        return true;
    }

    private static void SendSmall(ThreadContext thread, int file, int length)
    {
        int before = Math.Max(0, length - LastPart);
        bool whole = Copy(thread, file, 0, before);
        if (whole && before > 0)
        {
            thread.Output.EndSegment();
        }

        if (!whole || !Copy(thread, file, before, length - before))
        {
            thread.Abort();
            return;
        }

        thread.Output.Write(CsFrame.EndOfFile);
    }

    private static bool Copy(ThreadContext thread, int file, long offset, int length)
    {
        bool whole = Files.ReadWhole(file, thread.Output.Reserve(length + 3), length, offset) >= 0;
        thread.Output.Advance(whole ? length : 0);
        return whole;
    }
}

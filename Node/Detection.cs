using System;
using Epollsrv.Engine;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Cs;
using Epollsrv.Protocol.Http;

namespace Epollsrv.Node;

/// <summary>
/// Protocol 0: finds out from the first bytes of a connection which protocol it speaks, so that one port serves all. Consumes
/// nothing of what it recognises, except empty lines in front of it.
/// </summary>
internal static unsafe class Detection
{
    // A line that is not over by then is RESP's to complain about, or HTTP's when it begins as a request line.
    private const int LongestLine = 64 * 1024;

    /// <summary>What the engine calls.</summary>
    public static ProtocolEntry Entry => new() { Consume = &Consume, Posted = &Posted };

    private static int Consume(ThreadContext thread, byte* data, int length)
    {
        int skipped = 0;
        while (skipped < length && data[skipped] is (byte)'\r' or (byte)'\n')
        {
            skipped++;
        }

        int left = length - skipped;
        return left == 0 ? skipped : skipped + Recognise(thread, data + skipped, left);
    }

    private static int Recognise(ThreadContext thread, byte* data, int length)
    {
        HttpCommon http = HttpThread.Of(thread).Http;
        if (thread.Connection->Listener >= http.Common.Options.AdminListener)
        {
            // The port of --admin-port: whatever comes is HTTP, or becomes its 400.
            thread.SwitchProtocol(ProtocolNumber.Http);
            return 0;
        }

        if (*data == '*')
        {
            thread.SwitchProtocol(ProtocolNumber.Resp);
            return 0;
        }

        if (data[0] == CsFrame.FirstByte)
        {
            // 'C', 'S' and a control byte: a command is 1 … 6, and no text protocol goes on like that.
            if (length < 3)
            {
                if (length == 1 || data[1] == CsFrame.SecondByte)
                {
                    return 0;
                }
            }
            else if (data[1] == CsFrame.SecondByte && data[2] < ' ')
            {
                thread.SwitchProtocol(ProtocolNumber.Cs);
                return 0;
            }
        }

        // RESP's inline commands may be indented, by any of C's white space.
        if (*data is < (byte)'\t' or (> (byte)'\r' and < (byte)' ') or > (byte)'~')
        {
            thread.Counters->ProtocolErrors++;
            thread.Output.Write("-ERR Protocol error: unknown protocol, this node speaks RESP, HTTP/1.1, and CS frames (43 53 and a command byte)\r\n"u8);
            thread.CloseAfterFlush();
            return length;
        }

        if (CsFailover.IsRequest(data, length))
        {
            thread.SwitchProtocol(ProtocolNumber.Cs);
            return 0;
        }

        ReadOnlySpan<byte> line = new(data, Math.Min(length, LongestLine));
        int end = line.IndexOf((byte)'\n');
        if (end < 0 && HttpDetection.BeginsRequest(line))
        {
            if (length > http.Options.Line)
            {
                thread.SwitchProtocol(ProtocolNumber.Http);
            }
            else if (http.Options.Timeout > 0 && !thread.HasTimer)
            {
                thread.SetTimer(http.Options.Timeout);
            }

            return 0;
        }

        if (end < 0 && length < LongestLine)
        {
            return 0;
        }

        thread.ClearTimer();
        thread.SwitchProtocol(end >= 0 && HttpDetection.IsRequestLine(line[..end]) ? ProtocolNumber.Http : ProtocolNumber.Resp);
        return 0;
    }

    // A timer is only set for what begins as a request line.
    private static void Posted(ThreadContext thread, PostedMessage* message)
    {
        if (message->Kind == PostedMessage.Timer && thread.Connection->InputLength > 0)
        {
            HttpServer.WriteTimeout(thread);
        }
    }
}

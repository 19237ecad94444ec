using System;
using Epollsrv.Engine;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Protocol;

/// <summary>
/// Protocol 0: finds out from the first bytes of a connection which protocol it speaks, so that one port serves all. Consumes
/// nothing of what it recognises, except empty lines in front of it.
/// </summary>
internal static unsafe class Detection
{
    // A line that is not over by then is RESP's to complain about.
    private const int LongestLine = 64 * 1024;

    // " HTTP/d.d"
    private const int HttpMarkLength = 9;

    /// <summary>What the engine calls.</summary>
    public static ProtocolEntry Entry => new() { Consume = &Consume };

    private static int Consume(Turn turn, byte* data, int length)
    {
        int skipped = 0;
        while (skipped < length && data[skipped] is (byte)'\r' or (byte)'\n')
        {
            skipped++;
        }

        int left = length - skipped;
        return left == 0 ? skipped : skipped + Recognise(turn, data + skipped, left);
    }

    private static int Recognise(Turn turn, byte* data, int length)
    {
        if (*data == '*')
        {
            turn.SwitchProtocol(ProtocolNumber.Resp);
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
                turn.SwitchProtocol(ProtocolNumber.Cs);
                return 0;
            }
        }

        if (*data is < (byte)' ' or > (byte)'~')
        {
            turn.Counters->ProtocolErrors++;
            turn.Write("-ERR unknown protocol: this node speaks RESP, and CS frames (43 53 and a command byte)\r\n"u8);
            turn.CloseAfterFlush();
            return length;
        }

        int end = new ReadOnlySpan<byte>(data, Math.Min(length, LongestLine)).IndexOf((byte)'\n');
        if (end < 0 && length < LongestLine)
        {
            return 0;
        }

        if (end > 0 && IsHttp(new ReadOnlySpan<byte>(data, end)))
        {
            RefuseHttp(turn);
            return length;
        }

        turn.SwitchProtocol(ProtocolNumber.Resp);
        return 0;
    }

    private static bool IsHttp(ReadOnlySpan<byte> line)
    {
        if (line[^1] == '\r')
        {
            line = line[..^1];
        }

        if (line.Length <= HttpMarkLength)
        {
            return false;
        }

        ReadOnlySpan<byte> mark = line[^HttpMarkLength..];
        return mark.StartsWith(" HTTP/"u8) && IsDigit(mark[6]) && mark[7] == '.' && IsDigit(mark[8]);
    }

    private static bool IsDigit(byte letter) => (uint)(letter - '0') <= 9;

    private static void RefuseHttp(Turn turn)
    {
        turn.Counters->ProtocolErrors++;
        turn.Write("HTTP/1.1 501 Not Implemented\r\nContent-Type: text/plain\r\nContent-Length: 51\r\nConnection: close\r\n\r\nepollsrv: this port speaks RESP and CS, not HTTP.\r\n"u8);
        turn.CloseAfterFlush();
    }
}

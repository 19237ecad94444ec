using System;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace Epollsrv.Tests.Integration.Fetching;

/// <content>Sending a piece, as it should be or not.</content>
internal sealed partial class FetchPeer
{
    private bool SendPiece(NetworkStream stream, byte[] content, string common, long first, long last, bool matches)
    {
        Thread.Sleep(Delay);
        int piece = (int)(first / PieceBytes);
        bool strikes = Interlocked.Increment(ref _pieces) > After;
        byte[] bytes = content.AsSpan((int)first, (int)(last - first + 1)).ToArray();
        string fields = common + "Content-Range: bytes " + first + "-" + last + "/" + content.Length + "\r\n";
        if (Have is not null && (Have[piece >> 3] & (0x80 >> (piece & 7))) == 0)
        {
            Write(stream, "503 Service Unavailable", string.Empty, "not here yet"u8, false);
            return true;
        }

        if (!matches || (strikes && Fault == "whole"))
        {
            Write(stream, "200 OK", common, content, false);
            return true;
        }

        if (strikes)
        {
            switch (Fault)
            {
                case "wrong":
                    bytes[bytes.Length / 2] ^= 1;
                    break;
                case "stall":
                    Write(stream, "206 Partial Content", fields, bytes, false, sent: bytes.Length / 2);
                    Thread.Sleep(60_000);
                    return false;
                case "short":
                    Write(stream, "206 Partial Content", fields, bytes, false, sent: bytes.Length / 2);
                    return false;
                case "long":
                    Write(stream, "206 Partial Content", fields, bytes, false);
                    stream.Write("more than was asked for"u8);
                    return true;
                case "garbage":
                    stream.Write("HTTP/1.1 206 Partial Content\nContent-Length : 7\n\n garbage"u8);
                    return true;
                case "other-range":
                    fields = common + "Content-Range: bytes " + (first + 1) + "-" + (last + 1) + "/" + (content.Length + 1) + "\r\n";
                    break;
                case "kill":
                    Dispose();
                    return false;
            }
        }

        Write(stream, "206 Partial Content", fields, bytes, false);
        lock (_sent)
        {
            _sent.Add(piece);
        }

        return true;
    }

    // A wrong end of the list, when it may have come from another already; or a byte now and then.
    private bool SendListLate(NetworkStream stream, string common, byte[] told)
    {
        Write(stream, "200 OK", common + (Fault == "late-list" ? "Connection: close\r\n" : string.Empty), told, false, sent: told.Length / 2);
        for (int i = told.Length / 2; i < told.Length; i++)
        {
            Thread.Sleep(Fault == "slow-list" ? 500 : i == told.Length / 2 ? 400 : 0);
            stream.Write(told.AsSpan(i, 1));
        }

        return Fault != "late-list";
    }

    private static void Write(NetworkStream stream, string status, string fields, ReadOnlySpan<byte> body, bool isHead, int sent = int.MaxValue)
    {
        stream.Write(Encoding.ASCII.GetBytes("HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + body.Length + "\r\n\r\n"));
        if (!isHead)
        {
            stream.Write(body[..Math.Min(body.Length, sent)]);
        }
    }
}

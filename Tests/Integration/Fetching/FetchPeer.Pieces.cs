using System;
using System.Globalization;
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
        Gate?.Invoke();
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
                case "rehash":
                    // Linked or renamed meanwhile: for a while it does not know what it has.
                    Fault = string.Empty;
                    Hashing = 2;
                    Write(stream, "200 OK", "ETag: W/\"1\"\r\n", content, false);
                    return true;
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
        Write(stream, "200 OK", common + (Fault == "late-list" ? "Connection: close\r\n" : string.Empty), told, false,
            sent: told.Length / 2);
        for (int i = told.Length / 2; i < told.Length; i++)
        {
            Thread.Sleep(Fault == "slow-list" ? 500 : i == told.Length / 2 ? 400 : 0);
            stream.Write(told.AsSpan(i, 1));
        }

        return Fault != "late-list";
    }

    private void Write(NetworkStream stream, string status, string fields, ReadOnlySpan<byte> body, bool isHead, int sent = int.MaxValue)
    {
        bool chunked = Proxy == "chunked" && !isHead;
        string interim = Proxy == "100" ? "HTTP/1.1 100 Continue\r\n\r\n" : Proxy == "103"
            ? "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n" : string.Empty;
        stream.Write(Encoding.ASCII.GetBytes(interim + (Proxy == "HTTP/1.0" ? "HTTP/1.0 " : "HTTP/1.1 ") + status + "\r\n" + fields
            + (chunked ? "Transfer-Encoding: chunked\r\n" : Proxy == "until close" && !isHead ? string.Empty : "Content-Length: "
                + body.Length + "\r\n")
            + (Ends(isHead) && Proxy != "HTTP/1.0" ? "Connection: close\r\n" : string.Empty) + "\r\n"));
        if (isHead)
        {
            return;
        }

        body = body[..Math.Min(body.Length, sent)];
        for (int size = 1; chunked && !body.IsEmpty; size = Math.Min(size * 2, 100_000))
        {
            ReadOnlySpan<byte> chunk = body[..Math.Min(size, body.Length)];
            stream.Write(Encoding.ASCII.GetBytes(chunk.Length.ToString("x", CultureInfo.InvariantCulture) + ";x=\"y\"\r\n"));
            stream.Write(chunk);
            stream.Write("\r\n"u8);
            body = body[chunk.Length..];
        }

        stream.Write(chunked ? "0\r\nX-Trailer: 1\r\n\r\n"u8 : body);
    }

    // What a proxy that keeps no connections does.
    private bool Ends(bool isHead) => Proxy is "HTTP/1.0" or "close" || (Proxy == "until close" && !isHead);
}

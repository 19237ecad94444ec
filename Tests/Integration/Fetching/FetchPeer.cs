using System;
using System.Collections.Generic;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Threading;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Tests.Integration.Fetching;

/// <summary>
/// A holder of one file that does what a test wants it to: says over CS that it is a node of ours,
/// and speaks enough HTTP to be fetched from. Also a ring of one, which says who holds the file.
/// </summary>
internal sealed partial class FetchPeer : IDisposable
{
    public const int PieceBytes = 1 << 20;

    private readonly ConnectionListener _listener;
    private readonly List<int> _sent = [];
    private byte[] _list = [];
    private int _pieces;
    private int _requests;

    public FetchPeer(byte[] content)
    {
        Content = content;
        _listener = new ConnectionListener(Serve);
        Holders = "127.0.0.1 " + Port;
    }

    public int Port => _listener.Port;

    /// <summary>What the ring's GET answers.</summary>
    public string Holders { get; set; } = string.Empty;

    /// <summary>The file; a new one is a change.</summary>
    public byte[] Content
    {
        get => field;
        set
        {
            List<byte> list = [];
            for (int i = 0; i < value.Length; i += PieceBytes)
            {
                list.AddRange(SHA256.HashData(value.AsSpan(i, Math.Min(PieceBytes, value.Length - i))));
            }

            lock (_sent)
            {
                field = value;
                _list = [.. list];
                Tag = "\"" + Convert.ToHexStringLower(SHA256.HashData(_list)) + "-"
                    + value.Length.ToString("x", CultureInfo.InvariantCulture) + "\"";
            }
        }
    } = [];

    public string Tag { get; private set; } = string.Empty;

    /// <summary>The bitmap of an unfinished holder; null: it has all.</summary>
    public byte[]? Have { get; set; }

    /// <summary>Answers 503 to the question about pieces so often.</summary>
    public int Hashing { get; set; }

    /// <summary>After so many pieces something happens.</summary>
    public int After { get; set; }

    /// <summary>wrong, list, late-list, slow-list, stall, kill, short, garbage, change, whole, digest, other-range.</summary>
    public string Fault { get; set; } = string.Empty;

    /// <summary>Milliseconds before each piece.</summary>
    public int Delay { get; set; }

    /// <summary>Called before each piece; may wait for something.</summary>
    public Action? Gate { get; set; }

    /// <summary>What a proxy in front makes of answers: 100, 103, chunked, until close, HTTP/1.0, close.</summary>
    public string Proxy { get; set; } = string.Empty;

    /// <summary>An entity tag it gives instead of its file's.</summary>
    public string? Lie { get; set; }

    /// <summary>A SHA-256 that it gives instead of its file's.</summary>
    public byte[]? DigestLie { get; set; }

    /// <summary>What it asks for while it hashes, seconds.</summary>
    public int RetryAfter { get; set; } = 1;

    /// <summary>Requests by HTTP so far.</summary>
    public int Requests => Volatile.Read(ref _requests); // pairs with the increment in Answer

    /// <summary>The pieces that were sent, in order.</summary>
    public int[] Sent
    {
        get
        {
            lock (_sent)
            {
                return _sent.ToArray();
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Serve(Socket connection)
    {
        using NetworkStream stream = new(connection, ownsSocket: false);
        byte[] input = new byte[64 * 1024];
        int used = 0;
        while (true)
        {
            int end;
            if (used >= 2 && input[0] == 'C' && input[1] == 'S')
            {
                if (used >= CsFrame.Size)
                {
                    stream.Write(AnswerFrame(input.AsSpan(0, CsFrame.Size).ToArray()));
                    used = Drop(input, used, CsFrame.Size);
                    continue;
                }
            }
            else if ((end = input.AsSpan(0, used).IndexOf("\r\n\r\n"u8)) >= 0)
            {
                string head = Encoding.Latin1.GetString(input, 0, end);
                used = Drop(input, used, end + 4);
                if (!Answer(stream, head) || Ends(head.StartsWith("HEAD ", StringComparison.Ordinal)))
                {
                    return;
                }

                continue;
            }

            int count = stream.Read(input, used, input.Length - used);
            if (count == 0)
            {
                return;
            }

            used += count;
        }
    }

    private static int Drop(byte[] input, int used, int count)
    {
        input.AsSpan(count, used - count).CopyTo(input);
        return used - count;
    }

    private byte[] AnswerFrame(byte[] frame)
    {
        byte[] reply = new byte[CsFrame.Size];
        ReadOnlySpan<byte> key = CsFrame.Key(frame);
        string value = key.SequenceEqual(CsFrame.IdentityKey) ? "epollsrv 0.1.0 keys=1" : Holders;
        frame.CopyTo(reply, 0);
        reply[CsFrame.StatusOffset] = CsFrame.Ok;
        reply[5 + key.Length] = (byte)value.Length;
        Encoding.ASCII.GetBytes(value).CopyTo(reply, 6 + key.Length);
        return reply;
    }

    // False: the connection ends here.
    private bool Answer(NetworkStream stream, string head)
    {
        byte[] content;
        byte[] list;
        string tag;
        lock (_sent)
        {
            content = Content;
            list = _list;
            tag = Lie ?? Tag;
        }

        int request = Interlocked.Increment(ref _requests); // pairs with the read in Requests

        string target = head.Split(' ')[1];
        bool isHead = head.StartsWith("HEAD ", StringComparison.Ordinal);
        byte[] whole = DigestLie is null ? SHA256.HashData(content) : [.. DigestLie];
        whole[0] ^= (byte)(Fault == "digest" ? 1 : 0);
        string common = "ETag: " + tag + "\r\nRepr-Digest: sha-256=:" + Convert.ToBase64String(whole) + ":\r\n";
        if (target.StartsWith("/pieces/", StringComparison.Ordinal))
        {
            if (Hashing-- > 0)
            {
                Write(stream, "503 Service Unavailable", "Retry-After: " + RetryAfter + "\r\n", "hashing"u8, isHead);
                return true;
            }

            byte[] told = (byte[])list.Clone();
            if (Fault == "list")
            {
                told[0] ^= 1;
            }

            if (!isHead && Fault is "late-list" or "slow-list")
            {
                told[^1] ^= 1;
                return SendListLate(stream, common, told);
            }

            Write(stream, "200 OK", common + (Have is null ? string.Empty : "Epollsrv-Have: " + Convert.ToHexStringLower(Have) + "\r\n"),
                told, isHead);
            return true;
        }

        int range = head.IndexOf("Range: bytes=", StringComparison.Ordinal);
        if (range < 0)
        {
            Write(stream, "200 OK", Fault == "growing" ? "ETag: W/\"" + request + "\"\r\n" : common, content, isHead);
            return true;
        }

        string[] ends = head[(range + 13)..].Split('\r')[0].Split('-');
        return SendPiece(stream, content, common, long.Parse(ends[0], CultureInfo.InvariantCulture),
            long.Parse(ends[1], CultureInfo.InvariantCulture), head.Contains("If-Range: " + tag, StringComparison.Ordinal));
    }
}

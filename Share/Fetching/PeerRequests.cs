using System;
using System.Text;

using Epollsrv.Protocol.Http;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <summary>The requests to a peer that are still to be sent. Belongs to the download's thread.</summary>
internal sealed class PeerRequests
{
    private const int Bytes = 16384;

    private readonly Download _download;
    private readonly byte[] _host;
    private readonly byte[] _output = GC.AllocateUninitializedArray<byte>(Bytes, pinned: true);
    private int _used;
    private int _sent;

    /// <summary>Prepares for a peer.</summary>
    public PeerRequests(Download download, PeerAddress node)
    {
        _download = download;
        _host = Encoding.UTF8.GetBytes(node.Endpoint);
    }

    /// <summary>Whether requests carry the password.</summary>
    public bool TellsPassword { get; set; }

    private static byte[] BasicCredentials => field ??= [(byte)':', .. RingPassword.Value];

    /// <summary>Adds a request: HEAD or GET of the file or its list, or a range of it.</summary>
    /// <returns>False when it does not fit.</returns>
    public bool Add(PeerQuestionKind kind, int piece)
    {
        HttpRequestWriter writer = new(_output.AsSpan(_used));
        writer.Add(kind is PeerQuestionKind.File or PeerQuestionKind.Pieces ? "HEAD "u8 : "GET "u8);
        writer.Add(kind is PeerQuestionKind.File or PeerQuestionKind.Piece ? "/files/"u8 : "/pieces/"u8);
        writer.Add(_download.EncodedName);
        writer.Add(" HTTP/1.1\r\nHost: "u8);
        writer.Add(_host);
        if (kind == PeerQuestionKind.Piece)
        {
            FileIdentity identity = _download.Identity!;
            long first = (long)piece * FileIdentity.PieceBytes;
            writer.Add("\r\nRange: bytes="u8);
            writer.Add(first);
            writer.Add("-"u8);
            writer.Add(first + identity.LengthOf(piece) - 1);
            writer.Add("\r\nIf-Range: "u8);
            writer.Add(identity.Tag);
        }

        if (TellsPassword)
        {
            // Basic and not Bearer: base64 carries a password with any bytes in it.
            writer.Add("\r\nAuthorization: Basic "u8);
            writer.AddBase64(BasicCredentials);
        }

        writer.Add("\r\n\r\n"u8);
        _used += writer.IsFull ? 0 : writer.Length;
        return !writer.IsFull;
    }

    /// <summary>Sends as far as the socket takes it.</summary>
    /// <returns>0, or the failure.</returns>
    public int Send(PeerLink link)
    {
        int result = link.Send(_output, ref _sent, _used);
        if (result > 0)
        {
            Reset();
        }

        return Math.Min(0, result);
    }

    /// <summary>Forgets all that was not sent.</summary>
    public void Reset()
    {
        _used = 0;
        _sent = 0;
    }
}

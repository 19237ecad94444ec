using System;

using Epollsrv.Protocol.Cs;
using Epollsrv.Protocol.Http;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <content>What is asked.</content>
internal sealed unsafe partial class PeerSource
{
    private const long HashingInterval = 250_000_000;

    /// <summary>Asks for size, identity and digest.</summary>
    public void AskWhatItHas(long now)
    {
        _piecesThisTime = 0;
        _ = Ask(PeerQuestionKind.File, -1, now);
        _ = Ask(PeerQuestionKind.Pieces, -1, now);
    }

    /// <summary>Asks again when the last answer was that it is hashing, or that it has only some of the pieces.</summary>
    /// <param name="now">Nanoseconds of the monotonic clock.</param>
    /// <param name="interval">Nanoseconds between two questions about pieces.</param>
    public void AskAgain(long now, long interval)
    {
        if (Stage == PeerStage.Open && _askedCount < MostQuestions - 2 && !_closing && (Answer == PeerAnswer.Hashing || Have is not null)
            && now - AskedAt >= (Answer == PeerAnswer.Hashing ? HashingInterval : interval))
        {
            if (Answer == PeerAnswer.Hashing)
            {
                AskWhatItHas(now);
            }
            else
            {
                _ = Ask(PeerQuestionKind.Pieces, -1, now);
            }
        }
    }

    private void WriteGreeting()
    {
        CsFrame.WriteRequest(_output, CsFrame.Get, CsFrame.IdentityKey, default);
        _outUsed = CsFrame.Size;
        _outSent = 0;
    }

    private bool WriteRequest(PeerQuestionKind kind, int piece)
    {
        RequestWriter writer = new(_output.AsSpan(_outUsed));
        writer.Add(kind is PeerQuestionKind.File or PeerQuestionKind.Pieces ? "HEAD "u8 : "GET "u8);
        writer.Add(kind is PeerQuestionKind.File or PeerQuestionKind.Piece ? "/files/"u8 : "/pieces/"u8);
        writer.Add(_download.EncodedName);
        writer.Add(" HTTP/1.1\r\nHost: "u8);
        writer.Add(HostText);
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

        if (_tellsPassword)
        {
            // Basic and not Bearer: base64 carries a password with any bytes in it.
            writer.Add("\r\nAuthorization: Basic "u8);
            writer.AddBase64(BasicCredentials);
        }

        writer.Add("\r\n\r\n"u8);
        if (writer.IsFull)
        {
            return false;
        }

        _outUsed += writer.Length;
        return true;
    }

    private byte[] HostText => field ??= System.Text.Encoding.UTF8.GetBytes(Node.Endpoint);

    private static byte[] BasicCredentials => field ??= [(byte)':', .. RingPassword.Value];
}

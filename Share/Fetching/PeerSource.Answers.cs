using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;
using Epollsrv.Protocol.Http;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <content>What the answers mean.</content>
internal sealed unsafe partial class PeerSource
{
    private bool _hasFile;
    private bool _tellsPassword;
    private int _piecesThisTime;
    private int _refusals;

    // The answer to the present question is no piece, though a piece was asked for.
    private bool _bad;

    // A C node answers with an error; it must never be spoken HTTP to. The connection is reset either way.
    private void Identified()
    {
        ReadOnlySpan<byte> reply = _input.AsSpan(0, CsFrame.Size);
        if (!CsFrame.HasMagic(reply) || _inputUsed != CsFrame.Size)
        {
            Fail(NodeFailure.BadReply);
            return;
        }

        bool ours = CsFrame.Status(reply) == CsFrame.Ok && CsFrame.ReplyValue(reply).StartsWith(CsFrame.IdentityPrefix);
        bool wanted = ours && RingPassword.IsWanted(CsFrame.ReplyValue(reply));
        _tellsPassword = wanted && _trusted && RingPassword.Value.Length > 0;
        Close();
        Kind = ours ? NodeKind.Ours : NodeKind.Original;
        if (wanted && !_tellsPassword)
        {
            LeaveOut(NodeFailure.Describe(RingPassword.Value.Length > 0 ? NodeFailure.NotTrusted : NodeFailure.NoPassword));
        }
        else if (ours)
        {
            Open(Clock.Monotonic(), PeerStage.Connecting);
        }
        else
        {
            Answer = PeerAnswer.Plain;
            LeaveOut(null);
        }
    }

    // The head of the answer to the oldest question. False: the connection or the peer is given up.
    private bool Begin(in HttpResponse response)
    {
        PeerQuestion question = _asked[0];
        bool head = question.Kind is PeerQuestionKind.File or PeerQuestionKind.Pieces;
        if (!head && (response.Length < 0 || (response.Status is not (200 or 206) && response.Length > LongestProblem)))
        {
            Fail(NodeFailure.BadResponse);
            return false;
        }

        if (response.Status is 401 or 403 or 421)
        {
            LeaveOut(response.Status == 401 ? NodeFailure.Describe(NodeFailure.NoPassword) : "refuses to send files to us (HTTP status " + Text(response.Status) + ")");
            return false;
        }

        return question.Kind switch
        {
            PeerQuestionKind.File => BeginFile(response),
            PeerQuestionKind.Pieces => BeginPieces(response),
            PeerQuestionKind.List => BeginList(response),
            _ => BeginPiece(response, question.Piece),
        };
    }

    private bool BeginFile(in HttpResponse response)
    {
        _hasFile = response.Status == 200;
        byte[] digest = new byte[FileIdentity.HashBytes];
        if (_hasFile && HttpText.DecodeBase64(response.Digest, digest) == digest.Length)
        {
            Digest = digest;
        }

        return true;
    }

    private bool BeginPieces(in HttpResponse response)
    {
        if (response.Status == 503)
        {
            Answer = Answer == PeerAnswer.Known ? Answer : PeerAnswer.Hashing;
            return true;
        }

        if (response.Status != 200)
        {
            if (Answer == PeerAnswer.Known)
            {
                LeaveOut(Have is null ? "has the file no longer" : null);
                return false;
            }

            Answer = _hasFile ? PeerAnswer.Plain : PeerAnswer.Missing;
            return true;
        }

        FileIdentity? identity = FileIdentity.FromTag(response.Tag);
        byte[]? have = null;
        if (identity is not null && response.IsUnfinished)
        {
            have = new byte[(identity.Pieces + 7) / 8];
        }

        if (identity is null || (have is not null && !FileIdentity.TryReadHex(response.Have, have)))
        {
            Fail(NodeFailure.BadResponse);
            return false;
        }

        bool changed = Identity is not null && !identity.Same(Identity);
        Identity = identity;
        Have = have;
        HasAll = have is not null && PieceMap.Population(have) == identity.Pieces;
        Answer = PeerAnswer.Known;
        if (_download.Identity is not null && !identity.Same(_download.Identity))
        {
            LeaveOut(changed ? ChangedText : _download.OtherText(identity));
            return false;
        }

        return true;
    }

    private bool BeginList(in HttpResponse response)
    {
        if (response.Status == 200 && response.Tag.SequenceEqual(_download.Identity!.Tag) && response.Length == _download.Map!.Hashes.Length)
        {
            Expect(response.Length, (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _download.Map.Hashes[0]), needsBuffer: false);
            return true;
        }

        if (response.Status == 200 && !response.Tag.SequenceEqual(_download.Identity!.Tag))
        {
            LeaveOut(ChangedText);
            return false;
        }

        Fail(NodeFailure.BadResponse);
        return false;
    }

    private bool BeginPiece(in HttpResponse response, int piece)
    {
        FileIdentity identity = _download.Identity!;
        if (response.Status is 200 or 206 or 416)
        {
            if (response.Status != 206 || !response.Tag.SequenceEqual(identity.Tag))
            {
                LeaveOut(ChangedText);
                return false;
            }

            long first = (long)piece * FileIdentity.PieceBytes;
            int length = identity.LengthOf(piece);
            if (response.First != first || response.Last != first + length - 1 || response.Total != identity.Size || response.Length != length)
            {
                Fail(NodeFailure.BadResponse);
                return false;
            }

            // A copy of what another has sent meanwhile is read and thrown away.
            Expect(length, null, needsBuffer: !_download.Map!.Has(piece));
            return true;
        }

        if (response.Status == 404)
        {
            LeaveOut(Have is null ? "has the file no longer" : null);
            return false;
        }

        // Not here yet, or the peer is short of something: the piece goes back, and the peer is asked again what it has.
        Expect(response.Length, null, needsBuffer: false);
        if (Have is not null)
        {
            Have[piece >> 3] &= (byte)~(0x80 >> (piece & 7));
            _bad = true;
        }
        else if (++_refusals > MostFailures)
        {
            LeaveOut("refuses to send pieces (HTTP status " + Text(response.Status) + ")");
            return false;
        }
        else
        {
            _bad = true;
        }

        return true;
    }

    private string ChangedText => "its " + _download.DisplayName + " has changed; left out";

    // The answer to the oldest question is complete.
    private void EndResponse()
    {
        PeerQuestion question = _asked[0];
        _askedCount--;
        Array.Copy(_asked, 1, _asked, 0, _askedCount);
        long now = Clock.Monotonic();
        if (question.Kind == PeerQuestionKind.Piece)
        {
            Outstanding--;
            EndPiece(question.Piece, now);
        }
        else if (question.Kind == PeerQuestionKind.List)
        {
            _body = null;
            _download.ListArrived(this);
        }

        _bodyDone = 0;
        if (_closing && _socket >= 0)
        {
            bool useful = _piecesThisTime > 0;
            Close();
            if (!useful)
            {
                Fail(NodeFailure.Closed);
            }
        }
    }

    private void EndPiece(int piece, long now)
    {
        int buffer = _buffer;
        _buffer = -1;
        _body = null;
        if (_bad)
        {
            _bad = false;
            _download.Lost(piece);
            return;
        }

        int length = _download.Identity!.LengthOf(piece);
        double rate = length * (double)Second / Math.Max(1, now - _pieceBegan);
        Rate = Rate == 0 ? rate : (0.7 * Rate) + (0.3 * rate);
        _pieceBegan = now;
        Failures = 0;
        Sent++;
        _piecesThisTime++;
        _download.PieceArrived(this, piece, buffer);
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

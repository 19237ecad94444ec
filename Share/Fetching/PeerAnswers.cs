using System;
using System.Globalization;

using Epollsrv.Protocol.Http;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <summary>What the answers of a peer mean: for its copy, for the pieces it was asked
/// for, and for whether it is asked on. Belongs to the download's thread.</summary>
internal sealed unsafe class PeerAnswers
{
    private const int LongestProblem = 64 * 1024;

    private readonly PeerSource _peer;
    private readonly Download _download;
    private int _refusals;

    /// <summary>Prepares for the answers of a peer.</summary>
    public PeerAnswers(PeerSource peer)
    {
        _peer = peer;
        _download = peer.Download;
    }

    /// <summary>Whether the present answer is a piece, which was asked for.</summary>
    public bool IsPiece { get; private set; }

    private string ChangedText => "its " + _download.DisplayName + " has changed; left out";

    /// <summary>The answer to the first question begins.</summary>
    /// <returns>False: the connection or the peer was given up.</returns>
    public bool Begin(HttpResponse response)
    {
        PeerQuestion question = _peer.Questions.First;
        IsPiece = question.Kind == PeerQuestionKind.Piece;
        bool head = question.Kind is PeerQuestionKind.File or PeerQuestionKind.Pieces;
        bool isProblem = response.Status is not (200 or 206);
        if (!head && isProblem && response.Length > LongestProblem)
        {
            _peer.Fail(PeerFailure.BadResponse);
            return false;
        }

        if (!head && response.Length < 0)
        {
            // In chunks, or up to the end of the connection: as long as what was asked for. What says why not is not read.
            _peer.IsClosing |= !response.IsChunked;
            response.Length = isProblem ? (response.IsChunked ? LongestProblem : 0)
                : question.Kind == PeerQuestionKind.List ? _download.Map!.Hashes.Length : _download.Identity!.LengthOf(question.Piece);
            if (response.IsChunked)
            {
                _peer.Stream.ExpectChunks();
            }
        }

        if (response.Status is 401 or 403 or 421)
        {
            _peer.LeaveOut(response.Status == 401 ? PeerFailure.Describe(PeerFailure.NoPassword)
                : "refuses to send files to us (HTTP status " + Text(response.Status) + ")");
            return false;
        }

        return question.Kind switch
        {
            PeerQuestionKind.File => Judge(_peer.Copy.TakeFile(response)),
            PeerQuestionKind.Pieces => Judge(_peer.Copy.TakePieces(response, _download.Identity)),
            PeerQuestionKind.List => BeginList(response),
            _ => BeginPiece(response, question.Piece),
        };
    }

    private bool Judge(PeerVerdict verdict)
    {
        switch (verdict)
        {
            case PeerVerdict.Fine:
                return true;
            case PeerVerdict.Malformed:
                _peer.Fail(PeerFailure.BadResponse);
                break;
            case PeerVerdict.Other:
                _peer.LeaveOutAsOther();
                break;
            case PeerVerdict.Gone:
                _peer.LeaveOut(_peer.Copy.Have is null ? "has the file no longer" : null);
                break;
            case PeerVerdict.TooLarge:
                _peer.LeaveOut("its " + _download.DisplayName
                    + " is larger than the largest file that can be fetched, 4 TB (4398046511104 bytes); left out");
                break;
            case PeerVerdict.Restless:
                _peer.LeaveOut("its " + _download.DisplayName + " is being written all the time; left out");
                break;
            default:
                _peer.LeaveOut(ChangedText);
                break;
        }

        return false;
    }

    private bool BeginList(HttpResponse response)
    {
        bool isSame = response.Tag.SequenceEqual(_download.Identity!.Tag);
        if (response.Status != 200)
        {
            _peer.Fail(PeerFailure.BadResponse);
        }
        else if (!isSame || response.Length != _download.Map!.Hashes.Length)
        {
            _peer.LeaveOut(isSame ? ListFetch.WrongText : ChangedText);
        }
        else
        {
            _peer.Stream.Expect(response.Length, _download.Map.List, needsBuffer: false);
            return true;
        }

        return false;
    }

    private bool BeginPiece(HttpResponse response, int piece)
    {
        if (response.Status is 200 or 206 or 416)
        {
            return BeginRange(response, piece);
        }

        if (response.Status == 404)
        {
            return Judge(PeerVerdict.Gone);
        }

        // Not here yet, or the peer is short of something: the piece goes back, and the peer is asked again what it has.
        _peer.Stream.Expect(response.Length, null, needsBuffer: false);
        if (_peer.Copy.Have is not null)
        {
            _peer.Copy.Lacks(piece);
        }
        else if (++_refusals > PeerSource.MostFailures)
        {
            _peer.LeaveOut("refuses to send pieces (HTTP status " + Text(response.Status) + ")");
            return false;
        }

        IsPiece = false;
        return true;
    }

    private bool BeginRange(HttpResponse response, int piece)
    {
        FileIdentity identity = _download.Identity!;
        if (response.Status == 200 && response.Tag.StartsWith("W/"u8) && _peer.Copy.Have is null && ++_refusals <= PeerSource.MostFailures)
        {
            // It hashes the file again: changed, or only renamed or linked. It will say.
            _peer.Copy.Answer = PeerAnswer.Hashing;
            _peer.Close();
            return false;
        }

        long first = (long)piece * FileIdentity.PieceBytes;
        int length = identity.LengthOf(piece);
        if (response.Status != 206 || !response.Tag.SequenceEqual(identity.Tag))
        {
            _peer.LeaveOut(ChangedText);
            return false;
        }

        if (response.First != first || response.Last != first + length - 1 || response.Total != identity.Size || response.Length != length)
        {
            _peer.LeaveOut(PeerFailure.Describe(PeerFailure.BadResponse) + "; left out");
            return false;
        }

        // A copy of what another has sent meanwhile is read and thrown away.
        _peer.Stream.Expect(length, null, needsBuffer: !_download.Map!.Has(piece));
        return true;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

using System;

namespace Epollsrv.Share;

/// <summary>What a peer was asked and has not answered yet, in the order of its answers. Belongs to the download's thread.</summary>
internal sealed class PeerQuestions
{
    /// <summary>Most pieces asked for at a time.</summary>
    public const int MostPieces = 4;

    /// <summary>Most questions at a time.</summary>
    public const int Most = MostPieces + 4;

    private readonly PeerQuestion[] _asked = new PeerQuestion[Most];

    public int Count { get; private set; }

    /// <summary>How many of them are for pieces.</summary>
    public int Pieces { get; private set; }

    /// <summary>The one that is answered next.</summary>
    public PeerQuestion First => _asked[0];

    /// <summary>Whether one is for the list: until it is answered what the peer sends may go into the list's memory.</summary>
    public bool HasList
    {
        get
        {
            bool has = false;
            foreach (PeerQuestion question in _asked.AsSpan(0, Count))
            {
                has |= question.Kind == PeerQuestionKind.List;
            }

            return has;
        }
    }

    /// <summary>Adds one behind all others.</summary>
    public void Add(PeerQuestion question)
    {
        _asked[Count++] = question;
        Pieces += question.Kind == PeerQuestionKind.Piece ? 1 : 0;
    }

    /// <summary>Takes the first out.</summary>
    public PeerQuestion Take()
    {
        PeerQuestion first = _asked[0];
        _asked.AsSpan(1, --Count).CopyTo(_asked);
        Pieces -= first.Kind == PeerQuestionKind.Piece ? 1 : 0;
        return first;
    }

    /// <summary>One of those for pieces.</summary>
    /// <param name="place">0 … <see cref="Pieces"/> − 1: how many are answered before.</param>
    public PeerQuestion Piece(int place)
    {
        foreach (PeerQuestion question in _asked.AsSpan(0, Count))
        {
            if (question.Kind == PeerQuestionKind.Piece && place-- == 0)
            {
                return question;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(place));
    }
}

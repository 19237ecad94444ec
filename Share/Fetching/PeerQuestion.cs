namespace Epollsrv.Share;

/// <summary>A request a peer has not answered yet.</summary>
internal struct PeerQuestion
{
    /// <summary>What was asked.</summary>
    public PeerQuestionKind Kind;

    /// <summary>The piece that was asked for.</summary>
    public int Piece;

    /// <summary>When it should be answered whole; others may be asked for the piece after that.</summary>
    public long Deadline;
}

namespace Epollsrv.Share;

/// <summary>What a peer is asked.</summary>
internal enum PeerQuestionKind
{
    /// <summary>HEAD /files/NAME: size, identity, the plain digest.</summary>
    File,

    /// <summary>HEAD /pieces/NAME: identity, and which pieces an unfinished holder has.</summary>
    Pieces,

    /// <summary>GET /pieces/NAME: the list of hashes.</summary>
    List,

    /// <summary>GET /files/NAME with a range: one piece.</summary>
    Piece,
}

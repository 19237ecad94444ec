namespace Epollsrv.Share;

/// <summary>What is known of a peer's copy of the file.</summary>
internal enum PeerAnswer
{
    /// <summary>Not asked, or not answered yet.</summary>
    Unknown,

    /// <summary>It is still hashing.</summary>
    Hashing,

    /// <summary>It has no such file.</summary>
    Missing,

    /// <summary>It has the file, but no list of pieces: an older node, or a C node.</summary>
    Plain,

    /// <summary>Its identity is known.</summary>
    Known,
}

namespace Epollsrv.Share;

/// <summary>What an answer about a peer's copy means for the download.</summary>
internal enum PeerVerdict
{
    /// <summary>It is noted.</summary>
    Fine,

    /// <summary>It is no proper answer.</summary>
    Malformed,

    /// <summary>The peer has the file no longer.</summary>
    Gone,

    /// <summary>The file is larger than any that can be fetched.</summary>
    TooLarge,

    /// <summary>The file is another than it was.</summary>
    Changed,

    /// <summary>The file is another than the one that is fetched.</summary>
    Other,

    /// <summary>The file changes whenever it is asked about.</summary>
    Restless,
}

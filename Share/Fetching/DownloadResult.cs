namespace Epollsrv.Share;

/// <summary>How a download ended; what went wrong has been said.</summary>
internal enum DownloadResult
{
    /// <summary>The file is here whole.</summary>
    Done,

    /// <summary>It is not, and other peers or another attempt may help.</summary>
    Failed,

    /// <summary>Peers have it, but none of them can say what its pieces are: they can only be asked for it with PEER_REQ.</summary>
    Plain,
}

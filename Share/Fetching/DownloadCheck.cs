namespace Epollsrv.Share;

/// <summary>What of a download is verified.</summary>
internal enum DownloadCheck
{
    /// <summary>Every piece, and the plain SHA-256 of the whole.</summary>
    All,

    /// <summary>Every piece against the list that stands for the file's identity: as strong, and cheaper.</summary>
    Pieces,

    /// <summary>Nothing but the lengths.</summary>
    None,
}

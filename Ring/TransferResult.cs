namespace Epollsrv.Ring;

/// <summary>How the transfer of a file from one peer ended.</summary>
internal enum TransferResult
{
    /// <summary>Every byte has arrived.</summary>
    Done,

    /// <summary>The peer answered that it cannot send the file.</summary>
    Missing,

    /// <summary>The peer was not reached, stopped in the middle, or broke the protocol.</summary>
    PeerFailed,

    /// <summary>The bytes could not be written here.</summary>
    WriteFailed,
}

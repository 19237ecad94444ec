namespace Epollsrv.Protocol.Resp;

/// <summary>What became of a <see cref="KeyTransfer"/>.</summary>
internal enum TransferOutcome
{
    /// <summary>It is done.</summary>
    Done,

    /// <summary>There is no such key.</summary>
    NoSource,

    /// <summary>There is a key where it was to go.</summary>
    Occupied,

    /// <summary>Memory is out, and nothing was changed.</summary>
    Refused,
}

namespace Epollsrv.Store;

/// <summary>How a write ended.</summary>
public enum StoreResult
{
    /// <summary>Written.</summary>
    Ok,

    /// <summary>Refused: it needs memory beyond the maximum and nothing could be evicted. Nothing was changed.</summary>
    OutOfMemory,
}

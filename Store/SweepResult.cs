namespace Epollsrv.Store;

/// <summary>What one step of background expiry did, so that its caller can pace itself.</summary>
public struct SweepResult
{
    /// <summary>Expired keys removed.</summary>
    public int Removed { get; set; }

    /// <summary>Whether all partitions have been looked at since the last time this was set: a good moment to rest.</summary>
    public bool PassEnded { get; set; }
}

namespace Epollsrv.Store;

/// <summary>What one database holds.</summary>
public struct DatabaseCounters
{
    /// <summary>Keys, expired ones that nobody has met yet included.</summary>
    public long Keys { get; set; }

    /// <summary>Keys that have an expiry time.</summary>
    public long ExpiringKeys { get; set; }
}

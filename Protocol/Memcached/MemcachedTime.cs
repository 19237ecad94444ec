namespace Epollsrv.Protocol.Memcached;

/// <summary>
/// Times of clients: seconds from now up to 30 days, above that seconds since 1970, 0 for never, negative for past. Any thread.
/// </summary>
internal static class MemcachedTime
{
    /// <summary>An expiry time that has passed, whatever time it is.</summary>
    public const long Gone = 1;

    private const long LongestRelative = 60 * 60 * 24 * 30;

    // The last second of the year 9999.
    private const long Latest = 253_402_300_799;

    /// <summary>The expiry time, Unix milliseconds; 0: never.</summary>
    /// <param name="time">What the client said.</param>
    /// <param name="now">Unix milliseconds.</param>
    public static long ToExpiry(long time, long now)
        => time == 0 ? 0 : time < 0 ? Gone : time > LongestRelative ? System.Math.Min(time, Latest) * 1000 : now + (time * 1000);

    /// <summary>Whole seconds that are left of a time, at least 0; −1: it never expires.</summary>
    public static long LeftOf(long expiry, long now) => expiry == 0 ? -1 : expiry <= now ? 0 : (expiry - now + 999) / 1000;
}

using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Ring;

namespace Epollsrv.Node;

/// <summary>
/// When the link to a master is tried next, and what the log is told of attempts that failed: each reason once, not each attempt. Whoever
/// the link belongs to, except where a member says otherwise.
/// </summary>
internal sealed class LinkAttempts
{
    private const long Second = 1_000_000_000;
    private const int FailuresPerSecond = 8;
    private const int LongestPauseSeconds = 5;

    private Master? _master;
    private HostResolver? _resolver;
    private long _next;
    private long _broken = Clock.Monotonic();
    private int _failures;
    private string? _told;

    /// <summary>Nanoseconds until the next attempt; not above 0: now.</summary>
    public long Left => Volatile.Read(ref _next) - Clock.Monotonic(); // pairs with its writes

    /// <summary>When the link broke, or the node was started. Any thread.</summary>
    public long Broken => Volatile.Read(ref _broken); // pairs with Fail

    /// <summary>The next attempt is due now. Any thread.</summary>
    public void Hurry() => Volatile.Write(ref _next, 0); // pairs with Left

    /// <summary>Looks for a master's address without waiting.</summary>
    /// <returns>As <see cref="HostResolver.Poll"/>.</returns>
    public int Resolve(Master master, out SocketAddress address)
    {
        if (_master != master || _resolver is null)
        {
            _master = master;
            _resolver = new HostResolver(master.Name, master.Port);
            _failures = 0;
            _told = null;
        }

        return _resolver.Poll(out address);
    }

    /// <summary>The link is there.</summary>
    public void Succeed()
    {
        _failures = 0;
        _told = null;
    }

    /// <summary>An attempt has failed, or the link is lost.</summary>
    /// <param name="master">Whose.</param>
    /// <param name="why">For the log.</param>
    /// <param name="wasConnected">Whether it was there for a while: it is then tried again at once.</param>
    /// <param name="pause">Nanoseconds before the next; 0: what is usual.</param>
    public void Fail(Master master, string why, bool wasConnected, long pause)
    {
        long now = Clock.Monotonic();
        if (wasConnected || _failures++ == 0)
        {
            Volatile.Write(ref _broken, now); // pairs with Broken
        }

        long usual = wasConnected ? 0 : System.Math.Min(LongestPauseSeconds, 1 + (_failures / FailuresPerSecond)) * Second;
        pause = pause != 0 ? pause : usual;
        _resolver?.Forget();
        Volatile.Write(ref _next, now + pause); // pairs with Left
        if (why != _told)
        {
            _told = why;
            Log.Write(LogLevel.Warning, "link to the master " + master.Text + " is down: " + why + "; next attempt "
                + (pause == 0 ? "at once" : "in " + ValueText.FormatInteger(pause / Second) + " s"), new LogField("master", master.Text));
        }
    }
}

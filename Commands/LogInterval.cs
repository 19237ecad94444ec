using Epollsrv.Journal;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>The values of --fsync: nanoseconds, or what <see cref="ChangeLog"/> has for always and no.</summary>
internal static class LogInterval
{
    private const long Least = 10_000_000;
    private const long Most = 3_600_000_000_000;

    /// <summary>Reads a value.</summary>
    public static bool TryRead(string text, out long interval)
    {
        interval = text == "always" ? ChangeLog.Always : ChangeLog.Never;
        return text is "always" or "no" || (ValueText.TryParseDuration(text, out interval) && interval is >= Least and <= Most);
    }

    /// <summary>A value as people write it.</summary>
    public static string Format(long interval)
        => interval == ChangeLog.Always ? "always" : interval == ChangeLog.Never ? "no" : ValueText.FormatDuration(interval);

    /// <summary>What is wrong with a value that <see cref="TryRead"/> does not take.</summary>
    public static string Complain(string text)
        => "fsync: \"" + OptionSet.Readable(text) + "\" is none of always, no, and a time from 10ms to 1h";
}

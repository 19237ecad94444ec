using System;
using System.Globalization;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>
/// The log: one line an event to standard error, "2026-01-31T12:34:56.789Z warning text"; to systemd's journal, which keeps
/// time and level itself, "&lt;4&gt;text" (sd-daemon(3)). With --log-format json, a JSON object. Any thread: a line is one write.
/// </summary>
internal static class Log
{
    /// <summary>--log-level's choices, in the order of <see cref="LogLevel"/>.</summary>
    public const string LevelChoices = "error|warning|info|debug";

    /// <summary>--log-format's choices, in the order of <see cref="LogFormat"/>.</summary>
    public const string FormatChoices = "text|json";

    private const int ErrorDescriptor = 2;
    private const string ErrorPriority = "<3>";

    private static readonly bool _journal = IsJournal(Environment.GetEnvironmentVariable("JOURNAL_STREAM"), ErrorDescriptor);

    private static int _level = (int)LogLevel.Info;

    /// <summary>The least important level that is written. May change. Any thread.</summary>
    public static LogLevel Level
    {
        get => (LogLevel)Volatile.Read(ref _level); // pairs with the set
        set => Volatile.Write(ref _level, (int)value);
    }

    /// <summary>How lines look. Set once at start, before other threads.</summary>
    public static LogFormat Format { get; set; } = LogFormat.Text;

    /// <summary>Writes an event of level error.</summary>
    public static void Error(string text) => Write(LogLevel.Error, text);

    /// <summary>Writes an event of level warning.</summary>
    public static void Warning(string text) => Write(LogLevel.Warning, text);

    /// <summary>Writes an event of level info.</summary>
    public static void Info(string text) => Write(LogLevel.Info, text);

    /// <summary>Tells who started the program what is wrong, before there is a log: without time and level, with the journal's priority.
    /// </summary>
    /// <param name="lines">Lines, each with its end.</param>
    public static void Complain(string lines) => StandardOutput.WriteError(
        _journal ? ErrorPriority + lines.TrimEnd('\n').Replace("\n", "\n" + ErrorPriority, StringComparison.Ordinal) + "\n" : lines);

    /// <summary>Whether an event of this level is written: saves building its text.</summary>
    public static bool IsOn(LogLevel level) => level <= Level;

    /// <summary>Writes an event when its level is on.</summary>
    /// <param name="level">Its level.</param>
    /// <param name="text">All that a person has to know.</param>
    /// <param name="fields">Parts of the text, for programs: only the JSON format has them.</param>
    public static void Write(LogLevel level, string text, params ReadOnlySpan<LogField> fields)
    {
        if (IsOn(level))
        {
            Span<byte> line = stackalloc byte[LogLine.Capacity];
            long wall = Clock.Wall();
            int length = Format == LogFormat.Json ? LogLine.FormatJson(line, level, text, fields, _journal, wall)
                : LogLine.FormatText(line, level, text, _journal, wall);
            _ = StandardOutput.Write(ErrorDescriptor, line[..length]);
        }
    }

    /// <summary>Whether JOURNAL_STREAM ("DEVICE:INODE") names the file behind the descriptor (systemd.exec(5)).</summary>
    internal static bool IsJournal(string? variable, int descriptor)
    {
        int colon = variable is null ? -1 : variable.IndexOf(':');
        if (colon < 0
            || !ulong.TryParse(variable.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out ulong device)
            || !ulong.TryParse(variable.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode)
            || Files.Status(descriptor, out FileStatus status) < 0)
        {
            return false;
        }

        // The variable holds a dev_t as the C library packs it (makedev(3)).
        ulong major = status.Device >> 32;
        ulong minor = status.Device & 0xFFFF_FFFF;
        ulong packed = ((major & 0xFFFF_F000) << 32) | ((major & 0xFFF) << 8) | ((minor & 0xFFFF_FF00) << 12) | (minor & 0xFF);
        return inode == status.Inode && device == packed;
    }
}

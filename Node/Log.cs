using System;
using System.Globalization;
using System.Text;
using System.Threading;

using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>
/// The log: one line an event to standard error, "2026-01-31T12:34:56.789Z warning text"; to systemd's journal, which keeps
/// time and level itself, "&lt;4&gt;text" (sd-daemon(3)). Any thread: a line is one write.
/// </summary>
internal static class Log
{
    /// <summary>--log-level's choices, in the order of <see cref="LogLevel"/>.</summary>
    public const string LevelChoices = "error|warning|info|debug";

    private const int ErrorDescriptor = 2;
    private const int LongestText = 2000;

    private static readonly bool _journal = IsJournal(Environment.GetEnvironmentVariable("JOURNAL_STREAM"), ErrorDescriptor);

    private static int _level = (int)LogLevel.Info;

    /// <summary>The least important level that is written. May change. Any thread.</summary>
    public static LogLevel Level
    {
        get => (LogLevel)Volatile.Read(ref _level); // pairs with the set
        set => Volatile.Write(ref _level, (int)value);
    }

    /// <summary>Writes an event of level error.</summary>
    public static void Error(string text) => Write(LogLevel.Error, text);

    /// <summary>Writes an event of level warning.</summary>
    public static void Warning(string text) => Write(LogLevel.Warning, text);

    /// <summary>Writes an event of level info.</summary>
    public static void Info(string text) => Write(LogLevel.Info, text);

    /// <summary>Whether an event of this level is written: saves building its text.</summary>
    public static bool IsOn(LogLevel level) => level <= Level;

    /// <summary>Writes an event when its level is on.</summary>
    public static void Write(LogLevel level, string text)
    {
        if (IsOn(level))
        {
            Span<byte> line = stackalloc byte[(LongestText * 4) + 64];
            int length = Format(line, level, text, _journal, Clock.Wall());
            _ = StandardOutput.Write(ErrorDescriptor, line[..length]);
        }
    }

    /// <summary>Builds a line: control characters become '?', so that an event stays one line and cannot steer a terminal.</summary>
    /// <param name="line">At least four bytes per character and 64 more.</param>
    /// <param name="level">Its level.</param>
    /// <param name="text">What happened; cut after 2,000 characters.</param>
    /// <param name="journal">The journal's form instead of time and level.</param>
    /// <param name="wall">Nanoseconds since 1970.</param>
    /// <returns>Bytes used.</returns>
    internal static int Format(Span<byte> line, LogLevel level, string text, bool journal, long wall)
    {
        int used = journal ? Prefix(line, level) : Time(line, level, wall);
        Span<char> shown = stackalloc char[Math.Min(text.Length, LongestText)];
        for (int i = 0; i < shown.Length; i++)
        {
            shown[i] = char.IsControl(text[i]) ? '?' : text[i];
        }

        used += Encoding.UTF8.GetBytes(shown, line[used..]);
        line[used] = (byte)'\n';
        return used + 1;
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

    private static int Prefix(Span<byte> line, LogLevel level)
    {
        ReadOnlySpan<byte> prefix = level switch
        {
            LogLevel.Error => "<3>"u8,
            LogLevel.Warning => "<4>"u8,
            LogLevel.Info => "<6>"u8,
            _ => "<7>"u8,
        };
        prefix.CopyTo(line);
        return prefix.Length;
    }

    private static int Time(Span<byte> line, LogLevel level, long wall)
    {
        DateTime time = DateTime.UnixEpoch.AddTicks(wall / 100);
        "0000-00-00T00:00:00.000Z "u8.CopyTo(line);
        Digits(line, 0, 4, time.Year);
        Digits(line, 5, 2, time.Month);
        Digits(line, 8, 2, time.Day);
        Digits(line, 11, 2, time.Hour);
        Digits(line, 14, 2, time.Minute);
        Digits(line, 17, 2, time.Second);
        Digits(line, 20, 3, time.Millisecond);
        ReadOnlySpan<byte> name = level switch
        {
            LogLevel.Error => "error "u8,
            LogLevel.Warning => "warning "u8,
            LogLevel.Info => "info "u8,
            _ => "debug "u8,
        };
        name.CopyTo(line[25..]);
        return 25 + name.Length;
    }

    private static void Digits(Span<byte> line, int start, int count, int value)
    {
        for (int i = start + count - 1; i >= start; i--)
        {
            line[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }
}

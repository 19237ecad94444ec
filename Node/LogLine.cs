using System;
using System.Text;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>Builds one line of the log in a buffer. What is too long is cut; the line is complete in its format nevertheless.</summary>
internal ref struct LogLine
{
    /// <summary>Bytes that hold any line.</summary>
    public const int Capacity = (LongestText * LongestEscape) + (MostFields * LongestField) + 256;

    /// <summary>Characters of a message; the rest is left out.</summary>
    public const int LongestText = 2000;

    private const int MostFields = 8;
    private const int LongestFieldText = 300;
    private const int LongestEscape = 6;
    private const int LongestField = (LongestFieldText * LongestEscape) + 64;

    private readonly Span<byte> _line;
    private int _used;

    private LogLine(Span<byte> line)
    {
        _line = line;
    }

    /// <summary>A line for people. Control characters become '?', so that an event stays one line and cannot control a terminal.</summary>
    /// <param name="line">At least <see cref="Capacity"/> bytes.</param>
    /// <param name="level">Its level.</param>
    /// <param name="text">What happened; cut after <see cref="LongestText"/> characters.</param>
    /// <param name="journal">Whether it has the journal's priority in front instead of time and level.</param>
    /// <param name="wall">Nanoseconds since 1970.</param>
    /// <returns>Bytes used.</returns>
    public static int FormatText(Span<byte> line, LogLevel level, string text, bool journal, long wall)
    {
        LogLine result = new(line);
        if (journal)
        {
            result.AddPriority(level);
        }
        else
        {
            result.AddTime(wall);
            result.Add(" "u8);
            result.Add(NameOf(level));
            result.Add(" "u8);
        }

        ReadOnlySpan<char> rest = text.AsSpan(0, Math.Min(text.Length, LongestText));
        while (Take(ref rest, out Rune letter))
        {
            result.Add(Rune.IsControl(letter) ? new Rune('?') : letter);
        }

        result.Add("\n"u8);
        return result._used;
    }

    /// <summary>
    /// A line for programs: an object with time, level, message and the fields. What is no proper text, such as a byte of a file name that
    /// is no UTF-8, becomes U+FFFD.
    /// </summary>
    /// <param name="line">At least <see cref="Capacity"/> bytes.</param>
    /// <param name="level">Its level.</param>
    /// <param name="text">What happened; cut after <see cref="LongestText"/> characters.</param>
    /// <param name="fields">At most 8; texts are cut after 300 characters.</param>
    /// <param name="journal">Whether it has the journal's priority in front.</param>
    /// <param name="wall">Nanoseconds since 1970.</param>
    /// <returns>Bytes used.</returns>
    public static int FormatJson(Span<byte> line, LogLevel level, string text, ReadOnlySpan<LogField> fields, bool journal, long wall)
    {
        LogLine result = new(line);
        if (journal)
        {
            result.AddPriority(level);
        }

        result.Add("{\"time\":\""u8);
        result.AddTime(wall);
        result.Add("\",\"level\":\""u8);
        result.Add(NameOf(level));
        result.Add("\",\"message\":"u8);
        result.AddJson(text, LongestText);
        foreach (LogField field in fields[..Math.Min(fields.Length, MostFields)])
        {
            if (field.IsNumber || field.Text is not null)
            {
                result.Add(","u8);
                result.AddJson(field.Name, field.Name.Length);
                result.Add(":"u8);
                result.AddValue(field);
            }
        }

        result.Add("}\n"u8);
        return result._used;
    }

    private static ReadOnlySpan<byte> NameOf(LogLevel level) => level switch
    {
        LogLevel.Error => "error"u8,
        LogLevel.Warning => "warning"u8,
        LogLevel.Info => "info"u8,
        _ => "debug"u8,
    };

    // The next character; half of a surrogate pair is U+FFFD.
    private static bool Take(ref ReadOnlySpan<char> rest, out Rune letter)
    {
        letter = default;
        if (rest.IsEmpty)
        {
            return false;
        }

        _ = Rune.DecodeFromUtf16(rest, out letter, out int taken);
        rest = rest[taken..];
        return true;
    }

    private void AddValue(in LogField field)
    {
        if (field.IsNumber)
        {
            _used += Numbers.Write(_line[_used..], field.Number);
        }
        else
        {
            AddJson(field.Text!, LongestFieldText);
        }
    }

    private void AddJson(string text, int longest)
    {
        Add("\""u8);
        ReadOnlySpan<char> rest = text.AsSpan(0, Math.Min(text.Length, longest));
        while (Take(ref rest, out Rune letter))
        {
            if (letter.Value is '"' or '\\')
            {
                Add("\\"u8);
                Add(letter);
            }
            else if (Rune.IsControl(letter))
            {
                Add("\\u00"u8);
                Add([HexDigit(letter.Value >> 4), HexDigit(letter.Value & 15)]);
            }
            else
            {
                Add(letter);
            }
        }

        Add("\""u8);
    }

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'a' + value - 10);

    // sd-daemon(3).
    private void AddPriority(LogLevel level) => Add(level switch
    {
        LogLevel.Error => "<3>"u8,
        LogLevel.Warning => "<4>"u8,
        LogLevel.Info => "<6>"u8,
        _ => "<7>"u8,
    });

    private void AddTime(long wall)
    {
        DateTime time = DateTime.UnixEpoch.AddTicks(wall / 100);
        AddDigits(time.Year, 4, "-"u8);
        AddDigits(time.Month, 2, "-"u8);
        AddDigits(time.Day, 2, "T"u8);
        AddDigits(time.Hour, 2, ":"u8);
        AddDigits(time.Minute, 2, ":"u8);
        AddDigits(time.Second, 2, "."u8);
        AddDigits(time.Millisecond, 3, "Z"u8);
    }

    private void AddDigits(int value, int count, ReadOnlySpan<byte> behind)
    {
        for (int i = count - 1; i >= 0; i--)
        {
            _line[_used + i] = (byte)('0' + (value % 10));
            value /= 10;
        }

        _used += count;
        Add(behind);
    }

    private void Add(Rune letter) => _used += letter.EncodeToUtf8(_line[_used..]);

    private void Add(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_line[_used..]);
        _used += bytes.Length;
    }
}

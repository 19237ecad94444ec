using System;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>Whole numbers, sizes (1024-based) and times as people write
/// them. No sign but a leading minus of an integer, no fraction.</summary>
internal static class ValueText
{
    private const long Millisecond = 1_000_000;
    private const long Second = 1000 * Millisecond;

    /// <summary>A decimal number, negative allowed.</summary>
    public static bool TryParseInteger(ReadOnlySpan<char> text, out long value)
    {
        bool negative = text.StartsWith('-');
        if (!TryParseNumber(negative ? text[1..] : text, out value, out ReadOnlySpan<char> rest) || !rest.IsEmpty)
        {
            return false;
        }

        value = negative ? -value : value;
        return true;
    }

    /// <summary>Bytes: "4096", "64kb", "1mb", "2gb", "1tb", the same as "64kib", and "1k", "1m", "1g", "1t" for thousands, as in a
    /// redis.conf; letters of any case.</summary>
    public static bool TryParseSize(ReadOnlySpan<char> text, out long bytes)
    {
        if (!TryParseNumber(text, out bytes, out ReadOnlySpan<char> unit))
        {
            return false;
        }

        long factor = unit.Length <= 1 ? Power(1000, unit)
            : !Is(unit[..1], "b") && (Is(unit[1..], "b") || Is(unit[1..], "ib")) ? Power(1024, unit[..1])
            : 0;
        if (factor == 0 || bytes > long.MaxValue / factor)
        {
            return false;
        }

        bytes *= factor;
        return true;
    }

    /// <summary>Nanoseconds: "500ms", "30s", "5m", "1h"; "0" and "off" are 0. A
    /// number without a unit is refused: nobody agrees what it means.</summary>
    public static bool TryParseDuration(ReadOnlySpan<char> text, out long nanoseconds)
    {
        if (Is(text, "off"))
        {
            nanoseconds = 0;
            return true;
        }

        if (!TryParseNumber(text, out nanoseconds, out ReadOnlySpan<char> unit))
        {
            return false;
        }

        long factor = Is(unit, "ms") ? Millisecond : Is(unit, "s") ? Second : Is(unit, "m") ? 60 * Second : Is(unit, "h") ? 3600 * Second
            : 0;
        if (factor == 0)
        {
            return unit.IsEmpty && nanoseconds == 0;
        }

        if (nanoseconds > long.MaxValue / factor)
        {
            return false;
        }

        nanoseconds *= factor;
        return true;
    }

    /// <summary>Yes or no: "yes", "true" and "1", or "no", "false" and "0"; letters of any case.</summary>
    public static bool TryParseFlag(ReadOnlySpan<char> text, out bool yes)
    {
        yes = Is(text, "yes") || Is(text, "true") || Is(text, "1");
        return yes || Is(text, "no") || Is(text, "false") || Is(text, "0");
    }

    /// <summary>A number in decimal.</summary>
    public static string FormatInteger(long value) => Numbers.ToText(value);

    /// <summary>Bytes with the largest unit that leaves no remainder.</summary>
    public static string FormatSize(long bytes)
    {
        string[] units = ["", "kb", "mb", "gb", "tb"];
        int unit = 0;
        while (unit < 4 && bytes != 0 && bytes % 1024 == 0)
        {
            bytes /= 1024;
            unit++;
        }

        return FormatInteger(bytes) + units[unit];
    }

    /// <summary>Nanoseconds with the largest of h, m, s and ms that leaves no remainder.</summary>
    public static string FormatDuration(long nanoseconds)
    {
        if (nanoseconds == 0)
        {
            return "off";
        }

        return nanoseconds % (3600 * Second) == 0 ? FormatInteger(nanoseconds / (3600 * Second)) + "h"
            : nanoseconds % (60 * Second) == 0 ? FormatInteger(nanoseconds / (60 * Second)) + "m"
            : nanoseconds % Second == 0 ? FormatInteger(nanoseconds / Second) + "s"
            : FormatInteger(nanoseconds / Millisecond) + "ms";
    }

    // 0: there is no such letter.
    private static long Power(long of, ReadOnlySpan<char> letter)
        => letter.IsEmpty || Is(letter, "b") ? 1 : Is(letter, "k") ? of : Is(letter, "m") ? of * of : Is(letter, "g") ? of * of * of
            : Is(letter, "t") ? of * of * of * of : 0;

    private static bool Is(ReadOnlySpan<char> text, string word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static bool TryParseNumber(ReadOnlySpan<char> text, out long value, out ReadOnlySpan<char> rest)
    {
        value = 0;
        int i = 0;
        for (; i < text.Length && char.IsAsciiDigit(text[i]); i++)
        {
            int digit = text[i] - '0';
            if (value > (long.MaxValue - digit) / 10)
            {
                rest = default;
                return false;
            }

            value = (value * 10) + digit;
        }

        rest = text[i..];
        return i > 0;
    }
}

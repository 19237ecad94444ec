using System;

namespace Epollsrv.Protocol.Http;

/// <summary>Dates as HTTP writes them (RFC 9110 §5.6.7), without time zones or culture. Pure functions.</summary>
internal static class HttpDate
{
    /// <summary>Characters of a date: "Sun, 06 Nov 1994 08:49:37 GMT".</summary>
    public const int Length = 29;

    private const long SecondsPerDay = 86_400;

    private static ReadOnlySpan<byte> Days => "ThuFriSatSunMonTueWed"u8;

    private static ReadOnlySpan<byte> Months => "JanFebMarAprMayJunJulAugSepOctNovDec"u8;

    /// <summary>Writes a date.</summary>
    /// <param name="seconds">Since 1970; from year 1 to 9999.</param>
    /// <param name="target">At least <see cref="Length"/> bytes.</param>
    public static void Format(long seconds, Span<byte> target)
    {
        long days = Math.DivRem(seconds, SecondsPerDay, out long second);
        if (second < 0)
        {
            days--;
            second += SecondsPerDay;
        }

        // The calendar in eras of 400 years that begin in March (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
        long shifted = days + 719_468;
        long era = Math.DivRem(shifted >= 0 ? shifted : shifted - 146_096, 146_097, out _);
        int dayOfEra = (int)(shifted - (era * 146_097));
        int yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        int dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        int march = ((5 * dayOfYear) + 2) / 153;
        int day = dayOfYear - (((153 * march) + 2) / 5) + 1;
        int month = march < 10 ? march + 2 : march - 10;
        int year = yearOfEra + ((int)era * 400) + (month < 2 ? 1 : 0);
        Days.Slice((int)(((days % 7) + 7) % 7) * 3, 3).CopyTo(target);
        ", 00 Jan 0000 00:00:00 GMT"u8.CopyTo(target[3..]);
        Digits(target[5..], day);
        Months.Slice(month * 3, 3).CopyTo(target[8..]);
        Digits(target[12..], year / 100);
        Digits(target[14..], year % 100);
        Digits(target[17..], (int)second / 3600);
        Digits(target[20..], (int)second / 60 % 60);
        Digits(target[23..], (int)second % 60);
    }

    /// <summary>Reads a date in any of the three forms that have to be accepted; two-digit years are of this century or the last.</summary>
    /// <param name="text">The field's value.</param>
    /// <param name="now">Seconds since 1970: a two-digit year more than 50 years ahead of it is of the century before.</param>
    /// <param name="seconds">Since 1970.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, long now, out long seconds)
    {
        seconds = 0;
        int comma = text.IndexOf((byte)',');
        if (comma == 3 && text.Length == Length)
        {
            // Sun, 06 Nov 1994 08:49:37 GMT
            return text[4] == ' ' && text[7] == ' ' && text[11] == ' ' && text[16] == ' ' && text[25..].SequenceEqual(" GMT"u8)
                && TryMake(text.Slice(12, 4), text.Slice(8, 3), text.Slice(5, 2), text.Slice(17, 8), out seconds);
        }

        if (comma > 5 && text.Length == comma + 24)
        {
            // Sunday, 06-Nov-94 08:49:37 GMT
            ReadOnlySpan<byte> rest = text[(comma + 1)..];
            if (rest[0] != ' ' || rest[3] != '-' || rest[7] != '-' || rest[10] != ' ' || !rest[19..].SequenceEqual(" GMT"u8))
            {
                return false;
            }

            return (TryMake(rest.Slice(8, 2), rest.Slice(4, 3), rest.Slice(1, 2), rest.Slice(11, 8), out seconds, century: 2000)
                    && seconds <= now + (50 * 366 * SecondsPerDay))
                || TryMake(rest.Slice(8, 2), rest.Slice(4, 3), rest.Slice(1, 2), rest.Slice(11, 8), out seconds, century: 1900);
        }

        // Sun Nov  6 08:49:37 1994
        return text.Length == 24 && text[3] == ' ' && text[7] == ' ' && text[10] == ' ' && text[19] == ' '
            && TryMake(text.Slice(20, 4), text.Slice(4, 3), text.Slice(8, 2), text.Slice(11, 8), out seconds);
    }

    private static bool TryMake(
        ReadOnlySpan<byte> yearText,
        ReadOnlySpan<byte> monthText,
        ReadOnlySpan<byte> dayText,
        ReadOnlySpan<byte> time,
        out long seconds,
        int century = 0)
    {
        seconds = 0;
        long year = HttpText.Number(yearText);
        long day = HttpText.Number(dayText[0] == ' ' ? dayText[1..] : dayText);
        long hour = HttpText.Number(time[..2]);
        long minute = HttpText.Number(time.Slice(3, 2));
        long second = HttpText.Number(time.Slice(6, 2));
        int month = Months.IndexOf(monthText);
        if (year < 0 || month % 3 != 0 || month < 0 || day is < 1 or > 31
            || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 60 || time[2] != ':' || time[5] != ':')
        {
            return false;
        }

        year += century;
        int number = month / 3;
        year -= number < 2 ? 1 : 0;
        long era = (year >= 0 ? year : year - 399) / 400;
        long yearOfEra = year - (era * 400);
        long dayOfYear = (((153 * (number < 2 ? number + 10 : number - 2)) + 2) / 5) + day - 1;
        long dayOfEra = (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear;
        seconds = (((era * 146_097) + dayOfEra - 719_468) * SecondsPerDay) + (hour * 3600) + (minute * 60) + second;
        return true;
    }

    private static void Digits(Span<byte> target, int value)
    {
        target[0] = (byte)('0' + (value / 10));
        target[1] = (byte)('0' + (value % 10));
    }
}

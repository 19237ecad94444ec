using System;
using System.Globalization;

namespace Epollsrv.Bench;

/// <summary>Decimal fractions without floating-point text conversion, which the program has no other use for.</summary>
internal static class DecimalText
{
    /// <summary>Reads "0.9", "1", ".99": at most six digits after the point.</summary>
    public static bool TryParseMillionths(ReadOnlySpan<char> text, out long millionths)
    {
        millionths = 0;
        int point = text.IndexOf('.');
        ReadOnlySpan<char> whole = point < 0 ? text : text[..point];
        ReadOnlySpan<char> fraction = point < 0 ? default : text[(point + 1)..];
        if (whole.Length + fraction.Length == 0 || whole.Length > 6 || fraction.Length > 6)
        {
            return false;
        }

        for (int i = 0; i < whole.Length + 6; i++)
        {
            char digit = i < whole.Length ? whole[i] : i - whole.Length < fraction.Length ? fraction[i - whole.Length] : '0';
            if (!char.IsAsciiDigit(digit))
            {
                return false;
            }

            millionths = (millionths * 10) + (digit - '0');
        }

        return true;
    }

    /// <summary>A number with so many digits after the point, rounded; for numbers below 10^15.</summary>
    public static string Format(double value, int digits)
    {
        long scale = 1;
        for (int i = 0; i < digits; i++)
        {
            scale *= 10;
        }

        long scaled = (long)Math.Round(Math.Abs(value) * scale);
        string text = (scaled / scale).ToString(CultureInfo.InvariantCulture);
        if (digits > 0)
        {
            text += "." + (scaled % scale).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
        }

        return value < 0 && scaled > 0 ? "-" + text : text;
    }
}

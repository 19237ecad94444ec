namespace Epollsrv.Protocol.Memcached;

/// <summary>
/// Whole numbers as memcached reads them with C's strtoul and its kind: white space in front, a sign, digits, and then the end or white
/// space. Any thread.
/// </summary>
internal static unsafe class MemcachedNumber
{
    /// <summary>Reads a number within 64 bits, of which none is negative.</summary>
    public static bool TryRead(byte* text, int length, out ulong value)
        => TryRead(text, length, out value, out bool negative) && !(negative && (long)(value = 0 - value) < 0);

    /// <summary>Reads one of 32 bits; more than that wraps, as memcached has it.</summary>
    public static bool TryRead(byte* text, int length, out uint value)
    {
        bool read = TryRead(text, length, out ulong number);
        value = (uint)number;
        return read;
    }

    /// <summary>Reads one of 64 bits with a sign: a time.</summary>
    public static bool TryRead(in MemcachedToken word, out long value)
    {
        bool read = TryRead(word.Data, word.Length, out ulong number, out bool negative);
        value = negative ? (long)(0 - number) : (long)number;
        return read && number <= (negative ? 1UL << 63 : long.MaxValue);
    }

    /// <summary>Reads one of 32 bits with a sign: a length.</summary>
    public static bool TryRead(byte* text, int length, out int value)
    {
        bool read = TryRead(text, length, out ulong number, out bool negative);
        value = negative ? (int)(0 - (long)number) : (int)number;
        return read && number <= (negative ? 1UL << 31 : int.MaxValue);
    }

    /// <summary>The same of a word.</summary>
    public static bool TryRead(in MemcachedToken word, out int value) => TryRead(word.Data, word.Length, out value);

    /// <summary>The same of a word.</summary>
    public static bool TryRead(in MemcachedToken word, out uint value) => TryRead(word.Data, word.Length, out value);

    /// <summary>The same of a word.</summary>
    public static bool TryRead(in MemcachedToken word, out ulong value) => TryRead(word.Data, word.Length, out value);

    // The number without its sign.
    private static bool TryRead(byte* text, int length, out ulong value, out bool negative)
    {
        byte* end = text + length;
        value = 0;
        negative = false;
        while (text < end && IsSpace(*text))
        {
            text++;
        }

        if (text < end && *text is (byte)'-' or (byte)'+')
        {
            negative = *text++ == '-';
        }

        byte* first = text;
        while (text < end && (uint)(*text - '0') <= 9)
        {
            uint digit = (uint)(*text++ - '0');
            if (value > (ulong.MaxValue - digit) / 10)
            {
                return false;
            }

            value = (value * 10) + digit;
        }

        return text > first && (text == end || IsSpace(*text));
    }

    private static bool IsSpace(byte one) => one is (byte)' ' or (>= (byte)'\t' and <= (byte)'\r');
}

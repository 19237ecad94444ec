using System;
using System.Runtime.CompilerServices;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Glob patterns as Redis matches them (stringmatchlen): <c>* ? [a-z] [^a] \x</c>. Every element but a star stands for one byte, so what
/// lies between two stars is looked for from left to right and never gone back to: the time is that of the text, whatever the pattern.
/// </summary>
internal static unsafe class Glob
{
    /// <summary>Bytes that a pattern may have between two stars. Longer parts would be found in the product of the lengths only.</summary>
    public const int MostBetweenStars = 1024;

    /// <summary>Bytes that a set or a row of stars may have: they are read to their end whatever the text.</summary>
    public const int MostOfSet = 4096;

    // Bits of a word in the slower but linear search.
    private const int WordBits = 64;

    // How long the simple search is tried: its cost is then what the linear one costs at least.
    private const int Patience = 256;

    /// <summary>Whether a pattern is refused because of <see cref="MostBetweenStars"/> or <see cref="MostOfSet"/>.</summary>
    public static bool IsTooLong(ReadOnlySpan<byte> pattern)
    {
        fixed (byte* start = pattern)
        {
            byte* end = start + pattern.Length;
            byte* at = start;
            byte* stars = null;
            while (at < end)
            {
                byte* element = at;
                at = *at == '*' ? end - pattern[(int)(at - start)..].TrimStart((byte)'*').Length : EndOfElement(at, end);
                if (at - element > MostOfSet || (*element == '*' && stars != null && element - stars > MostBetweenStars))
                {
                    return true;
                }

                stars = *element == '*' ? at : stars;
            }

            return false;
        }
    }

    /// <summary>Whether the text matches the whole pattern.</summary>
    /// <param name="pattern">The pattern; not one that <see cref="IsTooLong"/>, where the text is longer than that.</param>
    /// <param name="patternLength">Its bytes.</param>
    /// <param name="text">The text.</param>
    /// <param name="textLength">Its bytes.</param>
    /// <param name="patience">For tests: 0 begins with the linear search.</param>
    public static bool Matches(byte* pattern, int patternLength, byte* text, int textLength, int patience = Patience)
    {
        byte* patternEnd = pattern + patternLength;
        byte* textEnd = text + textLength;
        while (pattern < patternEnd && *pattern != '*')
        {
            if (text == textEnd || !MatchesOne(ref pattern, patternEnd, *text++))
            {
                return false;
            }
        }

        if (pattern == patternEnd || textLength == 0)
        {
            // An empty text matches no pattern with a star: Redis looks at stars only while there is text.
            return pattern == patternEnd && text == textEnd;
        }

        while (true)
        {
            while (pattern < patternEnd && *pattern == '*')
            {
                pattern++;
            }

            if (pattern == patternEnd)
            {
                return true;
            }

            byte* star = pattern;
            long elements = 0;
            while (star < patternEnd && *star != '*')
            {
                star = EndOfElement(star, patternEnd);
                if (++elements > textEnd - text)
                {
                    return false;
                }
            }

            if (star == patternEnd)
            {
                return MatchesAt(pattern, patternEnd, textEnd - elements);
            }

            text = Find(pattern, star, (int)elements, text, textEnd, patience);
            if (text == null)
            {
                return false;
            }

            text += elements;
            pattern = star;
        }
    }

    // Where the elements up to the next star are first found.
    private static byte* Find(byte* pattern, byte* star, int elements, byte* text, byte* textEnd, int patience)
    {
        long budget = patience * (((textEnd - text) / 16) + (star - pattern));
        for (byte* last = textEnd - elements; text <= last; text++)
        {
            byte* at = pattern;
            byte* letter = text;
            while (at < star && MatchesOne(ref at, star, *letter))
            {
                letter++;
            }

            if (at == star)
            {
                return text;
            }

            // A set that does not match was read to its end.
            budget -= *at == '[' ? star - pattern : at - pattern + 1;
            if (budget < 0 && elements <= MostBetweenStars)
            {
                return FindLinear(pattern, star, elements, text, textEnd);
            }
        }

        return null;
    }

    // Shift-and (Baeza-Yates and Gonnet 1992): bit i of the state says that the elements up to i match the text up to here.
    [MethodImpl(MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    private static byte* FindLinear(byte* pattern, byte* star, int elements, byte* text, byte* textEnd)
    {
        int words = (elements + WordBits - 1) / WordBits;
        ulong* letters = stackalloc ulong[256 * words];
        ulong* any = stackalloc ulong[words];
        ulong* state = stackalloc ulong[words];
        new Span<ulong>(letters, 256 * words).Clear();
        new Span<ulong>(any, words).Clear();
        new Span<ulong>(state, words).Clear();
        int index = 0;
        for (byte* at = pattern; at < star; at = EndOfElement(at, star), index++)
        {
            int word = index / WordBits;
            ulong bit = 1UL << (index % WordBits);
            if (*at == '?')
            {
                any[word] |= bit;
                continue;
            }

            if (*at != '[')
            {
                letters[((*at == '\\' && star - at >= 2 ? at[1] : *at) * words) + word] |= bit;
                continue;
            }

            for (int letter = 0; letter < 256; letter++)
            {
                byte* set = at;
                letters[(letter * words) + word] |= MatchesSet(ref set, star, (byte)letter) ? bit : 0;
            }
        }

        ulong last = 1UL << ((elements - 1) % WordBits);
        for (; text < textEnd; text++)
        {
            ulong* matching = letters + (*text * words);
            ulong carry = 1;
            for (int word = 0; word < words; word++)
            {
                ulong shifted = (state[word] << 1) | carry;
                carry = state[word] >> (WordBits - 1);
                state[word] = shifted & (matching[word] | any[word]);
            }

            if ((state[words - 1] & last) != 0)
            {
                return text + 1 - elements;
            }
        }

        return null;
    }

    private static bool MatchesAt(byte* pattern, byte* end, byte* text)
    {
        while (pattern < end)
        {
            if (!MatchesOne(ref pattern, end, *text++))
            {
                return false;
            }
        }

        return true;
    }

    // Behind an element that is no star.
    private static byte* EndOfElement(byte* at, byte* end)
    {
        if (*at == '[')
        {
            _ = MatchesSet(ref at, end, 0, skips: true);
            return at;
        }

        return at + (*at == '\\' && end - at >= 2 ? 2 : 1);
    }

    // One byte against one element of the pattern; moves the pattern behind the element when it matches.
    private static bool MatchesOne(ref byte* pattern, byte* end, byte letter)
    {
        switch (*pattern)
        {
            case (byte)'?':
                pattern++;
                return true;
            case (byte)'[':
                return MatchesSet(ref pattern, end, letter);
            case (byte)'\\' when end - pattern >= 2:
                if (pattern[1] != letter)
                {
                    return false;
                }

                pattern += 2;
                return true;
            default:
                if (*pattern != letter)
                {
                    return false;
                }

                pattern++;
                return true;
        }
    }

    // The same for a set; who skips it only wants to be behind it.
    private static bool MatchesSet(ref byte* pattern, byte* end, byte letter, bool skips = false)
    {
        byte* at = pattern + 1;
        bool negated = at < end && *at == '^';
        at += negated ? 1 : 0;
        bool match = false;
        while (at < end && *at != ']')
        {
            if (*at == '\\' && end - at >= 2)
            {
                at++;
                match |= *at == letter;
            }
            else if (end - at >= 3 && at[1] == '-')
            {
                // Bytes are signed there.
                sbyte low = (sbyte)at[0];
                sbyte high = (sbyte)at[2];
                if (low > high)
                {
                    (low, high) = (high, low);
                }

                match |= (sbyte)letter >= low && (sbyte)letter <= high;
                at += 2;
            }
            else
            {
                match |= *at == letter;
            }

            at++;
        }

        if (match == negated && !skips)
        {
            return false;
        }

        // A set that is not closed ends with the pattern.
        pattern = at < end ? at + 1 : end;
        return true;
    }
}

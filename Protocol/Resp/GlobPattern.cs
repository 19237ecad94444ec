using System.Runtime.CompilerServices;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Redis's patterns (stringmatchlen): <c>*</c>, <c>?</c>, <c>[abc]</c>, <c>[^a-z]</c>, <c>\</c> before a letter meant as it is. Same answers,
/// odd cases included, but without recursion: a failed attempt goes back to the last star only, so the time is bounded by
/// pattern × text.
/// </summary>
internal static unsafe class GlobPattern
{
    /// <summary>Whether the whole text matches the pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="patternLength">Its bytes.</param>
    /// <param name="text">The text.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="ignoreCase">Whether ASCII letters match in either case.</param>
    public static bool Matches(byte* pattern, int patternLength, byte* text, int length, bool ignoreCase = false)
    {
        if (length == 0)
        {
            // Even "*" does not match nothing: Redis looks at the pattern only while there is text.
            return patternLength == 0;
        }

        byte* patternEnd = pattern + patternLength;
        byte* end = text + length;
        byte* afterStar = null;
        byte* retry = null;
        while (true)
        {
            if (text == end)
            {
                while (pattern < patternEnd && *pattern == '*')
                {
                    pattern++;
                }

                return pattern == patternEnd;
            }

            if (pattern < patternEnd && *pattern == '*')
            {
                while (pattern < patternEnd && *pattern == '*')
                {
                    pattern++;
                }

                if (pattern == patternEnd)
                {
                    return true;
                }

                afterStar = pattern;
                retry = text;
                continue;
            }

            if (pattern < patternEnd && MatchesOne(ref pattern, patternEnd, *text, ignoreCase))
            {
                text++;
                continue;
            }

            if (afterStar == null)
            {
                return false;
            }

            pattern = afterStar;
            text = ++retry;
            if (text == end)
            {
                // What stands behind the star wants at least one more letter.
                return false;
            }
        }
    }

    /// <summary>Whether the pattern is a text that only matches itself.</summary>
    public static bool IsLiteral(byte* pattern, int length)
    {
        for (int i = 0; i < length; i++)
        {
            if (pattern[i] is (byte)'*' or (byte)'?' or (byte)'[' or (byte)'\\')
            {
                return false;
            }
        }

        return true;
    }

    // One letter against the pattern's next part, which is passed when it matches.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool MatchesOne(ref byte* pattern, byte* end, byte letter, bool ignoreCase)
    {
        byte* at = pattern;
        switch (*at)
        {
            case (byte)'?':
                break;
            case (byte)'[':
                return MatchesClass(ref pattern, end, letter, ignoreCase);
            default:
                if (*at == '\\' && end - at >= 2)
                {
                    at++;
                }

                if (Fold(*at, ignoreCase) != Fold(letter, ignoreCase))
                {
                    return false;
                }

                break;
        }

        pattern = at + 1;
        return true;
    }

    private static bool MatchesClass(ref byte* pattern, byte* end, byte letter, bool ignoreCase)
    {
        byte* at = pattern + 1;
        bool inverted = at < end && *at == '^';
        at += inverted ? 1 : 0;
        bool found = false;
        while (at < end && *at != ']')
        {
            if (*at == '\\' && end - at >= 2)
            {
                // Compared as it is, also when case does not count.
                found |= at[1] == letter;
                at += 2;
            }
            else if (end - at >= 3 && at[1] == '-')
            {
                byte low = Fold(at[0] < at[2] ? at[0] : at[2], ignoreCase);
                byte high = Fold(at[0] < at[2] ? at[2] : at[0], ignoreCase);
                byte folded = Fold(letter, ignoreCase);
                found |= folded >= low && folded <= high;
                at += 3;
            }
            else
            {
                found |= Fold(*at, ignoreCase) == Fold(letter, ignoreCase);
                at++;
            }
        }

        // A class without its end ends with the pattern.
        pattern = at < end ? at + 1 : at;
        return found != inverted;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Fold(byte letter, bool ignoreCase)
        => ignoreCase && letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter;
}

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Glob patterns as Redis matches them (stringmatchlen): <c>* ? [a-z] [^a] \x</c>. Only the last star is ever gone back to, which is enough
/// and keeps the time proportional to the product of the lengths.
/// </summary>
internal static unsafe class Glob
{
    /// <summary>Whether the text matches the whole pattern.</summary>
    public static bool Matches(byte* pattern, int patternLength, byte* text, int textLength)
    {
        byte* patternEnd = pattern + patternLength;
        byte* textEnd = text + textLength;
        byte* star = null;
        byte* starText = null;
        while (text < textEnd)
        {
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

                star = pattern;
                starText = text;
                continue;
            }

            if (pattern < patternEnd && MatchesOne(ref pattern, patternEnd, *text))
            {
                text++;
                continue;
            }

            if (star == null)
            {
                return false;
            }

            pattern = star;
            text = ++starText;
        }

        // An empty text matches no pattern with a star: Redis looks at stars only while there is text.
        if (textLength != 0)
        {
            while (pattern < patternEnd && *pattern == '*')
            {
                pattern++;
            }
        }

        return pattern == patternEnd;
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

    private static bool MatchesSet(ref byte* pattern, byte* end, byte letter)
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

        if (match == negated)
        {
            return false;
        }

        // A set that is not closed ends with the pattern.
        pattern = at < end ? at + 1 : end;
        return true;
    }
}

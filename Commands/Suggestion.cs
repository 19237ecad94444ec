using System;

namespace Epollsrv.Commands;

/// <summary>"Did you mean …?" for a mistyped command or option.</summary>
internal static class Suggestion
{
    private const int LongestWord = 40;

    /// <summary>The candidate that differs least from <paramref name="word"/>;
    /// null when none is near (a third of its letters, at least 2).</summary>
    public static string? Nearest(string word, ReadOnlySpan<string> candidates)
    {
        string? nearest = null;
        int least = Math.Max(2, word.Length / 3) + 1;
        foreach (string candidate in candidates)
        {
            int distance = Distance(word, candidate);
            if (distance < least && distance < candidate.Length)
            {
                least = distance;
                nearest = candidate;
            }
        }

        return nearest;
    }

    /// <summary>Letters to insert, delete, replace or swap with their neighbour (optimal string alignment distance).</summary>
    public static int Distance(string left, string right)
    {
        if (left.Length > LongestWord || right.Length > LongestWord)
        {
            return int.MaxValue;
        }

        // Three rows of the table: two before, the one before, and the one that is filled.
        Span<int> rows = stackalloc int[3 * (LongestWord + 1)];
        Span<int> before = rows[..(LongestWord + 1)];
        Span<int> last = rows.Slice(LongestWord + 1, LongestWord + 1);
        Span<int> row = rows[(2 * (LongestWord + 1))..];
        for (int j = 0; j <= right.Length; j++)
        {
            last[j] = j;
        }

        for (int i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int replaced = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            Span<int> free = before;
            before = last;
            last = row;
            row = free;
        }

        return last[right.Length];
    }
}

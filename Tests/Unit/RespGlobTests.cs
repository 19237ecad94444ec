using System;
using System.Diagnostics;
using System.Text;

using Epollsrv.Protocol.Resp;

using Xunit;

namespace Epollsrv.Tests.Unit;

public sealed unsafe class RespGlobTests
{
    [Theory]
    [InlineData("h?llo", "hello", true)]
    [InlineData("h*llo", "hllo", true)]
    [InlineData("h*llo", "heeeello", true)]
    [InlineData("h[ae]llo", "hallo", true)]
    [InlineData("h[ae]llo", "hillo", false)]
    [InlineData("h[^e]llo", "hallo", true)]
    [InlineData("h[^e]llo", "hello", false)]
    [InlineData("h[a-c]llo", "hbllo", true)]
    [InlineData("h[c-a]llo", "hbllo", true)]
    [InlineData("h\\*llo", "h*llo", true)]
    [InlineData("h\\*llo", "hello", false)]
    [InlineData("[\\]]", "]", true)]
    [InlineData("[abc", "b", true)]
    [InlineData("a\\", "a\\", true)]
    [InlineData("*a*b*c", "xxaxxbxxc", true)]
    [InlineData("*a*b*c", "xxaxxbxx", false)]
    [InlineData("abc*", "abc", true)]
    [InlineData("", "", true)]
    [InlineData("**", "", false)]
    public void A_pattern_matches_as_in_Redis(string pattern, string text, bool expected) => Assert.Equal(expected, Matches(pattern, text));

    [Fact]
    public void A_pattern_of_many_stars_takes_no_exponential_time()
    {
        string pattern = string.Concat(System.Linq.Enumerable.Repeat("*a", 50)) + "b";

        // Exponential time would be longer than anybody lives.
        Assert.False(Matches(pattern, new string('a', 20_000)));
    }

    [Fact]
    public void Both_searches_find_what_Redis_finds()
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        for (int i = 0; i < 200_000; i++)
        {
            string pattern = Any(random, "aab*?[]^-\\", 12);
            string text = Any(random, "aaab]", 14);
            bool expected = RedisMatches(pattern + '\0', 0, pattern.Length, text, 0);
            Assert.True(expected == Matches(pattern, text), $"seed {seed}: {pattern} and {text}");
            Assert.True(expected == Matches(pattern, text, patience: 0), $"seed {seed}, linear: {pattern} and {text}");
        }
    }

    [Fact]
    public void Long_parts_are_found_across_the_words_of_the_state()
    {
        foreach (int length in (int[])[63, 64, 65, 127, 128, 129, 1000, 1024])
        {
            string part = new string('a', length - 2) + "?b";
            string text = new string('a', 5000) + "xb" + new string('a', 100);
            Assert.True(Matches("*" + part + "*", text, patience: 0), length.ToString());
            Assert.False(Matches("*" + part + "c*", text, patience: 0), length.ToString());
        }
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_time_is_that_of_the_text_whatever_the_pattern()
    {
        string text = new('a', 1_000_000);
        TimeSpan plain = TimeOf("*ab*", text);
        foreach (string part in (
            string[])[new string('a', 500) + "b", new string('?', 1000) + "b", new string('a', 600) + "[bc]" + new string('?', 400)])
        {
            // Without the linear search it is 250 to 500 times as long.
            TimeSpan taken = TimeOf("*" + part + "*x*", text);
            Assert.True(taken < 120 * plain, $"{taken} against {plain}");
        }
    }

    // The best of several: what interrupts one does not count.
    private static TimeSpan TimeOf(string pattern, string text)
    {
        TimeSpan best = TimeSpan.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            Stopwatch watch = Stopwatch.StartNew();
            Assert.False(Matches(pattern, text));
            best = watch.Elapsed < best ? watch.Elapsed : best;
        }

        return best;
    }

    [Theory]
    [InlineData("*", 1024, "*", false)]
    [InlineData("*", 1025, "*", true)]
    [InlineData("", 5000, "*", false)]
    [InlineData("*", 5000, "", false)]
    [InlineData("*[", 2000, "]*", true)]
    [InlineData("*[*", 2000, "*", false)]
    [InlineData("*\\*", 1023, "*", true)]
    public void A_part_between_two_stars_has_a_longest_length(string before, int length, string after, bool refused)
        => Assert.Equal(refused, Glob.IsTooLong(Encoding.ASCII.GetBytes(before + new string('a', length) + after)));

    [Theory]
    [InlineData("a", '*', 4096, "a*", false)]
    [InlineData("a", '*', 4097, "a*", true)]
    [InlineData("[", 'a', 4094, "]", false)]
    [InlineData("[", 'a', 4095, "]", true)]
    [InlineData("[", '*', 4096, "", true)]
    public void What_is_read_to_its_end_whatever_the_text_has_a_longest_length(
        string before, char letter, int length, string after, bool refused)
        => Assert.Equal(refused, Glob.IsTooLong(Encoding.ASCII.GetBytes(before + new string(letter, length) + after)));

    private static string Any(Random random, string letters, int longest)
    {
        char[] text = new char[random.Next(longest + 1)];
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = letters[random.Next(letters.Length)];
        }

        return new string(text);
    }

    // stringmatchlen of Redis 7.0, as it stands there; the pattern ends with a zero.
    private static bool RedisMatches(string p, int at, int left, string text, int from)
    {
        int length = text.Length - from;
        while (left > 0 && length > 0)
        {
            switch (p[at])
            {
                case '*':
                    while (left > 0 && p[at + 1] == '*')
                    {
                        at++;
                        left--;
                    }

                    if (left == 1)
                    {
                        return true;
                    }

                    for (; length > 0; from++, length--)
                    {
                        if (RedisMatches(p, at + 1, left - 1, text, from))
                        {
                            return true;
                        }
                    }

                    return false;
                case '?':
                    from++;
                    length--;
                    break;
                case '[':
                    at++;
                    left--;
                    bool not = p[at] == '^';
                    at += not ? 1 : 0;
                    left -= not ? 1 : 0;
                    bool match = false;
                    while (true)
                    {
                        if (left >= 2 && p[at] == '\\')
                        {
                            at++;
                            left--;
                            match |= p[at] == text[from];
                        }
                        else if (p[at] == ']')
                        {
                            break;
                        }
                        else if (left == 0)
                        {
                            at--;
                            left++;
                            break;
                        }
                        else if (left >= 3 && p[at + 1] == '-')
                        {
                            char low = (char)Math.Min(p[at], p[at + 2]);
                            char high = (char)Math.Max(p[at], p[at + 2]);
                            at += 2;
                            left -= 2;
                            match |= text[from] >= low && text[from] <= high;
                        }
                        else
                        {
                            match |= p[at] == text[from];
                        }

                        at++;
                        left--;
                    }

                    if (match == not)
                    {
                        return false;
                    }

                    from++;
                    length--;
                    break;
                default:
                    if (p[at] == '\\' && left >= 2)
                    {
                        at++;
                        left--;
                    }

                    if (p[at] != text[from])
                    {
                        return false;
                    }

                    from++;
                    length--;
                    break;
            }

            at++;
            left--;
            if (length == 0)
            {
                while (left > 0 && p[at] == '*')
                {
                    at++;
                    left--;
                }

                break;
            }
        }

        return left == 0 && length == 0;
    }

    private static bool Matches(string pattern, string text, int patience = 256)
    {
        byte[] patternBytes = Encoding.ASCII.GetBytes(pattern + "*");
        byte[] textBytes = Encoding.ASCII.GetBytes(text + "x");
        fixed (byte* first = patternBytes)
        fixed (byte* second = textBytes)
        {
            return Glob.Matches(first, pattern.Length, second, text.Length, patience);
        }
    }
}

using System;
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
        long began = Environment.TickCount64;
        Assert.False(Matches(pattern, new string('a', 20_000)));
        Assert.True(Environment.TickCount64 - began < 5000);
    }

    private static bool Matches(string pattern, string text)
    {
        byte[] patternBytes = Encoding.ASCII.GetBytes(pattern + "*");
        byte[] textBytes = Encoding.ASCII.GetBytes(text + "x");
        fixed (byte* first = patternBytes)
        fixed (byte* second = textBytes)
        {
            return Glob.Matches(first, pattern.Length, second, text.Length);
        }
    }
}

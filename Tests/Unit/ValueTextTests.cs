using Epollsrv.Commands;
using Epollsrv.Node;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Sizes and times as people write them.</summary>
public sealed class ValueTextTests
{
    [Theory]
    [InlineData("0", 0L)]
    [InlineData("4096", 4096L)]
    [InlineData("64kb", 65536L)]
    [InlineData("1MB", 1048576L)]
    [InlineData("2gb", 2147483648L)]
    [InlineData("1tb", 1099511627776L)]
    [InlineData("1kib", 1024L)]
    [InlineData("3GiB", 3221225472L)]
    [InlineData("1k", 1000L)]
    [InlineData("2g", 2000000000L)]
    [InlineData("5b", 5L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void A_size_is_read(string text, long expected)
    {
        Assert.True(ValueText.TryParseSize(text, out long bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("kb")]
    [InlineData("-1")]
    [InlineData("1.5kb")]
    [InlineData("1 kb")]
    [InlineData("1x")]
    [InlineData("1kibb")]
    [InlineData("1bb")]
    [InlineData("1bib")]
    [InlineData("9223372036854776k")]
    [InlineData("9223372036854775808")]
    [InlineData("8388608tb")]
    [InlineData("٣")]
    public void What_is_not_a_size_is_refused(string text) => Assert.False(ValueText.TryParseSize(text, out _));

    [Theory]
    [InlineData("yes", true)]
    [InlineData("True", true)]
    [InlineData("1", true)]
    [InlineData("no", false)]
    [InlineData("FALSE", false)]
    [InlineData("0", false)]
    public void Yes_or_no_is_read(string text, bool expected)
    {
        Assert.True(ValueText.TryParseFlag(text, out bool yes));
        Assert.Equal(expected, yes);
        Assert.False(ValueText.TryParseFlag(text + "x", out _));
    }

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("off", 0L)]
    [InlineData("0s", 0L)]
    [InlineData("500ms", 500_000_000L)]
    [InlineData("30S", 30_000_000_000L)]
    [InlineData("5m", 300_000_000_000L)]
    [InlineData("1h", 3_600_000_000_000L)]
    public void A_time_is_read(string text, long expected)
    {
        Assert.True(ValueText.TryParseDuration(text, out long nanoseconds));
        Assert.Equal(expected, nanoseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1d")]
    [InlineData("1.5s")]
    [InlineData("1s ")]
    [InlineData("9999999999h")]
    public void What_is_not_a_time_is_refused(string text) => Assert.False(ValueText.TryParseDuration(text, out _));

    [Theory]
    [InlineData(0L, "0")]
    [InlineData(1000L, "1000")]
    [InlineData(65536L, "64kb")]
    [InlineData(1073741824L, "1gb")]
    public void A_size_is_written_with_its_largest_unit(long bytes, string expected) => Assert.Equal(expected, ValueText.FormatSize(bytes));

    [Theory]
    [InlineData(0L, "off")]
    [InlineData(1_500_000_000L, "1500ms")]
    [InlineData(90_000_000_000L, "90s")]
    [InlineData(300_000_000_000L, "5m")]
    [InlineData(7_200_000_000_000L, "2h")]
    public void A_time_is_written_with_its_largest_unit(long nanoseconds, string expected) =>
        Assert.Equal(expected, ValueText.FormatDuration(nanoseconds));

    [Theory]
    [InlineData("serve", "serev", 1)]
    [InlineData("ping", "pong", 1)]
    [InlineData("fetch", "fetch", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("register", "regster", 1)]
    public void The_distance_of_two_words_counts_typing_mistakes(string left, string right, int expected)
    {
        Assert.Equal(expected, Suggestion.Distance(left, right));
        Assert.Equal(expected, Suggestion.Distance(right, left));
    }

    [Fact]
    public void A_word_far_from_all_others_has_no_suggestion()
    {
        Assert.Equal("serve", Suggestion.Nearest("srve", ["serve", "put"]));
        Assert.Null(Suggestion.Nearest("xyzzy", ["serve", "put", "get"]));
        Assert.Null(Suggestion.Nearest("ab", ["c"]));
        Assert.Null(Suggestion.Nearest(new string('x', 5000), ["serve"]));
    }
}

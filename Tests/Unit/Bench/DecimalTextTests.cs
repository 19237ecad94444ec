using Epollsrv.Bench;

using Xunit;

namespace Epollsrv.Tests.Unit.Bench;

/// <summary>Decimal fractions as text.</summary>
public sealed class DecimalTextTests
{
    [Theory]
    [InlineData("0.9", 900_000)]
    [InlineData("1", 1_000_000)]
    [InlineData(".99", 990_000)]
    [InlineData("2.", 2_000_000)]
    [InlineData("0.000001", 1)]
    public void Fractions_are_read(string text, long millionths)
    {
        Assert.True(DecimalText.TryParseMillionths(text, out long value));
        Assert.Equal(millionths, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("-1")]
    [InlineData("0,9")]
    [InlineData("1e3")]
    [InlineData("0.0000001")]
    [InlineData("1.2.3")]
    public void What_is_no_fraction_is_refused(string text) => Assert.False(DecimalText.TryParseMillionths(text, out _));

    [Theory]
    [InlineData(0, 1, "0.0")]
    [InlineData(1234.56, 1, "1234.6")]
    [InlineData(0.0049, 3, "0.005")]
    [InlineData(2.5, 0, "2")]
    [InlineData(-0.25, 2, "-0.25")]
    [InlineData(-0.001, 2, "0.00")]
    public void Numbers_are_rounded_to_digits(double value, int digits, string text) =>
        Assert.Equal(text, DecimalText.Format(value, digits));
}

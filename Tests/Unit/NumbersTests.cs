using System;
using System.Globalization;
using System.Text;
using Epollsrv.Native;


using Xunit;

namespace Epollsrv.Tests.Unit;

public sealed unsafe class NumbersTests
{
    [Theory]
    [InlineData("0", 0L)]
    [InlineData("-1", -1L)]
    [InlineData("10", 10L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    public void A_number_in_its_shortest_form_is_read(string text, long expected)
    {
        Assert.True(TryParse(text, out long value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("-0")]
    [InlineData("+1")]
    [InlineData("01")]
    [InlineData("-01")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1a")]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    [InlineData("18446744073709551616")]
    [InlineData("99999999999999999999")]
    [InlineData("100000000000000000000")]
    public void Anything_else_is_no_number(string text) => Assert.False(TryParse(text, out _));

    [Fact]
    public void What_is_written_is_read_again_for_every_length()
    {
        Random random = new(1);
        byte* text = stackalloc byte[Numbers.Longest];
        for (int i = 0; i < 20_000; i++)
        {
            long value = random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
            int length = Numbers.Write(text, value);
            Assert.Equal(value.ToString(CultureInfo.InvariantCulture), Encoding.ASCII.GetString(text, length));
            Assert.True(Numbers.TryParse(text, length, out long read));
            Assert.Equal(value, read);
        }
    }

    private static bool TryParse(string text, out long value)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text + "x");
        fixed (byte* data = bytes)
        {
            return Numbers.TryParse(data, text.Length, out value);
        }
    }
}

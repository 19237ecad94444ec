using System.Text;

using Epollsrv.Protocol.Resp;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>The expected texts were printed by redis-server 7.0.15 on x86-64.</summary>
public sealed unsafe class RespFloatTests
{
    [Theory]
    [InlineData("0", "0.1", "0.1")]
    [InlineData("3.0e3", "200", "3200")]
    [InlineData("10.5", "0.1", "10.6")]
    [InlineData("0.1", "0.2", "0.3")]
    [InlineData("1e17", "0.5", "100000000000000000.5")]
    [InlineData("1", "1e-17", "1.00000000000000001")]
    [InlineData("-0.1", "0.1", "0")]
    [InlineData("0", "-0.0", "0")]
    [InlineData("0x1p-3", "0", "0.125")]
    [InlineData("0", "3.14159265358979323846264338", "3.14159265358979324")]
    [InlineData("1e30", "1", "1000000000000000000024696061952")]
    public void A_sum_is_that_of_80_bit_arithmetic(string left, string right, string expected)
    {
        Assert.True(TryParse(left, out ExtendedFloat first));
        Assert.True(TryParse(right, out ExtendedFloat second));
        byte* text = stackalloc byte[ExtendedFloat.LongestFormatted];
        Assert.Equal(expected, Encoding.ASCII.GetString(text, ExtendedFloat.Add(in first, in second).Format(text)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("1e")]
    [InlineData("1 ")]
    [InlineData(" 1")]
    [InlineData("abc")]
    [InlineData("nan")]
    [InlineData("--3")]
    [InlineData("1e5000")]
    [InlineData("1e-4960")]
    public void What_is_no_number_is_refused(string text) => Assert.False(TryParse(text, out _));

    [Theory]
    [InlineData("inf")]
    [InlineData("-Infinity")]
    public void Infinity_is_a_number_and_stays_infinite(string text)
    {
        Assert.True(TryParse(text, out ExtendedFloat value));
        Assert.True(value.IsInfinite);
        Assert.True(ExtendedFloat.Add(in value, default).IsInfinite);
    }

    private static bool TryParse(string text, out ExtendedFloat value)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text + " ");
        fixed (byte* data = bytes)
        {
            return ExtendedFloatParser.TryParse(data, text.Length, out value);
        }
    }
}

using System;
using System.Globalization;
using System.Text;

using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Http;

using Xunit;

namespace Epollsrv.Tests.Unit.Http;

public sealed class HttpTextTests
{
    [Fact]
    public void The_character_classes_are_those_of_the_RFCs()
    {
        const string token = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        const string target = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?%";
        for (int i = 0; i < 256; i++)
        {
            Assert.Equal(i < 128 && token.Contains((char)i, StringComparison.Ordinal), HttpText.IsToken((byte)i));
            Assert.Equal(i < 128 && target.Contains((char)i, StringComparison.Ordinal), HttpText.IsTarget((byte)i));
            Assert.Equal(i is 9 or (>= 32 and not 127), HttpText.IsValue((byte)i));
            Assert.Equal(i < 128 && Uri.IsHexDigit((char)i) ? Convert.ToInt32(((char)i).ToString(), 16) : -1, HttpText.Hex((byte)i));
            Assert.Equal(i < 128 ? char.ToLowerInvariant((char)i) : (char)i, (char)HttpText.Lower((byte)i));
            Assert.Equal(i < 128 && (char.IsAsciiLetterOrDigit((char)i) || "-._~".Contains((char)i, StringComparison.Ordinal)),
                PercentEncoding.IsUnreserved((byte)i));
        }
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9223372036854775808", -1)]
    [InlineData("99999999999999999999999", -1)]
    [InlineData("", -1)]
    [InlineData("-1", -1)]
    [InlineData(" 1", -1)]
    [InlineData("1a", -1)]
    public void Numbers_are_digits_that_fit(string text, long expected) =>
        Assert.Equal(expected, HttpText.Number(Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData("a%20b", "a b")]
    [InlineData("%41%zz", null)]
    [InlineData("%4", null)]
    [InlineData("%", null)]
    [InlineData("%00%fF", "\0\u00ff")]
    [InlineData("%252e", "%2e")]
    [InlineData("", "")]
    public void Percent_encoding_is_undone_once(string text, string? expected)
    {
        byte[] target = new byte[100];
        int length = HttpText.Decode(Encoding.Latin1.GetBytes(text), target);
        Assert.Equal(expected, length < 0 ? null : Encoding.Latin1.GetString(target, 0, length));
    }

    [Fact]
    public void Base64_is_read_with_and_without_padding()
    {
        Random random = new(1);
        byte[] target = new byte[100];
        for (int length = 0; length < 90; length++)
        {
            byte[] bytes = new byte[length];
            random.NextBytes(bytes);
            string text = Convert.ToBase64String(bytes);
            Assert.Equal(length, HttpText.DecodeBase64(Encoding.ASCII.GetBytes(text), target));
            Assert.Equal(bytes, target[..length]);
            Assert.Equal(length, HttpText.DecodeBase64(Encoding.ASCII.GetBytes(text.TrimEnd('=')), target));
        }

        Assert.Equal(-1, HttpText.DecodeBase64("a"u8, target));
        Assert.Equal(-1, HttpText.DecodeBase64("ab!d"u8, target));
        Assert.Equal(-1, HttpText.DecodeBase64("ab d"u8, target));
        Assert.Equal(-1, HttpText.DecodeBase64("aaaaaaaa"u8, target.AsSpan(0, 5)));
    }

    [Fact]
    public void Dates_are_written_and_read_back_for_every_day_of_four_centuries()
    {
        byte[] text = new byte[HttpDate.Length];
        DateTime day = new(1899, 12, 31, 23, 59, 59, DateTimeKind.Utc);
        for (int i = 0; i < 150_000; i++, day = day.AddDays(1).AddSeconds(-1))
        {
            long seconds = (day.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;
            HttpDate.Format(seconds, text);
            Assert.Equal(day.ToString("ddd, dd MMM yyyy HH:mm:ss 'GMT'", CultureInfo.InvariantCulture), Encoding.ASCII.GetString(text));
            Assert.True(HttpDate.TryParse(text, 0, out long back));
            Assert.Equal(seconds, back);
            Assert.True(HttpDate.TryParse(
                Encoding.ASCII.GetBytes(
                day.ToString("ddd MMM ", CultureInfo.InvariantCulture) + day.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2)
                + day.ToString(" HH:mm:ss yyyy", CultureInfo.InvariantCulture)), 0, out back));
            Assert.Equal(seconds, back);
        }
    }

    [Theory]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", 784111777)]
    [InlineData("Wednesday, 06-Nov-30 08:49:37 GMT", 1920185377)]
    [InlineData("Saturday, 01-Jan-00 00:00:00 GMT", 946684800)]
    [InlineData("Friday, 01-Jan-99 00:00:00 GMT", 915148800)]
    public void Two_digit_years_are_not_far_ahead(string text, long expected)
    {
        Assert.True(HttpDate.TryParse(Encoding.ASCII.GetBytes(text), 1_790_000_000, out long seconds));
        Assert.Equal(expected, seconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 UTC")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GM")]
    [InlineData("Sun, 06 Foo 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 anF 1994 08:49:37 GMT")]
    [InlineData("Sun, 32 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 24:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08-49-37 GMT")]
    [InlineData("Sun, 06 Nov -994 08:49:37 GMT")]
    [InlineData("784111777")]
    public void What_is_no_date_is_refused(string text) => Assert.False(HttpDate.TryParse(Encoding.ASCII.GetBytes(text), 0, out _));

    [Fact]
    public void A_list_is_taken_apart_at_commas_outside_quotes()
    {
        ReadOnlySpan<byte> list = " a ,, \"b,c\" ;x,\td"u8;
        string[] expected = ["a", "", "\"b,c\" ;x", "d"];
        foreach (string one in expected)
        {
            Assert.True(HttpText.TryTake(ref list, out ReadOnlySpan<byte> element));
            Assert.Equal(one, Encoding.ASCII.GetString(element));
        }

        Assert.False(HttpText.TryTake(ref list, out _));
    }

    [Fact]
    public void Passwords_match_only_themselves()
    {
        Assert.True(PasswordCheck.Matches("secret"u8, "secret"u8));
        Assert.False(PasswordCheck.Matches("secret"u8, "secreT"u8));
        Assert.False(PasswordCheck.Matches("secret"u8, "secretsecret"u8));
        Assert.False(PasswordCheck.Matches("secret"u8, "secre"u8));
        Assert.False(PasswordCheck.Matches("secret"u8, ""u8));
        Assert.True(PasswordCheck.Matches(""u8, ""u8));
        Assert.False(PasswordCheck.Matches(""u8, "x"u8));
    }

    [Theory]
    [InlineData(true, "GET / HTTP/1.1")]
    [InlineData(true, "GET / HTTP/1.1\r")]
    [InlineData(true, "anything at all HTTP/9.9")]
    [InlineData(true, "GET / HTTP/1")]
    [InlineData(true, "GET / http/1.1")]
    [InlineData(true, "GET\t/ HTTP/1.1\r")]
    [InlineData(true, "GET / HTTP/1.1\rHost: x")]
    [InlineData(true, "GET http://a/ HTTP/1")]
    [InlineData(true, "GET / ")]
    [InlineData(true, "PRI * HTTP/2.0")]
    [InlineData(false, "GET /")]
    [InlineData(false, "GET key")]
    [InlineData(false, "PING")]
    [InlineData(false, "SET key HTTP/1")]
    [InlineData(false, "SET /a http://b/c")]
    [InlineData(false, "SET /a b ")]
    [InlineData(false, "")]
    [InlineData(false, "HTTP/1.1")]
    public void A_first_line_is_told_from_an_inline_command(bool expected, string line)
        => Assert.Equal(expected, HttpDetection.IsRequestLine(Encoding.ASCII.GetBytes(line)));
}

using System.Text;

using Epollsrv.Protocol.Memcached;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Numbers, times, words and encoded keys as memcached reads them.</summary>
public sealed unsafe class MemcachedRulesTests
{
    [Theory]
    [InlineData("0", true, 0UL)]
    [InlineData("007", true, 7UL)]
    [InlineData(" \t5", true, 5UL)]
    [InlineData("5 x", true, 5UL)]
    [InlineData("+5", true, 5UL)]
    [InlineData("18446744073709551615", true, 18446744073709551615UL)]
    [InlineData("18446744073709551616", false, 0UL)]
    [InlineData("-5", false, 0UL)]
    [InlineData("5x", false, 0UL)]
    [InlineData("", false, 0UL)]
    [InlineData("-", false, 0UL)]
    public void A_number_is_read_as_by_strtoull(string text, bool isNumber, ulong number)
    {
        fixed (byte* bytes = Encoding.ASCII.GetBytes(text + "?"))
        {
            Assert.Equal(isNumber, MemcachedNumber.TryRead(bytes, text.Length, out ulong value));
            Assert.True(!isNumber || value == number);
        }
    }

    [Theory]
    [InlineData("2147483647", true, 2147483647)]
    [InlineData("2147483648", false, 0)]
    [InlineData("-2147483648", true, int.MinValue)]
    [InlineData("4294967297", false, 0)]
    public void A_length_has_32_bits(string text, bool isNumber, int number)
    {
        fixed (byte* bytes = Encoding.ASCII.GetBytes(text))
        {
            Assert.Equal(isNumber, MemcachedNumber.TryRead(bytes, text.Length, out int value));
            Assert.True(!isNumber || value == number);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, MemcachedTime.Gone)]
    [InlineData(100, 1_000_100_000)]
    [InlineData(2_592_000, 3_592_000_000)]
    [InlineData(2_592_001, 2_592_001_000)]
    [InlineData(4_102_444_800, 4_102_444_800_000)]
    [InlineData(long.MaxValue, 253_402_300_799_000)]
    [InlineData(long.MinValue, MemcachedTime.Gone)]
    public void A_time_is_relative_up_to_thirty_days(long time, long expiry)
        => Assert.Equal(expiry, MemcachedTime.ToExpiry(time, 1_000_000_000));

    [Theory]
    [InlineData("Zm9v", "foo")]
    [InlineData("Zg==", "f")]
    [InlineData("Zm8=", "fo")]
    [InlineData("Z!m9v", "foo")]
    [InlineData("Zm9", null)]
    [InlineData("====", null)]
    [InlineData("!!", null)]
    public void A_key_in_base64_is_decoded(string text, string? key)
    {
        byte* room = stackalloc byte[16];
        fixed (byte* bytes = Encoding.ASCII.GetBytes(text))
        {
            MemcachedRequest request = new() { Key = bytes, KeyLength = text.Length };
            Assert.Equal(key is not null, MemcachedBase64.TryDecode(&request, room));
            Assert.True(key is null || key == Encoding.ASCII.GetString(request.KeySpan));
        }
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("f", "Zg==")]
    [InlineData("fo", "Zm8=")]
    [InlineData("foo", "Zm9v")]
    [InlineData("foobar", "Zm9vYmFy")]
    public void And_encoded(string key, string text)
    {
        byte* room = stackalloc byte[16];
        byte* end = MemcachedBase64.Encode(room, Encoding.ASCII.GetBytes(key));
        Assert.Equal(text, Encoding.ASCII.GetString(room, (int)(end - room)));
    }

    [Theory]
    [InlineData("a b", 2)]
    [InlineData("  a   b  ", 2)]
    [InlineData("a\0b c", 1)]
    [InlineData("", 0)]
    [InlineData("a b c d e", 4)]
    public void Words_stand_between_blanks_up_to_a_zero(string line, int count)
    {
        MemcachedToken* words = stackalloc MemcachedToken[3];
        fixed (byte* bytes = Encoding.ASCII.GetBytes(line + "?"))
        {
            Assert.Equal(count, MemcachedWords.Split(bytes, bytes + line.Length, words, 3));
        }
    }
}

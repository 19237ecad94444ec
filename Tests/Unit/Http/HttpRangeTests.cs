using System;
using System.Text;

using Epollsrv.Protocol.Http;

using Xunit;

namespace Epollsrv.Tests.Unit.Http;

public sealed class HttpRangeTests
{
    [Theory]
    [InlineData("bytes=0-0", 1, 0, 0)]
    [InlineData("bytes=0-", 1, 0, 99)]
    [InlineData("bytes=-1", 1, 99, 99)]
    [InlineData("bytes=-1000", 1, 0, 99)]
    [InlineData("BYTES=5-9", 1, 5, 9)]
    [InlineData("bytes= 5-9", 1, 5, 9)]
    [InlineData("bytes=99-100", 1, 99, 99)]
    [InlineData("bytes=100-", -1, 0, 0)]
    [InlineData("bytes=-0", -1, 0, 0)]
    [InlineData("bytes=99999999999999999999-", -1, 0, 0)]
    [InlineData("bytes=5-4", 0, 0, 0)]
    [InlineData("bytes=5", 0, 0, 0)]
    [InlineData("bytes=-", 0, 0, 0)]
    [InlineData("bytes=+1-2", 0, 0, 0)]
    [InlineData("bytes=1 - 2", 0, 0, 0)]
    [InlineData("bytes=0x1-2", 0, 0, 0)]
    [InlineData("bytes", 0, 0, 0)]
    [InlineData("items=0-1", 0, 0, 0)]
    [InlineData("bytes=0-1,", 1, 0, 1)]
    [InlineData("bytes=,", 0, 0, 0)]
    [InlineData("bytes=0-1,x", 0, 0, 0)]
    public void Ranges_of_a_hundred_bytes(string text, int count, long first, long last)
    {
        HttpRange[] ranges = new HttpRange[HttpRange.Most];
        Assert.Equal(count, HttpRange.Read(Encoding.ASCII.GetBytes(text), 100, ranges));
        if (count > 0)
        {
            Assert.Equal(first, ranges[0].First);
            Assert.Equal(last, ranges[0].Last);
        }
    }

    [Fact]
    public void Random_ranges_are_the_same_as_those_of_an_obvious_reader()
    {
        Random random = new(7);
        HttpRange[] ranges = new HttpRange[HttpRange.Most];
        for (int i = 0; i < 20_000; i++)
        {
            long size = random.Next(0, 12);
            int count = random.Next(1, 4);
            StringBuilder text = new("bytes=");
            bool valid = true;
            long sum = 0;
            int good = 0;
            (long, long)[] expected = new (long, long)[count];
            for (int n = 0; n < count; n++)
            {
                long a = random.Next(0, 14);
                long b = random.Next(0, 14);
                int kind = random.Next(3);
                text.Append(n > 0 ? "," : "").Append(kind == 0 ? a + "-" + b : kind == 1 ? a + "-" : "-" + b);
                valid &= kind != 0 || a <= b;
                long first = kind == 2 ? Math.Max(0, size - b) : a;
                valid &= kind != 2 || size > 0 || b == 0;
                long last = kind == 0 ? Math.Min(b, size - 1) : size - 1;
                if (first <= last && first < size)
                {
                    expected[good++] = (first, last);
                    sum += last - first + 1;
                }
            }

            int wanted = !valid ? 0 : good == 0 ? -1 : good > 1 && sum > size ? 0 : good;
            Assert.Equal(wanted, HttpRange.Read(Encoding.ASCII.GetBytes(text.ToString()), size, ranges));
            for (int n = 0; n < wanted; n++)
            {
                Assert.Equal(expected[n], (ranges[n].First, ranges[n].Last));
            }
        }
    }
}

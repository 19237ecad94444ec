using System;
using System.Text;

using Epollsrv.Protocol.Http;

using Xunit;

namespace Epollsrv.Tests.Unit.Http;

/// <summary>The head of a response as a client of ours reads it.</summary>
public sealed class HttpResponseTests
{
    [Fact]
    public void A_whole_head_is_understood()
    {
        byte[] bytes = Encoding.ASCII.GetBytes("HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\ncontent-range: bytes 10-14/100\r\nETag: \"abc\"\r\n"
            + "Repr-Digest: md5=:eA==:, sha-256=:AAAA:\r\nEpollsrv-Have: f0\r\nRetry-After: 7\r\nConnection: close\r\nX-Other:\r\n\r\nhello");
        Assert.Equal(bytes.Length - 5, HttpResponse.Read(bytes, out HttpResponse response));
        Assert.Equal(206, response.Status);
        Assert.Equal(5, response.Length);
        Assert.Equal((10, 14, 100), (response.First, response.Last, response.Total));
        Assert.Equal("\"abc\"", Encoding.ASCII.GetString(response.Tag));
        Assert.Equal("AAAA", Encoding.ASCII.GetString(response.Digest));
        Assert.Equal("f0", Encoding.ASCII.GetString(response.Have));
        Assert.Equal(7, response.RetryAfter);
        Assert.True(response.Closes);
        Assert.True(response.IsUnfinished);
        for (int length = 0; length < bytes.Length - 5; length++)
        {
            Assert.Equal(0, HttpResponse.Read(bytes.AsSpan(0, length), out _));
        }
    }

    [Theory]
    [InlineData("HTTP/1.0 200 OK\r\n\r\n")]
    [InlineData("HTTP/2 200\r\n\r\n")]
    [InlineData("http/1.1 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 600 No\r\n\r\n")]
    [InlineData("HTTP/1.1 20x OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 1\n\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n folded\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nETag: \"b\"\r\n\r\n")]
    [InlineData("HTTP/1.1 206 OK\r\nContent-Range: bytes 5-4/10\r\n\r\n")]
    [InlineData("HTTP/1.1 206 OK\r\nContent-Range: bytes 5-10/10\r\n\r\n")]
    [InlineData("HTTP/1.1 206 OK\r\nContent-Range: items 0-1/10\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\u0001\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n")]
    [InlineData("EOF")]
    public void What_is_malformed_or_not_understood_is_refused(string text)
        => Assert.Equal(-1, HttpResponse.Read(Encoding.Latin1.GetBytes(text), out _));

    [Fact]
    public void Random_bytes_and_cuts_never_do_more_than_be_refused()
    {
        int seed = Environment.TickCount;
        Console.WriteLine("seed " + seed);
        Random random = new(seed);
        byte[] good = Encoding.ASCII.GetBytes("HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\nContent-Range: bytes 10-14/100\r\nETag: \"abc\"\r\nRepr-Digest: sha-256=:AAAA:\r\n\r\n");
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = (byte[])good.Clone();
            for (int change = random.Next(4); change >= 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            int length = HttpResponse.Read(bytes.AsSpan(0, random.Next(bytes.Length + 1)), out HttpResponse response);
            Assert.InRange(length, -1, bytes.Length);
            Assert.True(length <= 0 || response.Status is >= 200 and <= 599);
        }
    }

    [Fact]
    public void A_head_has_a_limited_number_of_fields()
    {
        StringBuilder text = new("HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < HttpResponse.MostFields; i++)
        {
            text.Append("A: b\r\n");
        }

        Assert.True(HttpResponse.Read(Encoding.ASCII.GetBytes(text + "\r\n"), out _) > 0);
        Assert.Equal(-1, HttpResponse.Read(Encoding.ASCII.GetBytes(text + "A: b\r\n\r\n"), out _));
    }
}

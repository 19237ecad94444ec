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
        byte[] bytes = Encoding.ASCII.GetBytes(
            "HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\ncontent-range: bytes 10-14/100\r\nETag: \"abc\"\r\n"
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
    [InlineData("HTTP/1.2 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/2 200\r\n\r\n")]
    [InlineData("http/1.1 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n")]
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
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n")]
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

    [Theory]
    [InlineData("HTTP/1.0 200 OK\r\n\r\n", 200, true, false)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", 100, false, false)]
    [InlineData("HTTP/1.1 103 \r\nLink: <a>\r\n\r\n", 103, false, false)]
    [InlineData("HTTP/1.1 206 x\r\ntransfer-encoding:CHUNKED \r\n\r\n", 206, false, true)]
    public void What_proxies_make_of_a_head_is_understood(string text, int status, bool closes, bool chunked)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        Assert.Equal(bytes.Length, HttpResponse.Read(bytes, out HttpResponse response));
        Assert.Equal((status, closes, chunked, -1L), (response.Status, response.Closes, response.IsChunked, response.Length));
    }

    [Theory]
    [InlineData("5\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("2;name=\"x\"\r\nhe\r\n00003 \r\nllo\r\n0;last\r\nTrailer: 1\r\n\r\n", "hello")]
    [InlineData("0\r\n\r\n", "")]
    [InlineData("5\r\nhello0\r\n\r\n", null)]
    [InlineData("5\nhello\r\n0\r\n\r\n", null)]
    [InlineData("\r\nhello\r\n0\r\n\r\n", null)]
    [InlineData("x\r\n", null)]
    [InlineData("-5\r\nhello", null)]
    [InlineData("1000000000000000\r\nhello", null)]
    public void Chunks_are_found_however_they_are_cut(string text, string? body)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        for (int cut = 1; cut <= bytes.Length; cut++)
        {
            ChunkReader chunks = new() { IsOn = true };
            StringBuilder found = new();
            int start = 0;
            bool failed = false;
            for (int end = Math.Min(cut, bytes.Length); !failed && !chunks.IsAtEnd; end = Math.Min(end + cut, bytes.Length))
            {
                while (!failed && !chunks.IsAtEnd && start < end)
                {
                    int used = chunks.Read(bytes.AsSpan(start, end - start));
                    failed = used < 0;
                    start += Math.Max(0, used);
                    int taken = (int)Math.Min(chunks.Left, end - start);
                    _ = found.Append(text, start, taken);
                    start += taken;
                    chunks.Left -= taken;
                    if (used == 0 && taken == 0)
                    {
                        break;
                    }
                }

                Assert.True(failed || chunks.IsAtEnd || end < bytes.Length);
            }

            Assert.Equal(body, failed ? null : found.ToString());
        }
    }

    [Fact]
    public void Random_bytes_and_cuts_never_do_more_than_be_refused()
    {
        int seed = TestSeed.Choose();
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
            Assert.True(length <= 0 || response.Status is >= 100 and <= 599);
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

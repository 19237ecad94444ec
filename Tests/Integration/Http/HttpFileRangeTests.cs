using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>/files/: ranges.</summary>
public sealed class HttpFileRangeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly NodeUnderTest _node;
    private readonly byte[] _large = new byte[1_000_000];

    public HttpFileRangeTests()
    {
        new Random(1).NextBytes(_large);
        File.WriteAllBytes(_folder["large.bin"], _large);
        File.WriteAllText(_folder["small.txt"], "0123456789");
        File.WriteAllText(_folder["empty"], "");
        _node = NodeUnderTest.Start("adaptive edge", "--share", _folder.Path);
    }

    public void Dispose()
    {
        _node.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("bytes=0-3", "0123", "bytes 0-3/10")]
    [InlineData("bytes=3-", "3456789", "bytes 3-9/10")]
    [InlineData("bytes=-3", "789", "bytes 7-9/10")]
    [InlineData("bytes=-100", "0123456789", "bytes 0-9/10")]
    [InlineData("bytes=9-99999999999999999999999", "9", "bytes 9-9/10")]
    [InlineData("Bytes=5-5", "5", "bytes 5-5/10")]
    [InlineData("bytes=20-30, 2-3", "23", "bytes 2-3/10")]
    public void A_range_is_sent_as_206(string range, string expected, string contentRange)
    {
        using HttpConnection http = new(_node);
        HttpReply reply = http.Get("/files/small.txt", "Range: " + range + "\r\n");
        Assert.Equal(206, reply.Status);
        Assert.Equal(expected, reply.Text);
        Assert.Equal(contentRange, reply["Content-Range"]);
    }

    [Theory]
    [InlineData("lines=0-3")]
    [InlineData("bytes=")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=3-1")]
    [InlineData("bytes=1")]
    [InlineData("bytes=0-8,1-9")]
    [InlineData("bytes=-5", "/files/empty")]
    [InlineData("bytes=-1, 0-", "/files/empty")]
    [InlineData("bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0")]
    public void A_range_that_is_no_use_is_ignored(string range, string path = "/files/small.txt")
    {
        using HttpConnection http = new(_node);
        HttpReply reply = http.Get(path, "Range: " + range + "\r\n");
        Assert.Equal(200, reply.Status);
        Assert.Equal(path == "/files/empty" ? string.Empty : "0123456789", reply.Text);
        Assert.Null(reply["Content-Range"]);
        Assert.Equal(200, http.Get("/files/small.txt", "Range: bytes=0-1\r\n", "HEAD").Status);
    }

    [Theory]
    [InlineData("/files/small.txt", "bytes=10-", "bytes */10")]
    [InlineData("/files/small.txt", "bytes=-0", "bytes */10")]
    [InlineData("/files/empty", "bytes=0-", "bytes */0")]
    [InlineData("/files/empty", "bytes=-0", "bytes */0")]
    public void A_range_beyond_the_end_is_416(string path, string range, string contentRange)
    {
        using HttpConnection http = new(_node);
        HttpReply reply = http.Get(path, "Range: " + range + "\r\n");
        Assert.Equal(416, reply.Status);
        Assert.Equal(contentRange, reply["Content-Range"]);
        Assert.Equal(200, http.Get("/healthz").Status);
    }

    [Theory]
    [InlineData("small.txt", "0-1", "3-4", "-1")]
    [InlineData("large.bin", "0-99999", "200000-200009", "500000-599999")]
    [InlineData("large.bin", "5-9", "100000-299999", "-3")]
    [InlineData("large.bin", "500000-899999", "0-9", "1-2")]
    public void Several_ranges_come_as_parts(string name, params string[] ranges)
    {
        byte[] whole = File.ReadAllBytes(_folder[name]);
        using HttpConnection http = new(_node);
        HttpReply reply = http.Get("/files/" + name, "Range: bytes=" + string.Join(", ", ranges) + "\r\n");
        Assert.Equal(206, reply.Status);
        string type = reply["Content-Type"]!;
        Assert.StartsWith("multipart/byteranges; boundary=", type, StringComparison.Ordinal);
        string boundary = type[(type.IndexOf('=', StringComparison.Ordinal) + 1)..];
        string[] parts = Encoding.Latin1.GetString(reply.Body).Split("\r\n--" + boundary);
        Assert.Equal("", parts[0]);
        Assert.Equal("--\r\n", parts[^1]);
        Assert.Equal(ranges.Length, parts.Length - 2);
        for (int i = 0; i < ranges.Length; i++)
        {
            string[] ends = ranges[i].Split('-');
            int first = ends[0].Length == 0 ? whole.Length - int.Parse(ends[1], CultureInfo.InvariantCulture)
                : int.Parse(ends[0], CultureInfo.InvariantCulture);
            int last = ends[0].Length == 0 ? whole.Length - 1 : int.Parse(ends[1], CultureInfo.InvariantCulture);
            string part = parts[i + 1];
            int body = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            Assert.Contains("Content-Range: bytes " + first + "-" + last + "/" + whole.Length, part[..body], StringComparison.Ordinal);
            Assert.Equal(Encoding.Latin1.GetString(whole, first, last - first + 1), part[(body + 4)..]);
        }

        Assert.Equal(200, http.Get("/healthz").Status);
    }

    [Fact]
    public void As_many_ranges_as_a_client_asks_for_that_knows_what_it_lacks()
    {
        // 200 ranges in one request; of 4000 bytes, so that not all of them are copied into the reply.
        using HttpConnection http = new(_node);
        HttpReply reply = http.Get(
            "/files/large.bin", "Range: bytes="
            + string.Join(",", Enumerable.Range(0, 200).Select(i => (i * 5000) + "-" + ((i * 5000) + 3999))) + "\r\n");
        Assert.Equal(206, reply.Status);
        string[] parts = Encoding.Latin1.GetString(reply.Body).Split("\r\n--" + reply["Content-Type"]!.Split('=')[1]);
        Assert.Equal(202, parts.Length);
        for (int i = 0; i < 200; i++)
        {
            Assert.EndsWith("\r\n\r\n" + Encoding.Latin1.GetString(_large, i * 5000, 4000), parts[i + 1], StringComparison.Ordinal);
        }

        Assert.Equal(200, http.Get(
            "/files/large.bin", "Range: bytes=" + string.Join(",", Enumerable.Range(0, 300).Select(i => i * 10 + "-" + i * 10)) + "\r\n")
            .Status);
        Assert.Equal(200, http.Get("/healthz").Status);
    }
}

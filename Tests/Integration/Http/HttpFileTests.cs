using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>/files/: whole files, ranges, conditions, names, the listing.</summary>
public sealed class HttpFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly NodeUnderTest _node;
    private readonly byte[] _large = new byte[1_000_000];

    public HttpFileTests()
    {
        new Random(1).NextBytes(_large);
        File.WriteAllBytes(_folder["large.bin"], _large);
        File.WriteAllText(_folder["small.txt"], "0123456789");
        File.WriteAllText(_folder["empty"], "");
        File.SetLastWriteTimeUtc(_folder["small.txt"], new DateTime(2020, 2, 29, 12, 34, 56, DateTimeKind.Utc));
        _node = NodeUnderTest.Start("adaptive edge", "--share", _folder.Path);
    }

    public void Dispose()
    {
        _node.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Files_of_all_sizes_are_sent_whole()
    {
        using HttpConnection http = new(_node);
        Assert.Equal("0123456789", http.Get("/files/small.txt").Text);
        Assert.Equal(_large, http.Get("/files/large.bin").Body);
        Assert.Empty(http.Get("/files/empty").Body);
        HttpReply head = http.Get("/files/large.bin", method: "HEAD");
        Assert.Equal("1000000", head["Content-Length"]);
        Assert.Equal("bytes", head["Accept-Ranges"]);
        Assert.Equal("Sat, 29 Feb 2020 12:34:56 GMT", http.Get("/files/small.txt")["Last-Modified"]);
        File.WriteAllText(_folder["new.txt"], "x");
        Assert.StartsWith("W/\"", http.Get("/files/new.txt")["ETag"], StringComparison.Ordinal);
    }

    [Fact]
    public void Pipelined_files_are_sent_in_order_and_hold_few_descriptors()
    {
        const int count = 300;
        using HttpConnection http = new(_node);
        string one = "GET /files/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\nGET /files/small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n";
        http.Send(string.Concat(Enumerable.Repeat(one, count)));
        int open = 0;
        for (int i = 0; i < count; i++)
        {
            if (i % 50 == 0)
            {
                open = Math.Max(open, Directory.GetFiles("/proc/self/fd").Select(fd => new FileInfo(fd).LinkTarget).Count(target => target == _folder["large.bin"]));
            }

            Assert.Equal(_large, http.Read().Body);
            Assert.Equal("0123456789", http.Read().Text);
        }

        Assert.InRange(open, 0, 2);
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
    [InlineData("bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0")]
    public void A_range_that_is_no_use_is_ignored(string range)
    {
        using HttpConnection http = new(_node);
        HttpReply reply = http.Get("/files/small.txt", "Range: " + range + "\r\n");
        Assert.Equal(200, reply.Status);
        Assert.Equal("0123456789", reply.Text);
        Assert.Equal(200, http.Get("/files/small.txt", "Range: bytes=0-1\r\n", "HEAD").Status);
    }

    [Theory]
    [InlineData("/files/small.txt", "bytes=10-", "bytes */10")]
    [InlineData("/files/small.txt", "bytes=-0", "bytes */10")]
    [InlineData("/files/empty", "bytes=0-", "bytes */0")]
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
            int first = ends[0].Length == 0 ? whole.Length - int.Parse(ends[1], CultureInfo.InvariantCulture) : int.Parse(ends[0], CultureInfo.InvariantCulture);
            int last = ends[0].Length == 0 ? whole.Length - 1 : int.Parse(ends[1], CultureInfo.InvariantCulture);
            string part = parts[i + 1];
            int body = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            Assert.Contains("Content-Range: bytes " + first + "-" + last + "/" + whole.Length, part[..body], StringComparison.Ordinal);
            Assert.Equal(Encoding.Latin1.GetString(whole, first, last - first + 1), part[(body + 4)..]);
        }

        Assert.Equal(200, http.Get("/healthz").Status);
    }

    [Fact]
    public void Conditions_are_judged_in_their_order()
    {
        using HttpConnection http = new(_node);

        // The tag changes once, when the file has been hashed.
        NodeUnderTest.Until(() => http.Get("/pieces/small.txt").Status == 200, "small.txt hashed");
        string tag = http.Get("/files/small.txt")["ETag"]!;
        const string same = "Sat, 29 Feb 2020 12:34:56 GMT";
        const string before = "Saturday, 29-Feb-20 12:34:55 GMT";
        const string after = "Sat Feb 29 12:34:57 2020";
        Assert.Equal(304, Status("If-None-Match: " + tag));
        Assert.Equal(304, Status("If-None-Match: \"a\", W/" + tag));
        Assert.Equal(304, Status("If-None-Match: *"));
        Assert.Equal(200, Status("If-None-Match: \"a\""));
        Assert.Equal(304, Status("If-Modified-Since: " + same));
        Assert.Equal(304, Status("If-Modified-Since: " + after));
        Assert.Equal(200, Status("If-Modified-Since: " + before));
        Assert.Equal(200, Status("If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT"));
        Assert.Equal(200, Status("If-Modified-Since: rubbish"));
        Assert.Equal(200, Status("If-None-Match: \"a\"\r\nIf-Modified-Since: " + same));
        Assert.Equal(200, Status("If-Match: *"));
        Assert.Equal(200, Status("If-Match: " + tag));
        Assert.Equal(412, Status("If-Match: W/" + tag));
        Assert.Equal(412, Status("If-Unmodified-Since: " + before));
        Assert.Equal(200, Status("If-Unmodified-Since: " + same));
        Assert.Equal(200, Status("If-Match: *\r\nIf-Unmodified-Since: " + before));
        Assert.Equal(304, http.Get("/files/small.txt", "If-None-Match: *\r\n", "HEAD").Status);
        Assert.Equal(206, Status("Range: bytes=0-1\r\nIf-Range: " + same));
        Assert.Equal(200, Status("Range: bytes=0-1\r\nIf-Range: " + before));
        Assert.Equal(206, Status("Range: bytes=0-1\r\nIf-Range: " + tag));
        Assert.Equal(200, Status("Range: bytes=0-1\r\nIf-Range: W/" + tag));
        Assert.Equal(200, Status("Range: bytes=0-1\r\nIf-Range: \"other\""));
        Assert.Equal(304, Status("Range: bytes=0-1\r\nIf-None-Match: *"));
        Assert.Equal(200, http.Get("/healthz").Status);

        int Status(string fields) => http.Get("/files/small.txt", fields + "\r\n").Status;
    }

    [Theory]
    [InlineData("/files/missing")]
    [InlineData("/files/..")]
    [InlineData("/files/.")]
    [InlineData("/files/../secret")]
    [InlineData("/files/%2e%2e/secret")]
    [InlineData("/files/%2e%2e%2fsecret")]
    [InlineData("/files/..%2fsecret")]
    [InlineData("/files//etc/passwd")]
    [InlineData("/files/%2fetc%2fpasswd")]
    [InlineData("/files/sub/inside")]
    [InlineData("/files/sub%2finside")]
    [InlineData("/files/sub")]
    [InlineData("/files/link")]
    [InlineData("/files/pipe")]
    [InlineData("/files/small.txt%00")]
    [InlineData("/files/small.txt/")]
    [InlineData("/files/%c0%ae%c0%ae%c0%afsecret")]
    [InlineData("/files/%252e%252e%252fsecret")]
    [InlineData("/files/%")]
    [InlineData("/files/half.part")]
    public void Nothing_but_the_folders_own_files_can_be_had(string path)
    {
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(_folder.Path)!, "secret"), "secret");
        Directory.CreateDirectory(_folder["sub"]);
        File.WriteAllText(_folder["sub/inside"], "inside");
        File.WriteAllText(_folder["half.part"], "half");
        File.CreateSymbolicLink(_folder["link"], "/etc/passwd");
        Assert.Equal(0, System.Diagnostics.Process.Start("mkfifo", _folder["pipe"]) is { } made && made.WaitForExit(5000) ? made.ExitCode : -1);
        using HttpConnection http = new(_node);
        HttpReply reply = http.Get(path);
        Assert.Equal(404, reply.Status);
        Assert.DoesNotContain("secret", reply.Text, StringComparison.Ordinal);
        Assert.Equal(200, http.Get("/healthz").Status);
    }

    [Theory]
    [InlineData("a.html", "text/html; charset=utf-8", "attachment; filename=\"a.html\"")]
    [InlineData("a.PNG", "image/png", "inline; filename=\"a.PNG\"")]
    [InlineData("a.svg", "image/svg+xml", "attachment; filename=\"a.svg\"")]
    [InlineData("noextension", "application/octet-stream", "attachment; filename=\"noextension\"")]
    [InlineData("two words (1).txt", "text/plain; charset=utf-8", "inline; filename=\"two words (1).txt\"")]
    [InlineData("q\"uote;\\.bin", "application/octet-stream", "attachment; filename=\"q_uote__.bin\"; filename*=UTF-8''q%22uote%3B%5C.bin")]
    [InlineData("\u00fcn\u00ef\u4f60.bin", "application/octet-stream", "attachment; filename=\"__n_____.bin\"; filename*=UTF-8''%C3%BCn%C3%AF%E4%BD%A0.bin")]
    [InlineData("line\nbreak", "application/octet-stream", "attachment; filename=\"line_break\"; filename*=UTF-8''line%0Abreak")]
    public void Names_and_types_are_told_safely(string name, string type, string disposition)
    {
        File.WriteAllText(_folder[name], "x");
        using HttpConnection http = new(_node);
        HttpReply reply = http.Get("/files/" + Uri.EscapeDataString(name));
        Assert.Equal(200, reply.Status);
        Assert.Equal(type, reply["Content-Type"]);
        Assert.Equal(disposition, reply["Content-Disposition"]);
        Assert.Equal("default-src 'none'; sandbox", reply["Content-Security-Policy"]);
        Assert.Equal("nosniff", reply["X-Content-Type-Options"]);
    }

    [Fact]
    public void The_listing_is_JSON_or_HTML_as_asked()
    {
        string odd = "<b>\"o\"&'\u00fc.txt";
        File.WriteAllText(_folder[odd], "odd");
        using HttpConnection http = new(_node);
        foreach (string accept in (string[])["", "Accept: */*\r\n", "Accept: application/json, text/html;q=0.9\r\n", "Accept: text/html;q=0\r\n"])
        {
            HttpReply reply = http.Get("/files/", accept);
            Assert.Equal("application/json", reply["Content-Type"]);
            Dictionary<string, long> files = JsonDocument.Parse(reply.Body).RootElement.GetProperty("files").EnumerateArray()
                .ToDictionary(file => file.GetProperty("name").GetString()!, file => file.GetProperty("size").GetInt64());
            Assert.Equal(4, files.Count);
            Assert.Equal(1_000_000, files["large.bin"]);
            Assert.Equal(3, files[odd]);
        }

        HttpReply html = http.Get("/files/", "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n");
        Assert.Equal("text/html; charset=utf-8", html["Content-Type"]);
        Assert.Contains("href=\"/files/%3Cb%3E%22o%22%26%27%C3%BC.txt\">&lt;b&gt;&quot;o&quot;&amp;&#39;\u00fc.txt</a>", html.Text, StringComparison.Ordinal);
        Assert.Equal("odd", http.Get("/files/%3Cb%3E%22o%22%26%27%C3%BC.txt").Text);
        HttpReply redirect = http.Get("/files");
        Assert.Equal(308, redirect.Status);
        Assert.Equal("/files/", redirect["Location"]);
    }

    [Fact]
    public void A_file_cut_short_while_it_is_sent_ends_in_a_reset()
    {
        File.WriteAllBytes(_folder["cut"], new byte[20_000_000]);
        using HttpConnection http = new(_node, receiveBuffer: 4096);
        http.Send("GET /files/cut HTTP/1.1\r\nHost: localhost\r\n\r\n");
        _ = http.Client.Receive(1000);
        using (FileStream file = File.OpenWrite(_folder["cut"]))
        {
            file.SetLength(5_000_000);
        }

        Assert.Throws<System.Net.Sockets.SocketException>(() => http.Client.ReceiveToEnd());
        using HttpConnection after = new(_node);
        Assert.Equal(200, after.Get("/healthz").Status);
    }
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>/files/: whole files, conditions, names, the listing.</summary>
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
                open = Math.Max(open,
                    Directory.GetFiles("/proc/self/fd").Select(fd => new FileInfo(fd).LinkTarget)
                    .Count(target => target == _folder["large.bin"]));
            }

            Assert.Equal(_large, http.Read().Body);
            Assert.Equal("0123456789", http.Read().Text);
        }

        Assert.InRange(open, 0, 2);
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

        // A time that was set by hand may have stood on other content before.
        Assert.Equal(200, Status("Range: bytes=0-1\r\nIf-Range: " + same));
        NodeUnderTest.Until(() =>
            http.Get("/files/large.bin", "Range: bytes=0-1\r\nIf-Range: " + http.Get("/files/large.bin")["Last-Modified"] + "\r\n")
            .Status == 206, "the second of its date over");
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
        Assert.Equal(0, System.Diagnostics.Process.Start("mkfifo", _folder["pipe"]) is { } made && made.WaitForExit(Patience.Milliseconds)
            ? made.ExitCode : -1);
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
    [InlineData("\u00fcn\u00ef\u4f60.bin", "application/octet-stream",
        "attachment; filename=\"__n_____.bin\"; filename*=UTF-8''%C3%BCn%C3%AF%E4%BD%A0.bin")]
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
        foreach (string accept in (
            string[])["Accept: application/json\r\n", "Accept: application/json, text/html;q=0.9\r\n", "Accept: text/html;q=0\r\n",
            "?format=json"])
        {
            HttpReply reply = accept[0] == '?' ? http.Get("/files/" + accept) : http.Get("/files/", accept);
            Assert.Equal("application/json", reply["Content-Type"]);
            Dictionary<string, long> files = JsonDocument.Parse(reply.Body).RootElement.GetProperty("files").EnumerateArray()
                .ToDictionary(file => file.GetProperty("name").GetString()!, file => file.GetProperty("size").GetInt64());
            Assert.Equal(4, files.Count);
            Assert.Equal(1_000_000, files["large.bin"]);
            Assert.Equal(3, files[odd]);
        }

        // What browsers say, and what programs say that follow links (wget -r).
        HttpReply html = http.Get("/files/", "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n");
        foreach (string accept in (string[])["", "Accept: */*\r\n", "Accept: text/html, application/json\r\n"])
        {
            Assert.Equal(html.Text, http.Get("/files/", accept).Text);
        }

        Assert.Equal("text/html; charset=utf-8", html["Content-Type"]);
        Assert.Equal("text/html; charset=utf-8", http.Get("/files/?format=html", "Accept: application/json\r\n")["Content-Type"]);
        Assert.Contains("href=\"/files/%3Cb%3E%22o%22%26%27%C3%BC.txt\">&lt;b&gt;&quot;o&quot;&amp;&#39;\u00fc.txt</a>", html.Text,
            StringComparison.Ordinal);
        Assert.Equal("odd", http.Get("/files/%3Cb%3E%22o%22%26%27%C3%BC.txt").Text);
        HttpReply redirect = http.Get("/files");
        Assert.Equal(308, redirect.Status);
        Assert.Equal("/files/", redirect["Location"]);
    }

    [Fact]
    public void The_listing_is_in_the_order_of_names_and_bounded()
    {
        foreach (string name in (string[])["b", "a", "B", "a-very-long-name-that-is-longer-than-the-others", "\u00fc", "ab", "half.part"])
        {
            File.WriteAllText(_folder[name], "x");
        }

        string[] sorted = ["B", "a", "a-very-long-name-that-is-longer-than-the-others", "ab", "b", "empty", "large.bin", "small.txt",
            "\u00fc"];
        Assert.Equal(sorted, Listed(_node));
        using NodeUnderTest few = NodeUnderTest.Start("adaptive edge", "--share", _folder.Path, "--max-shared-files", "4");
        string[] listed = Listed(few);
        Assert.Equal(4, listed.Length);
        Assert.Equal(sorted.Where(listed.Contains), listed);

        static string[] Listed(NodeUnderTest node)
        {
            using HttpConnection http = new(node);
            return JsonDocument.Parse(http.Get("/files/?format=json").Body).RootElement.GetProperty("files").EnumerateArray()
                .Select(file => file.GetProperty("name").GetString()!).ToArray();
        }
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

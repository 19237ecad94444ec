using System;
using System.Globalization;
using System.Text;

using Epollsrv.Protocol.Http;

using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Fuzz;

/// <summary>Random and damaged requests, whole and in pieces: the parser says the same as a slow reader of the grammar.</summary>
[Trait("Category", "Fuzz")]
public sealed unsafe class HttpFuzzTests(ITestOutputHelper output)
{
    private const int Seconds = 10;
    private const long LongestBody = 1 << 20;

    private static readonly string[] _methods =
        ["GET", "PUT", "HEAD", "DELETE", "POST", "OPTIONS", "TRACE", "CONNECT", "get", "X-Y", "", "G ET", "G\u00e9T"];
    private static readonly string[] _targets =
        ["/", "/kv/a%20b?ttl=3s", "*", "http://localhost/x?y", "https://[::1]:443", "http://", "http://a?b", "//x", "", "/a b", "/a#b",
        "/\u00e9", "HTTP://User@h/", "/a\0", "abc", "/{x}"];
    private static readonly string[] _versions =
        ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/1", "http/1.1", "HTTP/1.10", ""];
    private static readonly string[] _names =
        ["Host", "host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "Range", "X-Other", "Content-Type", "Origin",
        "Accept", "If-Match", "Bad Name", "", "Na\u00efve", "T:x"];
    private static readonly string[] _values =
        ["localhost", "a:80", "[::1]:1", "a,b", "a:99999", "5", "0", "05", "+5", "5, 5", "99999999999999999999", "chunked", "Chunked",
        "gzip", "gzip, chunked", "chunked, gzip", "chunked,chunked", ", chunked", "close", "keep-alive, Close", "keep-alive",
        "100-continue", "200", "", " x\ty ", "a\0b", "a\u007fb", "\u00fc", "x\rz"];

    [Fact]
    public void Heads_are_understood_or_refused_as_the_grammar_says()
    {
        int seed = TestSeed.Choose();
        output.WriteLine("seed " + seed.ToString(CultureInfo.InvariantCulture));
        Random random = new(seed);
        HttpOptions limits = new();
        long deadline = Environment.TickCount64 + (Seconds * 1000);
        int good = 0;
        int bad = 0;
        while (Environment.TickCount64 < deadline)
        {
            byte[] bytes = Encoding.Latin1.GetBytes(MakeHead(random));
            fixed (byte* data = bytes)
            {
                // First in pieces, to find the end; the head the pieces give must be the same as in one go.
                int searched = 0, line = 0, fields = 0;
                int head = 0;
                int have = 0;
                while (head == 0 && have < bytes.Length)
                {
                    have = Math.Min(bytes.Length, have + random.Next(1, 20));
                    head = HttpParser.FindEnd(data, have, limits, ref searched, ref line, ref fields, out _);
                }

                searched = line = fields = 0;
                Assert.Equal(head, HttpParser.FindEnd(data, bytes.Length, limits, ref searched, ref line, ref fields, out _));
                string text = Encoding.Latin1.GetString(bytes);
                int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                int bare = -1;
                for (int i = 0; i < (end < 0 ? text.Length : end + 4) && bare < 0; i++)
                {
                    bare = text[i] == '\n' && (i == 0 || text[i - 1] != '\r') ? i : -1;
                }

                Assert.True(head == (bare >= 0 ? -400 : end < 0 ? 0 : end + 4), text);
                if (head <= 0)
                {
                    continue;
                }

                int status = HttpParser.Parse(data, head, out HttpRequest request);
                int expected = HttpOracle.Read(text[..head], out string path, out long length, out bool chunked, out bool keepAlive);
                Assert.True(status == expected, text + "\nparser " + status + ", grammar " + expected);
                if (status == 0)
                {
                    good++;
                    Assert.True(path == Encoding.Latin1.GetString(request.Path), text);
                    Assert.True(length == request.ContentLength && chunked == request.IsChunked && keepAlive == request.KeepAlive, text);
                }
                else
                {
                    bad++;
                    Assert.False(request.Problem.IsEmpty);
                }
            }
        }

        output.WriteLine(good + " good, " + bad + " refused");
        Assert.True(good > 1000 && bad > 1000);
    }

    [Fact]
    public void Chunked_bodies_are_decoded_or_refused_as_the_grammar_says()
    {
        int seed = TestSeed.Choose();
        output.WriteLine("seed " + seed.ToString(CultureInfo.InvariantCulture));
        Random random = new(seed);
        long deadline = Environment.TickCount64 + (Seconds * 1000);
        int good = 0;
        int bad = 0;
        while (Environment.TickCount64 < deadline)
        {
            string text = MakeChunks(random);
            StringBuilder body = new();
            int expected = HttpOracle.ReadChunks(text, LongestBody, body);
            byte[] bytes = Encoding.Latin1.GetBytes("HEAD" + text);
            fixed (byte* data = bytes)
            {
                HttpState state = new() { HeadLength = 4 };
                int result = 0;
                int have = 4;
                while (result == 0 && have < bytes.Length)
                {
                    have = Math.Min(bytes.Length, have + random.Next(1, 12));
                    result = HttpChunks.Decode(data, have, ref state, LongestBody, out _);
                }

                int wanted = expected switch { -1 => 0, -2 => -400, -3 => -413, _ => expected + 4 };
                Assert.True(result == wanted, text + "\ndecoder " + result + ", grammar " + expected);
                if (result > 0)
                {
                    good++;
                    Assert.Equal(body.ToString(), Encoding.Latin1.GetString(data + 4, state.Decoded));
                }
                else if (result < 0)
                {
                    bad++;
                }
            }
        }

        output.WriteLine(good + " good, " + bad + " refused");
        Assert.True(good > 1000 && bad > 1000);
    }

    private static string MakeHead(Random random)
    {
        bool decent = random.Next(3) > 0;
        StringBuilder text = new();
        text.Append(Pick(_methods, decent ? 8 : 0)).Append(' ').Append(Pick(_targets, decent ? 5 : 0)).Append(' ')
            .Append(Pick(_versions, decent ? 5 : 0)).Append("\r\n");
        if (random.Next(8) > 0)
        {
            text.Append("Host: localhost\r\n");
        }

        for (int i = random.Next(0, 5); i > 0; i--)
        {
            string name = Pick(_names, 0);
            string value = Pick(_values, 0);
            if (decent && random.Next(4) > 0)
            {
                name = Pick(["X-A", "Connection", "Accept", "Content-Length", "Transfer-Encoding"], 0);
                value = name == "Content-Length" ? random.Next(1000).ToString(CultureInfo.InvariantCulture) : name == "Transfer-Encoding"
                    ? "chunked" : Pick(["a", "close", "keep-alive", "x, y"], 0);
            }

            text.Append(name).Append(random.Next(30) == 0 ? " :" : ":").Append(random.Next(2) == 0 ? " " : "").Append(value).Append("\r\n");
        }

        text.Append("\r\n");
        for (int i = random.Next(0, 4) - 2; i > 0; i--)
        {
            // A byte changed, lost or doubled.
            int at = random.Next(text.Length);
            _ = random.Next(3) switch
            {
                0 => text.Remove(at, 1),
                1 => text.Insert(at, text[at]),
                _ => text.Replace(text[at], "\r\n \t:\0a0/\u00ff,;=[]"[random.Next(15)], at, 1),
            };
        }

        return text.ToString();

        string Pick(string[] from, int first) => from[random.Next(first > 0 ? first : from.Length)];
    }

    private static string MakeChunks(Random random)
    {
        StringBuilder text = new();
        for (int i = random.Next(0, 4); i > 0; i--)
        {
            int size = random.Next(1, 30);
            text.Append(size.ToString(random.Next(2) == 0 ? "x" : "X3", CultureInfo.InvariantCulture));
            text.Append(random.Next(6) switch { 0 => ";a", 1 => "; b = c", 2 => " ;d=\"e f\"", _ => "" });
            text.Append("\r\n");
            for (int n = 0; n < size; n++)
            {
                text.Append("abc\r\n0;"[random.Next(7)]);
            }

            text.Append("\r\n");
        }

        text.Append("0\r\n");
        text.Append(random.Next(4) == 0 ? "X: y\r\n" : "");
        text.Append("\r\n");
        if (random.Next(2) == 0)
        {
            int at = random.Next(text.Length);
            _ = random.Next(3) switch
            {
                0 => text.Remove(at, 1),
                1 => text.Insert(at, text[at]),
                _ => text.Replace(text[at], "\r\nx0 ;g"[random.Next(7)], at, 1),
            };
        }

        return text.ToString();
    }
}

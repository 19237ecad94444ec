using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>/metrics by a strict parser of the text format, /status.json, the page, the health checks.</summary>
public sealed partial class HttpMetricsTests
{
    [Fact]
    public void Metrics_keep_every_rule_of_the_text_format() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using HttpConnection http = new(node);
        Work(node, http);
        Dictionary<string, double> samples = Timed(http, csRequests: 2, httpRequests: 3);
        Assert.Equal(1, samples["epollsrv_requests_total{protocol=\"http\",command=\"kv\",result=\"4xx\"}"]);
        Assert.Equal(2, samples["epollsrv_requests_total{protocol=\"http\",command=\"kv\",result=\"2xx\"}"]);
        Assert.Equal(1, samples["epollsrv_requests_total{protocol=\"cs\",command=\"get\",result=\"ok\"}"]);
        Assert.Equal(1, samples["epollsrv_requests_total{protocol=\"cs\",command=\"get\",result=\"error\"}"]);
        Assert.Equal(1, samples["epollsrv_requests_total{protocol=\"resp\",command=\"get\",result=\"ok\"}"]);
        Assert.Equal(1, samples["epollsrv_connections{protocol=\"http\"}"]);
        Assert.Equal(1, samples["epollsrv_connections{protocol=\"cs\"}"]);
        Assert.Equal(1, samples["epollsrv_connections{protocol=\"resp\"}"]);
        Assert.Equal(1, samples["epollsrv_keys"]);
        Assert.True(samples["epollsrv_request_duration_seconds_sum{protocol=\"http\"}"] > 0);
        Assert.True(samples["epollsrv_thread_cpu_seconds_total{thread=\"loop\"}"] > 0);
        Assert.Contains("epollsrv_thread_cpu_seconds_total{thread=\"worker-2\"}", samples.Keys);
        Assert.True(samples["process_resident_memory_bytes"] > 1_000_000);
        Assert.True(samples["process_virtual_memory_bytes"] >= samples["process_resident_memory_bytes"]);
        Assert.InRange(samples["process_threads"], 4, 10_000);
        Assert.InRange(samples["process_open_fds"], 5, samples["process_max_fds"]);
        Assert.True(samples["epollsrv_connections_limit"] > 0);
        Assert.InRange(samples["process_start_time_seconds"], DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 600,
            DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1);
    });

    [Fact]
    public void The_page_may_run_its_own_script_and_style_and_nothing_else() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using HttpConnection http = new(node);
        HttpReply page = http.Get("/");
        string policy = page["Content-Security-Policy"]!;
        Assert.StartsWith("default-src 'none'; ", policy, StringComparison.Ordinal);
        foreach (string kind in (string[])["style", "script"])
        {
            Match match = Regex.Match(page.Text, "<" + kind + ">(.*?)</" + kind + ">", RegexOptions.Singleline);
            Assert.Contains(kind + "-src 'sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(match.Groups[1].Value)))
                + "'", policy, StringComparison.Ordinal);
        }

        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", page.Text);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.InRange(page.Body.Length, 1000, 32 * 1024);
        Assert.Equal(304, http.Get("/", "If-None-Match: " + page["ETag"] + "\r\n").Status);
        Assert.Equal(412, http.Get("/", "If-Match: \"x\"\r\n").Status);
    });

    [Fact]
    public void Status_is_JSON_with_files_only_when_asked()
    {
        using TemporaryFolder folder = new();
        System.IO.File.WriteAllText(folder["a.txt"], "a");
        NodeUnderTest.Run(
            "adaptive edge",
            node =>
            {
                using HttpConnection http = new(node);
                Work(node, http);
                JsonElement status = JsonDocument.Parse(http.Get("/status.json").Body).RootElement;
                Assert.False(status.TryGetProperty("files", out _));
                Assert.Equal(1, status.GetProperty("keys").GetInt64());
                Assert.Equal(3, status.GetProperty("requests").GetProperty("http").GetInt64());
                Assert.Equal(1, status.GetProperty("requests").GetProperty("resp").GetInt64());
                Assert.Equal(2, status.GetProperty("requests").GetProperty("cs").GetInt64());
                Assert.Equal(1, status.GetProperty("partitions").EnumerateArray().Sum(keys => keys.GetInt64()));
                Assert.Equal(0, status.GetProperty("errors").GetProperty("cs").GetInt64());
                Assert.Equal(0, status.GetProperty("refused").GetInt64());
                Assert.False(status.TryGetProperty("memcached", out _));
                Assert.Equal(3, status.GetProperty("cpu").GetArrayLength());
                Assert.False(status.GetProperty("stopping").GetBoolean());
                JsonElement file = Assert.Single(
                    JsonDocument.Parse(http.Get("/status.json?files").Body).RootElement.GetProperty("files").EnumerateArray());
                Assert.Equal("a.txt", file.GetProperty("name").GetString());
            },
            "--share", folder.Path);
    }

    [Fact]
    public void A_node_that_stops_is_alive_and_not_ready() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using HttpConnection http = new(node);
        Assert.Equal("ready\n", http.Get("/readyz").Text);
        NodeUnderTest.Until(() => node.Server.Buffers.InUse == 0, "nothing is kept");

        // An unfinished request keeps the connection while the node waits for it to end.
        http.Send("GET /readyz HTTP/1.1\r\nHost: localhost\r\n");
        NodeUnderTest.Until(() => node.Server.Buffers.InUse > 0, "half a request is kept");
        node.RequestStop();
        NodeUnderTest.Until(() => node.Server.IsStopping, "the node stops");
        HttpReply reply = http.Exchange("\r\n");
        Assert.Equal(503, reply.Status);
        Assert.Equal("close", reply["Connection"]);
    }, "--drain-timeout", "1h");

    [Theory]
    [InlineData("no_type 1\n")]
    [InlineData("# TYPE a counter\na 1\n")]
    [InlineData("# HELP a b\n# TYPE a gauge\na 1")]
    [InlineData("# HELP a b\n# TYPE a gauge\na 1\na 1\n")]
    [InlineData("# HELP a b\n# TYPE a gauge\na{x=\"1} 1\n")]
    public void The_parser_of_these_tests_is_strict(string text) => Assert.ThrowsAny<Exception>(() => Parse(text));

    // The samples of the first scrape that has timed as many requests. A request is timed when its job has ended, which may be after its
    // reply has arrived. Every scrape is a request too.
    private static Dictionary<string, double> Timed(HttpConnection http, int csRequests, int httpRequests)
    {
        Dictionary<string, double> samples = [];
        NodeUnderTest.Until(() =>
        {
            HttpReply reply = http.Get("/metrics");
            Assert.Equal("text/plain; version=0.0.4; charset=utf-8", reply["Content-Type"]);
            samples = Parse(reply.Text);
            return samples["epollsrv_request_duration_seconds_count{protocol=\"http\"}"] == httpRequests++
                && samples["epollsrv_request_duration_seconds_count{protocol=\"cs\"}"] == csRequests;
        }, "every request is timed");
        return samples;
    }

    private static void Work(NodeUnderTest node, HttpConnection http)
    {
        _ = http.Put("/kv/k", "x"u8.ToArray());
        _ = http.Get("/kv/k");
        _ = http.Get("/kv/none");
        Client cs = node.Connect();
        Assert.Equal("x", cs.Get("k"));
        Assert.Null(cs.Get("none"));
        Client resp = node.Connect();
        resp.Send("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"u8);
        Assert.Equal("$1\r\nx\r\n", Encoding.ASCII.GetString(resp.Receive(7)));
    }

    // Prometheus text format 0.0.4, and its naming conventions: every family has help and type before its
    // samples and comes once, counters end in _total, units are base units, histograms rise and end in +Inf.
    internal static Dictionary<string, double> Parse(string text)
    {
        Assert.EndsWith("\n", text);
        Dictionary<string, double> samples = [];
        HashSet<string> families = [];
        string family = "";
        string type = "";
        double bucket = 0;
        foreach (string line in text[..^1].Split('\n'))
        {
            Match help = Regex.Match(line, "^# HELP ([a-z_][a-z0-9_]*) ([^\n\\\\]+)$");
            if (help.Success)
            {
                family = help.Groups[1].Value;
                type = "";
                Assert.True(families.Add(family), "twice: " + family);
                continue;
            }

            Match kind = Regex.Match(line, "^# TYPE ([a-z_][a-z0-9_]*) (counter|gauge|histogram)$");
            if (kind.Success)
            {
                Assert.Equal(family, kind.Groups[1].Value);
                type = kind.Groups[2].Value;
                Assert.Equal(type == "counter", family.EndsWith("_total", StringComparison.Ordinal));
                Assert.Matches("^(epollsrv|process)_", family);
                Assert.DoesNotMatch("_(ms|us|milliseconds|kb|mb)(_|$)", family);
                continue;
            }

            Match sample = Sample().Match(line);
            Assert.True(sample.Success, line);
            Assert.NotEqual("", type);
            string name = sample.Groups[1].Value;
            double value = double.Parse(sample.Groups[3].Value, CultureInfo.InvariantCulture);
            Assert.True(value >= 0, line);
            if (type == "histogram")
            {
                Assert.Contains(name[family.Length..], (string[])["_bucket", "_sum", "_count"]);
                if (name.EndsWith("_bucket", StringComparison.Ordinal))
                {
                    Assert.True(value >= bucket, line);
                    bucket = value;
                }
                else if (name.EndsWith("_count", StringComparison.Ordinal))
                {
                    Assert.Equal(bucket, value);
                    string labels = sample.Groups[2].Value;
                    Assert.Equal(bucket, samples[family + "_bucket" + (labels.Length == 0 ? "{" : labels[..^1] + ",") + "le=\"+Inf\"}"]);
                    bucket = 0;
                }
            }
            else
            {
                Assert.Equal(family, name);
            }

            Assert.True(samples.TryAdd(name + sample.Groups[2].Value, value), "twice: " + line);
        }

        return samples;
    }

    [GeneratedRegex("^([a-z_][a-z0-9_]*)((?:\\{(?:[a-z_]+=\"[^\"\\\\\n]*\"(?:,(?=[a-z]))?)+\\})?) ([0-9]+(?:\\.[0-9]+)?)$")]
    private static partial Regex Sample();
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>What /metrics, /status.json and /readyz tell of data that are kept on disk.</summary>
public sealed class HttpDataTests
{
    private const string Place = "adaptive edge";

    [Fact]
    public void A_node_without_data_tells_nothing_of_them() => NodeUnderTest.Run(Place, node =>
    {
        using HttpConnection http = new(node);
        Assert.DoesNotContain(
            HttpMetricsTests.Parse(http.Get("/metrics").Text).Keys, name => name.Contains("_log_", StringComparison.Ordinal)
            || name.Contains("_data_", StringComparison.Ordinal) || name.Contains("_snapshot", StringComparison.Ordinal));
        Assert.False(JsonDocument.Parse(http.Get("/status.json").Body).RootElement.TryGetProperty("data", out _));
    });

    [Theory]
    [InlineData("always")]
    [InlineData("20ms")]
    [InlineData("no")]
    public void Metrics_and_status_follow_the_log(string policy)
    {
        using TemporaryFolder folder = new();
        NodeUnderTest.Run(Place, node =>
        {
            using HttpConnection http = new(node);
            Wait(http);
            Dictionary<string, double> before = HttpMetricsTests.Parse(http.Get("/metrics").Text);
            Assert.Equal(0, before["epollsrv_data_loading"]);
            Assert.Equal(0, before["epollsrv_data_writes_refused"]);
            for (int i = 0; i < 10; i++)
            {
                Assert.Equal(201, http.Put("/kv/key" + i, new byte[100]).Status);
            }

            if (policy != "no")
            {
                NodeUnderTest.Until(() => Sample(http, "log_durable_position_bytes") == Sample(http, "log_position_bytes"), "on the disk");
            }

            Dictionary<string, double> after = HttpMetricsTests.Parse(http.Get("/metrics").Text);
            Assert.True(after["epollsrv_log_position_bytes"] >= before["epollsrv_log_position_bytes"] + 1000);
            Assert.Equal(after["epollsrv_log_position_bytes"], after["epollsrv_log_written_position_bytes"]);
            Assert.Equal(0, after["epollsrv_log_waiting_bytes"]);
            Assert.Equal(10, after["epollsrv_data_unsaved_changes"]);
            Assert.Equal(0, after["epollsrv_log_held_connections"]);
            Assert.Equal(1, after["epollsrv_log_enabled"]);
            Assert.Equal(0, after["epollsrv_log_failures_total"]);
            Assert.Equal(LogFileBytes(folder), after["epollsrv_log_file_bytes"]);
            Assert.Equal(policy != "no", after["epollsrv_log_synchronization_duration_seconds_count"] > 0);
            Assert.Equal(policy != "no", after.ContainsKey("epollsrv_log_synchronization_age_seconds"));

            JsonElement data = JsonDocument.Parse(http.Get("/status.json").Body).RootElement.GetProperty("data");
            Assert.Equal(folder["data"], data.GetProperty("directory").GetString());
            Assert.Equal(policy, data.GetProperty("fsync").GetString());
            Assert.False(data.GetProperty("loading").GetBoolean());
            Assert.Equal(after["epollsrv_log_position_bytes"], data.GetProperty("position").GetInt64());
            Assert.Equal(after["epollsrv_log_file_bytes"], data.GetProperty("logBytes").GetInt64());
            Assert.False(data.TryGetProperty("refused", out _));
            Assert.False(data.TryGetProperty("lastError", out _));
        }, "--data", folder["data"], "--fsync", policy);
    }

    [Fact]
    public void Snapshots_are_counted_by_their_purpose()
    {
        using TemporaryFolder folder = new();
        NodeUnderTest.Run(Place, node =>
        {
            using HttpConnection http = new(node);
            Wait(http);
            Assert.Equal(201, http.Put("/kv/key", "value"u8.ToArray()).Status);
            Epollsrv.Protocol.Persistence data = ((InProcessNode)node).Node.Common.Persistence!;
            Assert.Equal(Epollsrv.Protocol.SaveOutcome.Done, data.BeginSave(mayWait: false));
            NodeUnderTest.Until(() => Sample(http, "snapshots_total{purpose=\"save\"}") == 1, "saved");
            Assert.Equal(0, Sample(http, "data_unsaved_changes"));
            NodeUnderTest.Until(() => Sample(http, "snapshot_running{purpose=\"save\"}") == 0, "the snapshot's end");
            Assert.Equal(Epollsrv.Protocol.SaveOutcome.Done, data.BeginRewrite());
            NodeUnderTest.Until(() => Sample(http, "snapshots_total{purpose=\"rewrite\"}") == 1, "rewritten");
            long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            foreach (string purpose in (string[])["save", "rewrite"])
            {
                Assert.InRange(Sample(http, "snapshot_last_success_timestamp_seconds{purpose=\"" + purpose + "\"}"), now - 60, now + 1);
                Assert.Equal(0, Sample(http, "snapshot_failures_total{purpose=\"" + purpose + "\"}"));
                Assert.InRange(Sample(http, "snapshot_last_longest_hold_seconds{purpose=\"" + purpose + "\"}"), 1e-9, 60);
            }

            // A directory where the temporary file is to be: it cannot be made.
            _ = Directory.CreateDirectory(folder["data/temp-dump.rdb"]);
            Assert.Equal(Epollsrv.Protocol.SaveOutcome.Done, data.BeginSave(mayWait: false));
            NodeUnderTest.Until(() => Sample(http, "snapshot_failures_total{purpose=\"save\"}") == 1, "failed");
            Assert.Equal(1, Sample(http, "snapshot_last_failed{purpose=\"save\"}"));
            JsonElement status = JsonDocument.Parse(http.Get("/status.json").Body).RootElement.GetProperty("data");
            Assert.Contains("temp-dump.rdb", status.GetProperty("lastError").GetString(), StringComparison.Ordinal);
        }, "--data", folder["data"]);
    }

    [Fact]
    public void What_was_written_over_HTTP_and_CS_is_there_after_a_restart()
    {
        using TemporaryFolder folder = new();
        string[] options = ["--data", folder["data"], "--fsync", "no"];
        NodeUnderTest.Run(Place, node =>
        {
            using HttpConnection http = new(node);
            Wait(http);
            Assert.Equal(201, http.Put("/kv/http", "one"u8.ToArray()).Status);
            using Client cs = node.Connect();
            cs.Put("cs", "two");
        }, options);
        NodeUnderTest.Run(Place, node =>
        {
            using HttpConnection http = new(node);
            Wait(http);
            Assert.Equal("one", http.Get("/kv/http").Text);
            Assert.Equal("two", http.Get("/kv/cs").Text);
            Assert.True(Sample(http, "data_loaded_bytes") > 0);
            Assert.Equal(Sample(http, "data_loading_bytes"), Sample(http, "data_loaded_bytes"));
        }, options);
    }

    private static void Wait(HttpConnection http) => NodeUnderTest.Until(() => http.Get("/readyz").Status == 200, "ready");

    private static double Sample(HttpConnection http, string name)
        => HttpMetricsTests.Parse(http.Get("/metrics").Text)["epollsrv_" + name];

    private static long LogFileBytes(TemporaryFolder folder)
        => Directory.GetFiles(folder["data/appendonlydir"], "*.aof").Sum(file => new FileInfo(file).Length);
}

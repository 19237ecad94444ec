using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Epollsrv.Tests.Integration.Http;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>What /metrics, /status.json and /readyz tell of replication.</summary>
public sealed class ReplicationReportTests
{
    private const string Place = "adaptive edge";

    [Fact]
    public void Both_sides_of_a_link_are_shown() => NodeUnderTest.Run(Place, master => NodeUnderTest.Run(Place, replica =>
    {
        using RespClient first = new(master);
        using RespClient second = new(replica);
        using HttpConnection masterHttp = new(master);
        using HttpConnection replicaHttp = new(replica);
        Assert.Equal(200, replicaHttp.Get("/readyz?max-lag=5s").Status);
        Assert.Equal("+OK", second.Call("REPLICAOF", "127.0.0.1", "1"));
        Assert.Equal(503, replicaHttp.Get("/readyz?max-lag=1h").Status);
        Assert.Equal(200, replicaHttp.Get("/readyz").Status);
        Assert.Equal(400, replicaHttp.Get("/readyz?max-lag=5").Status);
        Assert.Equal(400, replicaHttp.Get("/readyz?lag=5s").Status);
        Dictionary<string, double> lonely = HttpMetricsTests.Parse(replicaHttp.Get("/metrics").Text);
        Assert.Equal(1, lonely["epollsrv_replication_is_replica"]);
        Assert.Equal(0, lonely["epollsrv_replication_link_up"]);

        string port = master.Port.ToString(CultureInfo.InvariantCulture);
        Assert.Equal("+OK", second.Call("REPLICAOF", "127.0.0.1", port));
        NodeUnderTest.Until(() => StoreComparison.Field(second, "master_link_status") == "up");
        Assert.Equal("+OK", first.Call("SET", "a", "1"));
        Assert.Equal(":1", first.Call("WAIT", "1", "0"));
        Dictionary<string, double> seen = HttpMetricsTests.Parse(masterHttp.Get("/metrics").Text);
        Assert.Equal(0, seen["epollsrv_replication_is_replica"]);
        Assert.Equal(1, seen["epollsrv_replicas"]);
        Assert.Equal(1, seen["epollsrv_replication_full_syncs_total"]);
        Assert.Equal(0, seen["epollsrv_replication_partial_syncs_refused_total{reason=\"position\"}"]);
        Assert.Equal(0, seen["epollsrv_replication_partial_syncs_refused_total{reason=\"history\"}"]);
        using (RespClient stranger = new(master))
        {
            Assert.Equal("+OK", stranger.Call("REPLCONF", "capa", "eof"));
            stranger.Send("PSYNC", FakeMaster.History, "1");
            NodeUnderTest.Until(() => masterHttp.Get("/metrics").Text
                .Contains("refused_total{reason=\"history\"} 1\n", StringComparison.Ordinal));
        }

        string lag = seen.Keys.Single(name => name.StartsWith("epollsrv_replica_lag_bytes{address=\"127.0.0.1:"
            + replica.Port.ToString(CultureInfo.InvariantCulture) + "\",", StringComparison.Ordinal));
        Assert.True(seen[lag] < 1000);
        Assert.Equal(1, HttpMetricsTests.Parse(replicaHttp.Get("/metrics").Text)["epollsrv_replication_link_up"]);
        Assert.Equal(200, replicaHttp.Get("/readyz?max-lag=1h").Status);

        // The master may still have the connection of the stranger.
        NodeUnderTest.Until(() => Shown(masterHttp).GetProperty("replicas").GetArrayLength() == 1);
        JsonElement shown = Shown(masterHttp);
        Assert.Equal("master", shown.GetProperty("role").GetString());
        Assert.True(shown.GetProperty("replicas")[0].GetProperty("online").GetBoolean());
        shown = Shown(replicaHttp);
        Assert.Equal("127.0.0.1:" + port, shown.GetProperty("master").GetString());
        Assert.True(shown.GetProperty("up").GetBoolean());
        Assert.Equal(0, shown.GetProperty("replicas").GetArrayLength());
    }));

    private static JsonElement Shown(HttpConnection http) =>
        JsonDocument.Parse(http.Get("/status.json").Body).RootElement.GetProperty("replication");
}

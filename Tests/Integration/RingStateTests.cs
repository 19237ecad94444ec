using System.Collections.Generic;
using System.Globalization;
using System.IO;

using Epollsrv.Tests.Integration.Http;
using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>A node of the ring that goes and comes back, in the metrics and in the log of the others.</summary>
public sealed class RingStateTests
{
    [Fact]
    public void Metrics_and_log_follow_a_node_that_goes_and_comes_back()
    {
        using TemporaryFolder folder = new();
        using RingFakeNode other = new(original: false);
        int port = RingProcesses.FreePort();
        string conf = folder["server.conf"];
        File.WriteAllText(conf, string.Create(CultureInfo.InvariantCulture, $"127.0.0.1 {port}\nlocalhost {other.Port}\n"));
        string share = folder["share"];
        _ = Directory.CreateDirectory(share);
        File.WriteAllText(Path.Combine(share, "file"), "content");
        string name = string.Create(CultureInfo.InvariantCulture, $"node 2, localhost:{other.Port}, is ");
        string labels = string.Create(CultureInfo.InvariantCulture, $"{{node=\"2\",address=\"localhost:{other.Port}\"");
        NodeUnderTest.Run(
            "published adaptive edge",
            node =>
            {
                Wait(node, "epollsrv_ring_node_up" + labels + ",self=\"false\"}", 1);
                Wait(node, "epollsrv_ring_node_informed" + labels + "}", 1);
                node.AwaitLog("info " + name + "up");
                other.Stop();
                Wait(node, "epollsrv_ring_node_up" + labels + ",self=\"false\"}", 0);
                node.AwaitLog("warning " + name + "down: ");
                other.Start();
                Wait(node, "epollsrv_ring_node_up" + labels + ",self=\"false\"}", 1);
                Wait(node, "epollsrv_ring_node_informed" + labels + "}", 1);
                Wait(node, "epollsrv_ring_node_changes_total" + labels + "}", 3);
                NodeUnderTest.Until(() => node.LogText.Split(name).Length == 1 + 3);
                Dictionary<string, double> samples = Read(node);
                Assert.Equal(1, samples[string.Create(CultureInfo.InvariantCulture,
                    $"epollsrv_ring_node_up{{node=\"1\",address=\"127.0.0.1:{port}\",self=\"true\"}}")]);
                Assert.True(samples["epollsrv_ring_node_connections_total" + labels + "}"] >= 2);
            },
            "--port", port.ToString(CultureInfo.InvariantCulture), "--conf", conf, "--share", share, "--lease-interval", "1s");
    }

    private static void Wait(NodeUnderTest node, string sample, double value)
        => NodeUnderTest.Until(() => Read(node).TryGetValue(sample, out double present) && present == value);

    private static Dictionary<string, double> Read(NodeUnderTest node)
    {
        using HttpConnection http = new(node);
        return HttpMetricsTests.Parse(http.Get("/metrics").Text);
    }
}

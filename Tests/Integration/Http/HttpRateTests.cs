using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>--limit-rate and --limit-rate-connection.</summary>
[Collection(LoadCollection.Name)]
public sealed class HttpRateTests : IDisposable
{
    private const long LargeBytes = 256 << 20;

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _content = new byte[1 << 20];

    public HttpRateTests()
    {
        new Random(9).NextBytes(_content);
        File.WriteAllBytes(_folder["file"], _content);

        // Sparse: it takes long to send and no room.
        using FileStream large = File.Create(_folder["large"]);
        large.SetLength(LargeBytes);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_transfer_keeps_to_its_limit()
        => NodeUnderTest.RunEverywhereAndPublished(
            node =>
            {
                Stopwatch watch = Stopwatch.StartNew();
                long[] took = new long[3];
                List<Beside> fetches = [.. Enumerable.Range(0, 3).Select(i => new Beside(() =>
                {
                    using HttpConnection http = new(node);
                    Assert.Equal(_content, http.Get("/files/file").Body);
                    took[i] = watch.ElapsedMilliseconds;
                    return null;
                }))];
                fetches.ForEach(fetch => fetch.Check());

                // 1 MB at a quarter of a MB a second each, side by side: none is faster.
                Assert.All(took, one => Assert.InRange(one, 3000, Patience.Milliseconds));
            },
            "--share",
            _folder.Path,
            "--limit-rate-connection",
            "256kb");

    [Fact]
    public void The_loop_sleeps_while_a_transfer_waits_for_its_next_bytes()
        => NodeUnderTest.RunEverywhere(
            node =>
            {
                using HttpConnection http = new(node);
                http.Send("GET /files/large HTTP/1.1\r\nHost: localhost\r\n\r\n");
                NodeUnderTest.Until(() => node.Count(static counters => counters.BytesOut) > 0, "it has begun");
                long before = node.Count(static counters => counters.Waits);
                Stopwatch watch = Stopwatch.StartNew();
                System.Threading.Thread.Sleep(1000);

                // It looks four times a second, and sends.
                Assert.InRange(node.Count(static counters => counters.Waits) - before, 0, watch.ElapsedMilliseconds / 2);
            },
            "--share",
            _folder.Path,
            "--limit-rate-connection",
            "64kb");

    [Fact]
    public void Transfers_under_way_are_shown_and_others_are_served_meanwhile()
        => NodeUnderTest.RunEverywhereAndPublished(
            node =>
            {
                HttpConnection[] fetches = [.. Enumerable.Range(0, 3).Select(_ => new HttpConnection(node))];
                Array.ForEach(fetches, static fetch => fetch.Send("GET /files/large HTTP/1.1\r\nHost: localhost\r\n\r\n"));
                using HttpConnection other = new(node);
                System.Text.Json.JsonElement[] transfers = [];
                NodeUnderTest.Until(() => (transfers = Transfers(other)).Length == 3, "three are under way");
                for (int i = 0; i < 20; i++)
                {
                    Assert.Equal(200, other.Get("/healthz").Status);
                }

                Assert.Equal(3, Transfers(other).Length);
                Assert.All(transfers, one => Assert.Equal("large", one.GetProperty("name").GetString()));
                Assert.All(transfers, one => Assert.Equal(LargeBytes, one.GetProperty("size").GetInt64()));
                Assert.All(transfers, one => Assert.InRange(one.GetProperty("done").GetInt64(), 0, LargeBytes - 1));
                Assert.Contains("epollsrv_file_transfers ", other.Get("/metrics").Text, StringComparison.Ordinal);
                Array.ForEach(fetches, static fetch => fetch.Dispose());
                NodeUnderTest.Until(() => Transfers(other).Length == 0, "no transfer is shown");
            },
            "--share",
            _folder.Path,
            "--limit-rate-connection",
            "256kb");

    private static System.Text.Json.JsonElement[] Transfers(HttpConnection http)
        => [.. System.Text.Json.JsonDocument.Parse(http.Get("/status.json").Body).RootElement.GetProperty("transfers").EnumerateArray()];

    [Fact]
    public void All_transfers_together_keep_to_the_nodes_limit()
        => NodeUnderTest.Run(
            "published adaptive edge",
            node =>
            {
                Stopwatch watch = Stopwatch.StartNew();
                List<Beside> fetches = [.. Enumerable.Range(0, 4).Select(_ => new Beside(() =>
                {
                    using HttpConnection http = new(node);
                    Assert.Equal(_content, http.Get("/files/file").Body);
                    return null;
                }))];
                fetches.ForEach(fetch => fetch.Check());
                Assert.InRange(watch.ElapsedMilliseconds, 1300, Patience.Milliseconds);
            },
            "--share",
            _folder.Path,
            "--limit-rate",
            "2mb");
}

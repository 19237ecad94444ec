using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>--limit-rate and --limit-rate-connection.</summary>
[Collection(LoadCollection.Name)]
public sealed class HttpRateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _content = new byte[1 << 20];

    public HttpRateTests()
    {
        new Random(9).NextBytes(_content);
        File.WriteAllBytes(_folder["file"], _content);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_transfer_keeps_to_its_limit_and_others_are_served_meanwhile()
        => NodeUnderTest.RunEverywhereAndPublished(
            node =>
            {
                Stopwatch watch = Stopwatch.StartNew();
                long[] took = new long[3];
                Thread[] threads = [.. Enumerable.Range(0, 3).Select(i => new Thread(() =>
                {
                    using HttpConnection http = new(node);
                    Assert.Equal(_content, http.Get("/files/file").Body);
                    took[i] = watch.ElapsedMilliseconds;
                }))];
                Array.ForEach(threads, thread => thread.Start());
                using HttpConnection other = new(node);
                for (int i = 0; i < 20; i++)
                {
                    long before = watch.ElapsedMilliseconds;
                    Assert.Equal(200, other.Get("/healthz").Status);
                    Assert.InRange(watch.ElapsedMilliseconds - before, 0, 1000);
                    Thread.Sleep(20);
                }

                // Under way, with their progress; and gone afterwards.
                System.Text.Json.JsonElement[] transfers = Transfers(other);
                Assert.Equal(3, transfers.Length);
                Assert.All(transfers, one => Assert.Equal("file", one.GetProperty("name").GetString()));
                Assert.All(transfers, one => Assert.Equal(_content.Length, one.GetProperty("size").GetInt64()));
                Assert.All(transfers, one => Assert.InRange(one.GetProperty("done").GetInt64(), 1, _content.Length - 1));
                Assert.Contains("epollsrv_file_transfers 3", other.Get("/metrics").Text, StringComparison.Ordinal);
                Array.ForEach(threads, thread => thread.Join());
                NodeUnderTest.Until(() => Transfers(other).Length == 0, "no transfer is shown");

                // 1 MB at 0.7 MB a second each, side by side.
                Assert.All(took, one => Assert.InRange(one, 1000, 6000));
            },
            "--share",
            _folder.Path,
            "--limit-rate-connection",
            "700kb");

    private static System.Text.Json.JsonElement[] Transfers(HttpConnection http)
        => [.. System.Text.Json.JsonDocument.Parse(http.Get("/status.json").Body).RootElement.GetProperty("transfers").EnumerateArray()];

    [Fact]
    public void All_transfers_together_keep_to_the_nodes_limit()
        => NodeUnderTest.Run(
            "published adaptive edge",
            node =>
            {
                Stopwatch watch = Stopwatch.StartNew();
                Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
                {
                    using HttpConnection http = new(node);
                    Assert.Equal(_content, http.Get("/files/file").Body);
                }))];
                Array.ForEach(threads, thread => thread.Start());
                Array.ForEach(threads, thread => thread.Join());
                Assert.InRange(watch.ElapsedMilliseconds, 1300, 6000);
            },
            "--share",
            _folder.Path,
            "--limit-rate",
            "2mb");
}

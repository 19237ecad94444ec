using System;
using System.Diagnostics;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>What --data-rate limits: snapshots in the background, to their last byte.</summary>
public sealed class DataRateTests : IDisposable
{
    private const int Keys = 100;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Of keys so small that no partition fills a piece, and of such that fill some. What is left over of the last piece is not
    /// waited for, so half of the time is certain.</summary>
    [Theory]
    [InlineData("BGSAVE", "rdb_saves", 1_000, "100kb")]
    [InlineData("BGSAVE", "rdb_saves", 15_000, "1500kb")]
    public void A_snapshot_in_the_background_keeps_to_the_rate(string command, string counter, int bytes, string rate) => Run(
        rate,
        bytes,
        client =>
        {
            Stopwatch watch = Stopwatch.StartNew();
            Assert.StartsWith("+Background", client.Call(command), StringComparison.Ordinal);
            NodeUnderTest.Until(() => client.Information("persistence", counter) == "1");
            Assert.True(watch.Elapsed > TimeSpan.FromSeconds(0.5), "took " + watch.Elapsed);
        });

    /// <summary>It would take half an hour.</summary>
    [Fact]
    public void A_snapshot_that_a_client_waits_for_does_not() => Run(
        "1kb",
        15_000,
        client =>
        {
            Assert.Equal("+OK", client.Call("SAVE"));
            Assert.Equal("1", client.Information("persistence", "rdb_saves"));
        });

    /// <summary>Nor does one wait to its end when the node stops, whatever part of it is being written.</summary>
    [Theory]
    [InlineData(3_000)]
    [InlineData(15_000)]
    public void A_node_stops_while_one_is_being_written(int bytes) => Run(
        "1kb",
        bytes,
        client =>
        {
            Assert.StartsWith("+Background", client.Call("BGSAVE"), StringComparison.Ordinal);
            NodeUnderTest.Until(() => client.Information("persistence", "rdb_bgsave_in_progress") == "1");
        });

    private void Run(string rate, int bytes, Action<RespClient> body) => NodeUnderTest.Run(
        "adaptive edge",
        node =>
        {
            using RespClient client = new(node);
            string value = new('v', bytes);
            for (int i = 0; i < Keys; i++)
            {
                Assert.Equal("+OK", client.Call("SET", "key" + i, value));
            }

            body(client);
        },
        "--data", _folder["data"], "--data-rate", rate);
}

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>
/// Failovers on hosts of their own: cables are pulled, disks are full, servers are killed and stopped. Beside a group of nodes a group of
/// redis-servers has the same troubles. Needs root.
/// </summary>
[Trait("Category", "Replication")]
[Trait("Needs", "Namespaces")]
[Collection(LoadCollection.Name)]
public sealed class SentinelNetworkTests
{
    private static readonly string[] _kinds = ["CUT", "FULL", "KILL", "STOP"];

    // Of the medians of few failovers only the order of magnitude can be compared: a Sentinel waits for a random time, and begins anew
    // when two have begun at once.
    private static double LongestRatio => ReplicationLength.IsFull ? 1.25 : 4;

    [Fact]
    public async Task A_group_of_nodes_does_as_well_as_one_of_redis_servers()
    {
        Random random = new(TestSeed.Choose());
        List<string> troubles = [.. _kinds, .. Enumerable.Range(0, ReplicationLength.Of(2, 196)).Select(_ => _kinds[random.Next(4)])];
        using HostNetwork network = new();
        Task<FailoverRun> stock = Task.Run(() => FailoverRun.Run(network, Stock, troubles));
        FailoverRun ours;
        try
        {
            ours = FailoverRun.Run(network, host => new KeptNode(host), troubles);
        }
        finally
        {
            // It has processes of its own.
            await stock;
        }

        FailoverRun theirs = await stock;
        TestReport.Write("failovers: " + troubles.Count);
        TestReport.Write("median time without a master: " + ours.Median + " ms, of redis-server " + theirs.Median + " ms");
        TestReport.Write("all: " + string.Join(' ', ours.Pauses) + "; of redis-server: " + string.Join(' ', theirs.Pauses));
        TestReport.Write("lost although WAIT 1 had acknowledged it: " + ours.Lost + ", of redis-server " + theirs.Lost);
        Assert.Empty(ours.Unexplained);
        Assert.InRange(ours.Median, 1, (long)(theirs.Median * LongestRatio));
    }

    private static StockMaster Stock(TestHost host) => new(host, "--appendonly", "yes");
}

using System;
using Epollsrv.Tests.Differential;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>
/// The commands of the differential test go to a master: of each pair of programs, the replica has the same keys, values and times at the
/// end, also when it began in the middle and its link was cut.
/// </summary>
[Trait("Category", "Replication")]
[Collection(LoadCollection.Name)]
public sealed class GeneratedPairTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static int Count => ReplicationLength.Of(20_000, 250_000);

    /// <summary>A node beside a node, and beside each stock server on either side.</summary>
    public static TheoryData<string, string> Pairs
    {
        get
        {
            TheoryData<string, string> pairs = new() { { "node", "node" } };
            foreach (string program in DirectoryExchange.Servers)
            {
                pairs.Add("node", program);
                pairs.Add(program, "node");
            }

            return pairs;
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Pairs))]
    public void The_replica_has_what_the_master_has(string first, string second)
    {
        GeneratedCommands commands = new(TestSeed.Choose(), isForStock: first != "node");
        using IGroupMember master = Start(first, "master");
        using IGroupMember replica = Start(second, "replica");
        using RespClient client = master.Connect();
        using RespClient admin = master.Connect();
        commands.Run(client, Count);
        using (RespClient follower = replica.Connect())
        {
            Assert.Equal("+OK", follower.Call("REPLICAOF", "127.0.0.1", master.PortText));
        }

        commands.Run(client, Count);
        NodeUnderTest.Until(() => StoreComparison.Field(admin, "slave0").Contains("state=online", StringComparison.Ordinal), "it follows");
        StoreComparison.Check(master, replica);
        commands.Run(client, Count);
        Assert.Equal(":1", admin.Call("CLIENT", "KILL", "TYPE", "replica"));
        commands.Run(client, Count);
        StoreComparison.Check(master, replica);
        Assert.NotEqual("0", admin.Information("stats", "sync_partial_ok"));
    }

    private IGroupMember Start(string program, string name)
        => program == "node" ? new KeptNode(_folder[name]) : StockMaster.Of(program, "--repl-backlog-size", "64mb");
}

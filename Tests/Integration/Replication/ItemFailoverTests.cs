using System;
using System.Linq;
using Epollsrv.Tests.Durability;
using Epollsrv.Tests.Integration.Memcached;
using Epollsrv.Tests.Unit;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>
/// Memcached's clients write to a master that is killed, and its replica is promoted, again and again. Nobody waits for replicas, so
/// the last writes may be missing. What is there has its flags and its unique, and no unique that any master gave is given again.
/// </summary>
[Trait("Category", "Replication")]
public sealed class ItemFailoverTests(ITestOutputHelper output) : IDisposable
{
    private const int Failovers = 4;
    private const int ItemClients = 2;
    private const int Subjects = 30;
    private const int WritesPerStep = 200;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_replica_that_is_promoted_has_flags_and_uniques_and_gives_none_again()
    {
        int seed = TestSeed.Choose();
        output.WriteLine("seed " + seed);
        Random random = new(seed);
        Workload load = new(1, Subjects, itemClients: ItemClients);
        KeptNode[] nodes = [.. new[] { "one", "two" }.Select(name => new KeptNode(_folder[name], "--memcached", "0"))];
        try
        {
            for (int i = 0; i < Failovers; i++)
            {
                (KeptNode master, KeptNode replica) = (nodes[i % 2], nodes[(i + 1) % 2]);
                load.Run(master.Node, random.Next(), () => Disturb(load, master, replica));
                using RespClient client = replica.Connect();
                Assert.Equal("+OK", client.Call("REPLICAOF", "NO", "ONE"));
                NodeUnderTest.Until(() => client.Call("SET", "own", "1") == "+OK", "the replica is a master");
                Assert.Equal(":1", client.Call("DEL", "own"));
                using (MemcachedClient items = new(replica.Node))
                {
                    Assert.Null(load.Judge(client, -1, long.MaxValue, forget: true, items));
                    load.Items.ShowAll(items);
                }

                master.Restart();
            }
        }
        finally
        {
            Array.ForEach(nodes, node => node.Dispose());
        }
    }

    // A full synchronization, a link that is cut, and the end of the master.
    private static void Disturb(Workload load, KeptNode master, KeptNode replica)
    {
        Await();
        replica.Follow(master);
        Await();
        using (RespClient client = master.Connect())
        {
            Assert.Equal(":1", client.Call("CLIENT", "KILL", "TYPE", "replica"));
        }

        replica.AwaitLink();
        Await();
        master.Kill();

        void Await()
        {
            long end = load.Items.Acknowledged + WritesPerStep;
            NodeUnderTest.Until(() => load.Items.Acknowledged >= end, "items are written");
        }
    }
}

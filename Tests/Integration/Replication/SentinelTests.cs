using System;
using System.Collections.Generic;
using System.Linq;
using Epollsrv.Tests.Differential;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>
/// Three stock redis-sentinels and a group of three: a master that is gone is replaced, what both replicas had acknowledged is there
/// afterwards, and everybody follows the new master, the former one too.
/// </summary>
[Trait("Category", "Replication")]
[Collection(LoadCollection.Name)]
public sealed class SentinelTests : IDisposable
{
    private const string Ours = "node";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("node node node", "KILL KILL KILL")]
    [InlineData("node node node", "STOP STOP")]
    [InlineData("node redis node", "KILL STOP")]
    [InlineData("redis node node", "KILL KILL")]
    public void A_master_that_is_gone_is_replaced(string kinds, string troubles) => Replace(kinds, troubles, "redis-server");

    /// <summary>The same with Sentinels and a server of valkey, where scripts/valkey.sh could get it.</summary>
    [Fact]
    public void Valkey_s_Sentinels_do_the_same() => Replace("node valkey node", "KILL STOP", DirectoryExchange.Servers.Last());

    /// <summary>Writes between the promotion and the end of the former master's part are lost, as with redis-server; none that both
    /// replicas have acknowledged is among them.</summary>
    [Fact]
    public void A_failover_that_is_asked_for_is_done() => RunGroup("node node node", "redis-server", (members, sentinels) =>
    {
        AcknowledgedWrites writes = new(sentinels);
        string master = members[0].PortText;
        writes.Run(() =>
        {
            Await(writes, 100);
            using RespClient sentinel = sentinels.Connect(0);
            Assert.Equal("+OK", sentinel.Call("SENTINEL", "FAILOVER", "m"));
            _ = sentinels.AwaitOther(master);
            master = AwaitGroup(members, sentinels);
            Await(writes, 100);
        });
        Assert.Null(writes.Missing(master));
        AssertEqual(members, master);
    });

    private void Replace(string kinds, string troubles, string program) => RunGroup(kinds, program, (members, sentinels) =>
    {
        AcknowledgedWrites writes = new(sentinels);
        string master = members[0].PortText;
        writes.Run(() =>
        {
            Await(writes, 100);
            foreach (string trouble in troubles.Split(' '))
            {
                IGroupMember former = members.Single(member => member.PortText == master);
                bool isKilled = trouble == "KILL";
                if (isKilled)
                {
                    former.Kill();
                }
                else
                {
                    former.Signal(trouble);
                }

                master = sentinels.AwaitOther(master);
                if (isKilled)
                {
                    former.Restart();
                }
                else
                {
                    former.Signal("CONT");
                }

                // Another Sentinel may have begun a failover of its own meanwhile.
                master = AwaitGroup(members, sentinels);
                Await(writes, 100);
            }
        });
        Assert.Null(writes.Missing(master));
        AssertEqual(members, master);
    });

    private static void Await(AcknowledgedWrites writes, int more)
    {
        long count = writes.Count;
        NodeUnderTest.Until(() => writes.Count >= count + more, "both replicas acknowledge writes");
    }

    private static void AwaitFollowers(List<IGroupMember> members, string master)
        => NodeUnderTest.Until(() => AllFollow(members, master), "all follow port " + master);

    // All follow the one that all Sentinels name.
    private static string AwaitGroup(List<IGroupMember> members, SentinelGroup sentinels)
    {
        string master = string.Empty;
        NodeUnderTest.Until(() => sentinels.AreAgreed(out master) && AllFollow(members, master), "all follow the Sentinels' master");
        return master;
    }

    private static bool AllFollow(List<IGroupMember> members, string master)
        => members.Where(member => member.PortText != master).All(member => Follows(member, master));

    private static bool Follows(IGroupMember member, string master)
    {
        try
        {
            using RespClient client = member.Connect();
            return StoreComparison.Field(client, "master_port") == master && StoreComparison.Field(client, "master_link_status") == "up";
        }
        catch (System.IO.IOException)
        {
            // Sentinel closes all clients of whom it reconfigures.
            return false;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private static void AssertEqual(List<IGroupMember> members, string master)
    {
        using RespClient left = members.Single(member => member.PortText == master).Connect();
        foreach (IGroupMember member in members.Where(member => member.PortText != master))
        {
            using RespClient right = member.Connect();
            NodeUnderTest.Until(() => Values(right) == Values(left), "port " + member.PortText + " has what port " + master + " has");
        }
    }

    private static string Values(RespClient client)
        => string.Join(' ', Enumerable.Range(0, 10).Select(i => client.Value("GET", "key" + i)));

    private void RunGroup(string kinds, string program, Action<List<IGroupMember>, SentinelGroup> body)
    {
        List<IGroupMember> members = [];
        SentinelGroup? sentinels = null;
        try
        {
            foreach (string kind in kinds.Split(' '))
            {
                members.Add(kind == Ours ? new KeptNode(_folder["node" + members.Count])
                    : StockMaster.Of(kind == "redis" ? "redis-server" : DirectoryExchange.Servers.Last(), "--appendonly", "yes"));
            }

            foreach (IGroupMember member in members.Skip(1))
            {
                using RespClient client = member.Connect();
                Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", members[0].PortText));
            }

            AwaitFollowers(members, members[0].PortText);
            sentinels = new SentinelGroup(program, members[0].PortText, members.Count - 1);
            body(members, sentinels);
        }
        catch (Exception exception)
        {
            IEnumerable<string> reports = members.Select(member => "port " + member.PortText + ":\n" + member.Report);
            throw new InvalidOperationException(string.Join('\n', reports) + sentinels?.LogText, exception);
        }
        finally
        {
            sentinels?.Dispose();
            foreach (IGroupMember member in members)
            {
                member.Dispose();
            }
        }
    }
}

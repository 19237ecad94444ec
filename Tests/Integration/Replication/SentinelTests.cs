using System;
using System.Collections.Generic;
using System.Linq;
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
    public void A_master_that_is_gone_is_replaced(string kinds, string troubles) => RunGroup(kinds, (members, sentinels) =>
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

                AwaitFollowers(members, master);
                Await(writes, 100);
            }
        });
        Assert.Null(writes.Missing(master));
        AssertEqual(members, master);
    });

    [Fact]
    public void A_failover_that_is_asked_for_needs_no_snapshot() => RunGroup("node node node", (members, sentinels) =>
    {
        AcknowledgedWrites writes = new(sentinels);
        string master = members[0].PortText;
        string former = master;
        writes.Run(() =>
        {
            Await(writes, 100);
            using RespClient sentinel = sentinels.Connect(0);
            Assert.Equal("+OK", sentinel.Call("SENTINEL", "FAILOVER", "m"));
            master = sentinels.AwaitOther(master);
            AwaitFollowers(members, master);
            Await(writes, 100);
        });
        AssertEqual(members, master);
        IGroupMember promoted = members.Single(member => member.PortText == master);
        using RespClient client = promoted.Connect();

        // The third one goes on. The former master may have taken writes after the promotion, which must go.
        Assert.NotEqual("0", client.Information("stats", "sync_partial_ok"));
        Assert.NotEqual(former, master);
    });

    private static void Await(AcknowledgedWrites writes, int more)
    {
        long count = writes.Count;
        NodeUnderTest.Until(() => writes.Count >= count + more, "both replicas acknowledge writes");
    }

    private static void AwaitFollowers(List<IGroupMember> members, string master)
    {
        foreach (IGroupMember member in members.Where(member => member.PortText != master))
        {
            NodeUnderTest.Until(() => Follows(member, master), "port " + member.PortText + " follows port " + master);
        }
    }

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

    private void RunGroup(string kinds, Action<List<IGroupMember>, SentinelGroup> body)
    {
        List<IGroupMember> members = [];
        SentinelGroup? sentinels = null;
        try
        {
            foreach (string kind in kinds.Split(' '))
            {
                members.Add(kind == Ours ? new KeptNode(_folder["node" + members.Count]) : new StockMaster("--appendonly", "yes"));
            }

            foreach (IGroupMember member in members.Skip(1))
            {
                using RespClient client = member.Connect();
                Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", members[0].PortText));
            }

            AwaitFollowers(members, members[0].PortText);
            sentinels = new SentinelGroup("redis-sentinel", members[0].PortText, members.Count - 1);
            body(members, sentinels);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                string.Join('\n', members.Select(member => "port " + member.PortText + ":\n" + member.Report)) + sentinels?.LogText, exception);
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

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
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
    public void A_failover_that_is_asked_for_is_done() => RunGroup("node node node", "redis-server", group =>
    {
        group.Writes.Run(() =>
        {
            group.AwaitWrites();
            using RespClient sentinel = group.Sentinels.Connect(0);
            Assert.Equal("+OK", sentinel.Call("SENTINEL", "FAILOVER", "m"));
            group.Sentinels.AwaitOther(group.Master);
            group.AwaitGroup();
            group.AwaitWrites();
        });
        group.Check();
    });

    private void Replace(string kinds, string troubles, string program) => RunGroup(kinds, program, group =>
    {
        group.Writes.Run(() =>
        {
            group.AwaitWrites();
            foreach (string trouble in troubles.Split(' '))
            {
                group.Replace(trouble);
            }
        });
        group.Check();
    });

    private void RunGroup(string kinds, string program, Action<WatchedGroup> body)
    {
        List<IGroupMember> members = [];
        WatchedGroup? group = null;
        try
        {
            foreach (string kind in kinds.Split(' '))
            {
                members.Add(kind == Ours ? new KeptNode(_folder["node" + members.Count])
                    : StockMaster.Of(kind == "redis" ? "redis-server" : DirectoryExchange.Servers.Last(), "--appendonly", "yes"));
            }

            group = new WatchedGroup(program, members, IPAddress.Loopback);
            body(group);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(group?.Report, exception);
        }
        finally
        {
            group?.Dispose();
            foreach (IGroupMember member in members)
            {
                member.Dispose();
            }
        }
    }
}

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

using Epollsrv.Ring;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Keeping the ring informed about a folder's files.</summary>
public sealed class RingRegistrationTests
{
    private const long Budget = 60_000_000_000;
    private const string Holder = "127.0.0.1 51009";

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(9)]
    public void Files_are_registered_on_owner_and_replica_and_withdrawn_again(int mixture)
    {
        using RingTestRing ring = new(mixture);
        using RegistrationClient client = new(RingFakeNode.Ring(ring.Nodes), Encoding.ASCII.GetBytes(Holder), 60_000_000_000, null);
        byte[][] names = Names(40);
        Assert.Equal(40, client.Register(Set(names), Budget));
        Assert.True(client.IsSettled);
        Assert.Equal(80, ring.Nodes.Sum(static node => Enumerable.Range(0, 40).Count(i => node["file" + i] == Holder + "\n")));
        Assert.Equal(0, client.Register(Set(names), Budget));
        client.Tick(Budget);
        Assert.Equal(10, client.Withdraw(Set(names[..10]), Budget));
        Assert.Equal(30, client.Count);
        Assert.Null(ring.Owner("file3")["file3"]);
        Assert.Equal(30, client.WithdrawAll(Budget));
        Assert.All(names, name => Assert.Null(ring.Owner(Encoding.ASCII.GetString(name))[Encoding.ASCII.GetString(name)]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public void A_node_that_comes_back_empty_is_told_everything_again(int mixture)
    {
        using RingTestRing ring = new(mixture);
        List<string> warnings = [];
        using RegistrationClient client = new(RingFakeNode.Ring(ring.Nodes), Encoding.ASCII.GetBytes(Holder), 60_000_000_000, warnings.Add);
        ring.Nodes[2].Stop();
        Assert.Equal(30, client.Register(Set(Names(30)), Budget));
        Assert.Contains(": refused; it is told about this node's files when it returns", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.All(Names(30), name =>
            Assert.True(Stored(ring.Nodes[1], name) || Stored(ring.Nodes[3], name) || Stored(ring.Nodes[0], name)));
        ring.Nodes[2].Start();
        TickUntilSettled(client);
        CheckAll(ring, 30);
        ring.Nodes[0].Stop();
        client.Tick(Budget);
        ring.Nodes[0].Start();
        TickUntilSettled(client);
        CheckAll(ring, 30);
    }

    [Fact]
    public void A_node_that_comes_back_is_told_everything_however_little_fits_into_one_round()
    {
        const int count = 4000;
        using RingTestRing ring = new(0);
        using RegistrationClient client = new(RingFakeNode.Ring(ring.Nodes), Encoding.ASCII.GetBytes(Holder), 60_000_000_000, null);
        Assert.Equal(count, client.Register(Set(Names(count)), 600_000_000_000));

        // Over while the first names are still under way, on nearly every machine.
        const long round = 1_000_000;
        RingFakeNode node = ring.Nodes[2];
        int stored = Names(count).Count(name => Stored(node, name));
        Assert.InRange(stored, count / 4, count);
        node.Stop();
        client.Tick(Budget);
        node.Start();
        NodeUnderTest.Until(
            () =>
            {
                client.Tick(round);
                return Names(count).Count(name => Stored(node, name)) == stored && client.IsSettled;
            },
            milliseconds: 5 * Patience.Milliseconds);
    }

    [Fact]
    public void Registering_a_node_that_listed_this_holder_before_lists_it_once()
    {
        using RingTestRing ring = new(15);
        ring.Owner("file0")["file0"] = Holder + "\n";
        using RegistrationClient client = new(RingFakeNode.Ring(ring.Nodes), Encoding.ASCII.GetBytes(Holder), 60_000_000_000, null);
        Assert.Equal(1, client.Register(Set(Names(1)), Budget));
        Assert.Equal(Holder + "\n", ring.Owner("file0")["file0"]);
        Assert.Equal(Holder + "\n", ring.Replica("file0")["file0"]);
    }

    [Fact]
    public void A_name_that_CS_cannot_carry_is_named_and_left_out()
    {
        using RingTestRing ring = new(0);
        List<string> warnings = [];
        using RegistrationClient client = new(RingFakeNode.Ring(ring.Nodes), Encoding.ASCII.GetBytes(Holder), 60_000_000_000, warnings.Add);
        Assert.Equal(0, client.Register(Set([new byte[256]]), Budget));
        Assert.Single(warnings);
        Assert.Equal(0, client.Count);
    }

    [Fact]
    public void A_withdrawal_that_a_node_missed_is_made_up_for_when_it_returns()
    {
        using RingTestRing ring = new(4);
        using RegistrationClient client = new(RingFakeNode.Ring(ring.Nodes), Encoding.ASCII.GetBytes(Holder), 3_000_000_000, null);
        Assert.Equal(30, client.Register(Set(Names(30)), Budget));
        ring.Nodes[1].Mute = ring.Nodes[2].Mute = true;
        _ = client.Withdraw(Set(Names(20)), Budget);
        ring.Nodes[1].Mute = ring.Nodes[2].Mute = false;
        TickUntilSettled(client);
        foreach (RingFakeNode node in ring.Nodes)
        {
            Assert.All(Names(20), name => Assert.False(Stored(node, name)));
        }
    }

    [Fact]
    public void What_a_node_missed_is_made_up_for_in_another_ring_too()
    {
        using RingTestRing ring = new(0);
        PeerAddress[] nodes = RingFakeNode.Ring(ring.Nodes);
        using RegistrationClient client = new(nodes, Encoding.ASCII.GetBytes(Holder), 3_000_000_000, null);
        Assert.Equal(30, client.Register(Set(Names(30)), Budget));
        ring.Nodes[1].Mute = true;
        _ = client.Withdraw(Set(Names(10)), Budget);

        // Every node has other names in the ring of the same nodes in another order.
        PeerAddress[] turned = [nodes[2], nodes[3], nodes[0], nodes[1]];
        client.ChangeRing(turned, PeerState.Of(turned), 0, Budget);
        ring.Nodes[1].Mute = false;
        TickUntilSettled(client);
        RingMap map = new(4);
        for (int i = 0; i < 30; i++)
        {
            int owner = map.Owner(Names(30)[i]);
            for (int node = 0; node < 4; node++)
            {
                int place = (node + 2) % 4;
                Assert.Equal(
                    i >= 10 && (place == owner || place == map.Replica(owner)), Stored(ring.Nodes[node], Names(30)[i]));
            }
        }
    }

    private static NameSet Set(byte[][] names)
    {
        NameSet set = new();
        Assert.All(names, name => Assert.True(set.Add(name)));
        return set;
    }

    private static byte[][] Names(int count) =>
        Enumerable.Range(0, count).Select(static i => Encoding.ASCII.GetBytes("file" + i)).ToArray();

    private static bool Stored(RingFakeNode node, byte[] name) => node[Encoding.ASCII.GetString(name)] == Holder + "\n";

    private static void CheckAll(RingTestRing ring, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(Holder + "\n", ring.Owner("file" + i)["file" + i]);
            Assert.Equal(Holder + "\n", ring.Replica("file" + i)["file" + i]);
        }
    }

    private static void TickUntilSettled(RegistrationClient client)
    {
        long until = Environment.TickCount64 + Patience.Milliseconds;
        do
        {
            client.Tick(Budget);
            System.Threading.Thread.Sleep(20);
        }
        while ((!client.IsSettled || client.OpenNodes < 4) && Environment.TickCount64 < until);
        Assert.True(client.IsSettled);
    }
}

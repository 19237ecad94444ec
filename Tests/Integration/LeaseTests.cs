using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;

using Epollsrv.Ring;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Registrations that end when they are not renewed, and holders of parts of files.</summary>
public sealed class LeaseTests
{
    private const string Holder = "10.1.2.3 50003";

    [Theory]
    [MemberData(nameof(NodeUnderTest.AllPlaces), MemberType = typeof(NodeUnderTest))]
    public void Parts_are_told_to_who_asks_for_holders_and_to_nobody_else(string place)
        => NodeUnderTest.Run(
            place,
            node =>
            {
                using RingClient client = Client(node);
                RingOperation operation = new();
                Assert.Equal(RingResult.NotFound, Run(client, operation, RingVerb.Holders, "file"));
                Assert.Equal(RingResult.NotFound, Run(client, operation, RingVerb.RenewLease, "", Holder));
                Assert.Equal(RingResult.Done, Run(client, operation, RingVerb.RegisterPartial, "file", Holder));
                Assert.Equal(RingResult.Done, Run(client, operation, RingVerb.RenewLease, "", Holder));
                Assert.Equal(RingResult.NotFound, Run(client, operation, RingVerb.Get, "file"));
                Assert.Equal(RingResult.Done, Run(client, operation, RingVerb.Holders, "file"));
                Assert.Equal(Holder + " partial\n", Encoding.ASCII.GetString(operation.Value));

                // Those that have all of it come first, however they were registered.
                Assert.Equal(RingResult.Done, Run(client, operation, RingVerb.Register, "file", "10.9.9.9 1"));
                operation.IsLease = true;
                Assert.Equal(RingResult.Done, Run(client, operation, RingVerb.Register, "file", "10.9.9.8 2"));
                Assert.Equal(RingResult.Done, Run(client, operation, RingVerb.Holders, "file"));
                Assert.Equal("10.9.9.9 1\n10.9.9.8 2\n" + Holder + " partial\n", Encoding.ASCII.GetString(operation.Value));
                PeerAddress[] peers = Holders.Parse(operation.Value, out bool[] partial);
                Assert.Equal(["10.9.9.9:1", "10.9.9.8:2", "10.1.2.3:50003"], peers.Select(peer => peer.Endpoint));
                Assert.Equal([false, false, true], partial);
                Assert.Equal(RingResult.Done, Run(client, operation, RingVerb.Get, "file"));
                Assert.Equal("10.9.9.9 1\n 10.9.9.8 2\n", Encoding.ASCII.GetString(operation.Value));

                Assert.Equal(RingResult.Done, Run(client, operation, RingVerb.WithdrawPartial, "file", Holder));
                Assert.Equal(RingResult.NotFound, Run(client, operation, RingVerb.WithdrawPartial, "file", Holder));
                Assert.Equal(RingResult.Refused, Run(client, operation, RingVerb.RegisterPartial, "file", "no holder at all"));
                Assert.Equal(RingResult.Unreachable, Run(client, operation, RingVerb.RegisterPartial, new string('x', 247), Holder));
                Assert.Contains("name too long", operation.Failure, StringComparison.Ordinal);
            });

    [Fact]
    public void A_lease_ends_after_three_intervals_and_what_was_registered_for_good_stays() =>
        Patience.WithMoreTime(1000, static interval =>
    {
        bool isShown = true;
        NodeUnderTest.RunPublished(
            node =>
            {
                using RingClient client = Client(node);
                RingOperation operation = new();
                long last = Environment.TickCount64;
                Lease(client, operation, "both", Holder);
                Lease(client, operation, "alone", Holder);
                Lease(client, operation, "plain first", "10.9.9.9 1", lease: false);
                Lease(client, operation, "plain first", "10.9.9.9 1");
                Lease(client, operation, "plain last", "10.9.9.9 1");
                Lease(client, operation, "plain last", "10.9.9.9 1", lease: false);
                Lease(client, operation, "both", "10.9.9.9 1", lease: false);
                Assert.Equal(RingResult.Done, Run(client, operation, RingVerb.RegisterPartial, "part", Holder));

                // Renewed for five intervals, unless the machine is too slow for it.
                for (int i = 0; i < 10; i++)
                {
                    Thread.Sleep(interval / 2);
                    RingResult renewed = Run(client, operation, RingVerb.RenewLease, "", Holder);
                    if (IsLate())
                    {
                        return;
                    }

                    last = Environment.TickCount64;
                    Assert.Equal(RingResult.Done, renewed);
                }

                string both = Get(client, "both");
                string alone = Get(client, "alone");
                if (IsLate())
                {
                    return;
                }

                Assert.Equal(Holder + "\n 10.9.9.9 1\n", both);
                Assert.Equal(Holder + "\n", alone);
                NodeUnderTest.Until(() => Get(client, "alone").Length == 0 && Get(client, "both") == "10.9.9.9 1\n", "the lease ends");
                Assert.Equal(RingResult.NotFound, Run(client, operation, RingVerb.Holders, "part"));
                Assert.Equal("10.9.9.9 1\n", Get(client, "plain first"));
                Assert.Equal("10.9.9.9 1\n", Get(client, "plain last"));
                Assert.Equal(RingResult.NotFound, Run(client, operation, RingVerb.RenewLease, "", Holder));

                bool IsLate()
                {
                    bool late = Environment.TickCount64 - last > 2 * interval;
                    isShown &= !late;
                    return late;
                }
            },
            "--lease-interval",
            interval.ToString(System.Globalization.CultureInfo.InvariantCulture) + "ms");
        return isShown;
    });

    [Fact]
    public void A_holder_that_is_killed_is_offered_no_more_and_an_owner_that_returns_learns_of_those_that_live()
    {
        using RingProcesses ring = new(mixture: 0, without: 15);
        string[] names = ["alpha.txt", "beta.bin", "missing.txt", "f2_1.txt", "one", "two", "three", "four"];
        foreach (string name in names)
        {
            File.WriteAllText(Path.Combine(ring.Shared, name), "content of " + name);
        }

        RingProcess[] nodes = [.. Enumerable.Range(0, 4).Select(i => Sharing(ring, i))];
        try
        {
            foreach (RingProcess node in nodes)
            {
                node.WaitFor("8 shared from");
            }

            NodeUnderTest.Until(() =>
                names.All(name => ring.Nodes.All(node => ring.Get(name).Contains("127.0.0.1 " + node.Port, StringComparison.Ordinal))),
                "all are registered everywhere");

            // A registration from elsewhere, for good.
            _ = ring.Run(0, "register", ring.Shared, "--announce", "10.1.2.3:50003");
            nodes[3].Kill();
            string dead = "127.0.0.1 " + ring.Nodes[3].Port;
            string[] asked = [.. names.Where(name => RingProcesses.OwnerOf(name) != 3)];
            NodeUnderTest.Until(() => asked.All(name => !ring.Get(name).Contains(dead, StringComparison.Ordinal)),
                "the dead holder is offered no more");
            Assert.Contains("10.1.2.3 50003", ring.Get("alpha.txt"), StringComparison.Ordinal);

            // An owner is killed and comes back empty: the others' leases come back, and they are leases.
            int owner = RingProcesses.OwnerOf("alpha.txt");
            nodes[owner].Kill();
            nodes[owner].Dispose();
            nodes[owner] = Sharing(ring, owner);
            string last = "127.0.0.1 " + ring.Nodes[(owner + 1) % 3].Port;
            using RingClient client = new([ring.Nodes[owner]], 60_000_000_000, null);
            NodeUnderTest.Until(() => Get(client, "alpha.txt").Contains(last, StringComparison.Ordinal), "registered again");
            nodes[(owner + 1) % 3].Kill();
            NodeUnderTest.Until(() => !Get(client, "alpha.txt").Contains(last, StringComparison.Ordinal), "gone again");
        }
        finally
        {
            foreach (RingProcess node in nodes)
            {
                node.Dispose();
            }
        }
    }

    [Theory]
    [MemberData(nameof(RingClientTests.Mixtures), MemberType = typeof(RingClientTests))]
    public void A_C_node_is_never_told_any_of_it(int mixture)
    {
        using RingTestRing ring = new(mixture);
        RingOperation operation = new() { IsLease = true };
        byte[] holder = Encoding.ASCII.GetBytes(Holder);
        using RingClient client = new(RingFakeNode.Ring(ring.Nodes), 60_000_000_000, null);
        for (int i = 0; i < 6; i++)
        {
            string name = "file" + i;
            _ = Run(client, operation, RingVerb.Register, name, Holder);
            _ = Run(client, operation, RingVerb.RegisterPartial, name, "10.9.9.9 1");
            _ = Run(client, operation, RingVerb.Holders, name);
            if (operation.Result == RingResult.Done)
            {
                Assert.Contains("10.1.2.3:50003", Holders.Parse(operation.Value).Select(peer => peer.Endpoint));
            }

            _ = Run(client, operation, RingVerb.WithdrawPartial, name, "10.9.9.9 1");
        }

        for (int node = 0; node < 4; node++)
        {
            client.Start(operation.Set(RingVerb.RenewLease, default, holder, node));
            client.Complete(operation);
        }

        using (RegistrationClient registrations = new(RingFakeNode.Ring(ring.Nodes), holder, 60_000_000_000, null) { LeaseInterval = 1 })
        {
            using Epollsrv.Ring.NameSet names = new();
            _ = names.Add("leased"u8);
            _ = registrations.Register(names, 60_000_000_000);
            for (int i = 0; i < 5; i++)
            {
                registrations.Tick(60_000_000_000);
            }
        }

        for (int node = 0; node < 4; node++)
        {
            if ((mixture >> node & 1) != 0)
            {
                Assert.Empty(ring.Nodes[node].Violations);
                Assert.DoesNotContain(
                    ring.Nodes[node].Log, line => line.Contains('\u0001', StringComparison.Ordinal) && line != "GET \u0001epollsrv=");
            }
        }
    }

    private static RingProcess Sharing(RingProcesses ring, int index)
        => new(ring.Folder, "serve", "--conf", ring.Conf, "--id", (index + 1).ToString(System.Globalization.CultureInfo.InvariantCulture),
            "--share", ring.Shared, "--lease-interval", "1s");

    private static RingClient Client(NodeUnderTest node) => new([new PeerAddress(1, "127.0.0.1", node.Port, 0)], 60_000_000_000, null);

    private static RingResult Run(RingClient client, RingOperation operation, RingVerb verb, string key, string value = "")
        => client.Run(operation.Set(
            verb, Encoding.ASCII.GetBytes(key), Encoding.ASCII.GetBytes(value), verb == RingVerb.RenewLease ? 0 : -1));

    private static void Lease(RingClient client, RingOperation operation, string key, string holder, bool lease = true)
    {
        operation.IsLease = lease;
        Assert.Equal(RingResult.Done, Run(client, operation, RingVerb.Register, key, holder));
    }

    private static string Get(RingClient client, string key)
    {
        RingOperation operation = new();
        return Run(client, operation, RingVerb.Get, key) == RingResult.Done ? Encoding.ASCII.GetString(operation.Value) : string.Empty;
    }
}

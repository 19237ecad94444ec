using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Threading;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Out of descriptors: no spinning, no lost connection, and back to work when one is free.</summary>
[Collection(LoadCollection.Name)]
public sealed class DescriptorLimitTests
{
    public static TheoryData<string> Places => NodeUnderTest.PublishedPlaces;

    [Theory]
    [MemberData(nameof(Places))]
    public void Out_of_descriptors_the_node_waits_without_spinning_and_serves_the_rest_when_one_is_free(string place)
    {
        using PublishedNode node = (PublishedNode)NodeUnderTest.Start(place);
        List<Client> served = [];
        for (int i = 0; i < 5; i++)
        {
            served.Add(node.Connect());
            served[i].Put("key" + i, "value");
        }

        Limit(node, node.Descriptors() + 3);
        List<Client> waiting = [];
        for (int i = 0; i < 10; i++)
        {
            Client client = node.Connect();
            client.Send(Frames.Get("key1"));
            waiting.Add(client);
        }

        node.AwaitLog("cannot accept connections");
        TimeSpan before = node.CpuTime();
        Stopwatch watch = Stopwatch.StartNew();
        while (watch.ElapsedMilliseconds < 1500)
        {
            // Those it has are served as ever.
            Assert.Equal("value", served[0].Get("key1"));
            Thread.Sleep(50);
        }

        TimeSpan used = node.CpuTime() - before;
        Assert.True(used < watch.Elapsed / 4, $"{used.TotalMilliseconds} ms of processor time in {watch.ElapsedMilliseconds} ms");
        Assert.Equal(node.LogText.IndexOf("cannot accept", StringComparison.Ordinal),
            node.LogText.LastIndexOf("cannot accept", StringComparison.Ordinal));

        // Room for all: everyone who waited is answered, without asking again.
        Limit(node, 1000);
        byte[] expected = Frames.Found(Frames.Get("key1"), "value"u8);
        foreach (Client client in waiting)
        {
            Assert.Equal(expected, client.Receive(expected.Length));
            client.Dispose();
        }

        served.ForEach(client => client.Dispose());
        Assert.Equal(0, node.Stop());
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Each_connection_that_closes_makes_room_for_one_that_waits(string place)
    {
        using PublishedNode node = (PublishedNode)NodeUnderTest.Start(place);
        Queue<Client> clients = [];
        clients.Enqueue(node.Connect());
        clients.Peek().Put("key", "value");
        Limit(node, node.Descriptors() + 1);
        for (int i = 0; i < 12; i++)
        {
            Client client = node.Connect();
            client.Send(Frames.Get("key"));
            clients.Enqueue(client);
        }

        _ = clients.Dequeue();
        byte[] expected = Frames.Found(Frames.Get("key"), "value"u8);
        while (clients.TryDequeue(out Client? client))
        {
            Assert.Equal(expected, client.Receive(expected.Length));
            client.Dispose();
        }

        Assert.Equal(0, node.Stop());
    }

    [Fact]
    public void A_low_limit_at_the_start_caps_the_connections_and_those_over_it_are_told()
    {
        using PublishedNode node = new(["--port", "0", "--max-clients", "1000"], "sh", "-c", "ulimit -n 100; exec \"$0\" \"$@\"");
        node.AwaitLog("--max-clients 1000 is cut to 36");
        List<Client> clients = [];
        for (int i = 0; i < 36; i++)
        {
            clients.Add(node.Connect());
            Assert.Null(clients[i].Get("absent"));
        }

        using (Client refused = node.Connect())
        {
            Assert.NotEmpty(refused.ReceiveToEnd());
        }

        Assert.Null(clients[7].Get("absent"));
        Assert.DoesNotContain("cannot accept", node.LogText, StringComparison.Ordinal);
        clients.ForEach(client => client.Dispose());
        Assert.Equal(0, node.Stop());
    }

    // prlimit(1) of util-linux, part of every Debian: lowers the soft limit of a process that runs.
    private static void Limit(PublishedNode node, int descriptors)
    {
        using Process prlimit = Process.Start(
            "prlimit",
            ["--pid", node.Process.Id.ToString(CultureInfo.InvariantCulture), "--nofile="
                + descriptors.ToString(CultureInfo.InvariantCulture) + ":"]);
        prlimit.WaitForExit();
        Assert.Equal(0, prlimit.ExitCode);
    }
}

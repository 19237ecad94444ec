using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;
using Epollsrv.Tests.Integration;

using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Stress;

/// <summary>
/// Ten thousand connections to the published program, the clients in this process: each side has its own limit of descriptors.
/// </summary>
[Collection(LoadCollection.Name)]
[Trait("Category", "Stress")]
public sealed class ManyConnectionsTests(ITestOutputHelper output)
{
    private const int Wanted = 10_000;
    private const int Reserve = 500;

    public static TheoryData<string> Places => NodeUnderTest.PublishedPlaces;

    [Theory]
    [MemberData(nameof(Places))]
    public void Half_of_ten_thousand_connections_stuck_in_a_frame_cost_little_and_slow_nobody_down(string place)
    {
        long limit = ProcessLimits.RaiseOpenFiles();
        int count = (int)Math.Min(Wanted, limit - Reserve);
        output.WriteLine($"{count} connections; the limit of descriptors is {limit}");
        Assert.True(count >= 1000, "the limit of descriptors is too low for this test");
        using PublishedNode node = (PublishedNode)NodeUnderTest.Start(place);
        List<Client> clients = [];
        try
        {
            // Pages that any connection would touch once are touched before it counts.
            Open(node, clients, 100);
            long before = Settled(node);
            Open(node, clients, count / 2);
            long idle = Settled(node);
            byte[] half = Frames.Get("key")[..750];
            int start = clients.Count;
            Open(node, clients, count / 2 - 100);
            for (int i = start; i < clients.Count; i++)
            {
                clients[i].Send(half);
            }

            long halves = Settled(node);
            double perIdle = (double)(idle - before) / (count / 2);
            double perHalf = (double)(halves - idle) / (clients.Count - start);
            output.WriteLine($"{perIdle.ToString("F0", CultureInfo.InvariantCulture)} bytes for an idle connection, {perHalf.ToString("F0", CultureInfo.InvariantCulture)} for one with half a frame");
            using NodeUnderTest idleNode = NodeUnderTest.Start(place);
            (double alone, double crowded) = Throughputs(idleNode, node);
            output.WriteLine($"{alone.ToString("F0", CultureInfo.InvariantCulture)} requests/s alone, {crowded.ToString("F0", CultureInfo.InvariantCulture)} beside them");
            Assert.True(perIdle <= 256, $"{perIdle} bytes for an idle connection");
            Assert.True(perHalf <= 256 + 2048, $"{perHalf} bytes for half a frame");
            Assert.True(crowded > alone / 3, $"{alone} requests/s alone, {crowded} beside the others");

            // And each of them goes on where it stopped.
            byte[] rest = Frames.Get("key")[750..];
            byte[] expected = Frames.Found(Frames.Get("key"), "value"u8);
            for (int i = start; i < clients.Count; i += 10)
            {
                clients[i].Send(rest);
                Assert.Equal(expected, clients[i].Receive(CsFrame.Size));
            }
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }

        NodeUnderTest.Until(() => node.Descriptors() < 50, "all closed");
        Assert.Equal(0, node.Stop());
    }

    private static void Open(PublishedNode node, List<Client> clients, int count)
    {
        for (int i = 0; i < count; i++)
        {
            clients.Add(node.Connect());
        }

        // An answer to the newest: all before it have been accepted.
        clients[^1].Put("key", "value");
    }

    // The kernel's account of a process lags behind by a few pages per thread; what was sent may still be on its way.
    private static long Settled(PublishedNode node)
    {
        long last = -1;
        long seen = node.ResidentBytes();
        while (seen != last)
        {
            System.Threading.Thread.Sleep(300);
            (last, seen) = (seen, node.ResidentBytes());
        }

        return seen;
    }

    // In turn, and the best round of each: other work on the machine must not look like a difference between the two.
    private static (double First, double Second) Throughputs(NodeUnderTest first, NodeUnderTest second)
    {
        double[] best = new double[2];
        for (int round = 0; round < 20; round++)
        {
            best[round % 2] = Math.Max(best[round % 2], Throughput(round % 2 == 0 ? first : second));
        }

        return (best[0], best[1]);
    }

    private static double Throughput(NodeUnderTest node)
    {
        const int Pipeline = 16;
        using Client client = node.Connect();
        client.Put("key", "value");
        byte[] batch = BackPressureTests.Repeat(Frames.Get("key"), Pipeline);
        Stopwatch watch = Stopwatch.StartNew();
        int done = 0;
        while (watch.ElapsedMilliseconds < 200)
        {
            client.Send(batch);
            _ = client.Receive(batch.Length);
            done += Pipeline;
        }

        return done / watch.Elapsed.TotalSeconds;
    }
}

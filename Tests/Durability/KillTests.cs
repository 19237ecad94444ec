using System;
using System.Collections.Generic;
using System.Threading;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Integration.Memcached;
using Epollsrv.Tests.Unit;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Durability;

/// <summary>The published program is killed under load, again and again, and goes on in the same directory.</summary>
[Trait("Category", "Durability")]
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Clients = 4;
    private const int ItemClients = 2;
    private const int Subjects = 40;

    [Theory]
    [InlineData("always")]
    [InlineData("1s")]
    [InlineData("no")]
    public void Nothing_acknowledged_is_missing_after_kill_9(string policy)
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        using TemporaryFolder folder = new();
        Workload load = new(Clients, Subjects, itemClients: ItemClients);
        int kills = DurabilityLength.Of(20, 334);
        for (int i = 0; i < kills; i++)
        {
            using (PublishedNode node = new(Options(folder["data"], policy, random)))
            {
                try
                {
                    using (RespClient client = new(node))
                    using (MemcachedClient items = new(node))
                    {
                        Assert.Null(load.Judge(client, long.MaxValue - 1, long.MaxValue, forget: true, items));
                    }

                    int milliseconds = random.Next(8) == 0 ? random.Next(2500) : random.Next(400);
                    int choice = random.Next(4);
                    load.Run(node, random.Next(), () =>
                    {
                        Disturb(node, milliseconds, choice);
                        node.Signal("KILL");
                        _ = node.WaitForExit();
                    });
                }
                catch (Exception exception)
                {
                    throw new InvalidOperationException("seed " + seed + ", kill " + i + ", " + policy + "\n" + node.LogText, exception);
                }
            }
        }

        output.WriteLine(kills + " kills, " + load.Acknowledged + " writes acknowledged, and " + load.Items.Acknowledged + " of items");
        Assert.True(load.Acknowledged > kills && load.Items.Acknowledged > kills, "the node has hardly done anything");
    }

    private static List<string> Options(string folder, string policy, Random random)
    {
        List<string> options = ["--port", "0", "--workers", "2", "--memcached", "0", "--data", folder, "--fsync", policy];
        if (random.Next(2) == 0)
        {
            options.AddRange(["--data-rewrite-min-size", "4kb", "--data-rewrite-percentage", "1"]);
        }

        if (random.Next(3) == 0)
        {
            // Snapshots that take long.
            options.AddRange(["--data-rate", "200kb"]);
        }

        return options;
    }

    // A snapshot now and then.
    private static void Disturb(PublishedNode node, int milliseconds, int choice)
    {
        long end = Environment.TickCount64 + milliseconds;
        using RespClient client = new(node);
        while (Environment.TickCount64 < end)
        {
            if (choice < 3)
            {
                _ = client.Call(choice == 0 ? "BGSAVE" : "BGREWRITEAOF");
            }

            Thread.Sleep((int)Math.Clamp(end - Environment.TickCount64, 0, choice == 2 ? 1 : 30));
        }
    }
}

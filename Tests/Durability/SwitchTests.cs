using System;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Epollsrv.Tests.Durability;

/// <summary>The log is turned off and on under load: what was acknowledged while it was on must not be missing.</summary>
[Trait("Category", "Durability")]
public sealed class SwitchTests(ITestOutputHelper output)
{
    private const int Clients = 3;
    private const int Subjects = 30;
    private const int Switches = 8;

    [Theory]
    [InlineData("always")]
    [InlineData("1s")]
    public void Nothing_acknowledged_while_the_log_was_on_is_missing_after_kill_9(string policy)
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        using TemporaryFolder folder = new();
        Workload load = new(Clients, Subjects);
        int switches = 0;
        long told = long.MaxValue - 1;
        int kills = DurabilityLength.Of(12, 200);
        for (int i = 0; i <= kills; i++)
        {
            using PublishedNode node = new(["--port", "0", "--workers", "2", "--data", folder["data"], "--fsync", policy]);
            try
            {
                using (RespClient client = new(node))
                {
                    Assert.Null(load.Judge(client, told, long.MaxValue, forget: true));
                }

                load.Run(node, random.Next(), () =>
                {
                    told = Switch(node, load, random, ref switches);
                    node.Signal("KILL");
                    _ = node.WaitForExit();
                });
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException(
                    "seed " + seed.ToString(CultureInfo.InvariantCulture) + ", kill " + i.ToString(CultureInfo.InvariantCulture) + "\n"
                        + node.LogText,
                    exception);
            }
        }

        output.WriteLine(kills + " kills, " + switches + " switches, " + load.Acknowledged + " writes acknowledged");
        Assert.True(load.Acknowledged > kills, "the node has hardly done anything");
    }

    [Fact]
    public void Every_power_cut_leaves_the_log_or_the_snapshot_that_takes_its_place()
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        using TemporaryFolder folder = new();
        string root = folder["data"];
        RecordingDisk disk = new(seed);
        int[] acknowledged = new int[7];
        using (InProcessNode node = new(["--port", "0", "--workers", "1", "--data", root, "--fsync", "always"], disk))
        {
            using RespClient client = new(node);
            string[][] steps =
            [
                ["CONFIG", "SET", "appendonly", "no"],
                ["SAVE"],
                ["CONFIG", "SET", "appendonly", "yes"],
                ["WAITAOF", "1", "0", "0"],
                ["CONFIG", "SET", "appendonly", "no"],
                ["SAVE"],
            ];
            for (int i = 0; i < acknowledged.Length; i++)
            {
                Assert.Equal("+OK", client.Call("SET", "key", i.ToString(CultureInfo.InvariantCulture)));
                acknowledged[i] = i is 0 or 4 ? disk.Count : int.MaxValue;
                if (i < steps.Length)
                {
                    Assert.DoesNotContain("-ERR", client.Call(steps[i]), StringComparison.Ordinal);
                    acknowledged[i] = i is 1 or 3 or 5 ? disk.Count : acknowledged[i];
                }
            }

            disk.IsDead = true;
        }

        using StateLoader loader = new();
        CutWorld world = new(disk.Operations, root);
        int states = 0;
        while (world.Time < disk.Operations.Count)
        {
            world.Step();
            for (int variant = 0; variant < 6; variant++, states++)
            {
                string state = folder["state"];
                _ = Directory.CreateDirectory(state);
                world.Build(state, variant == 0 ? null : random);
                int least = Array.FindLastIndex(acknowledged, time => time <= world.Time);
                string? complaint = loader.Load(state);
                string? value = complaint is null ? loader.Client.Value("GET", "key") : null;
                int found = value is null ? -1 : int.Parse(value, CultureInfo.InvariantCulture);
                if (complaint is not null || found < least)
                {
                    throw new XunitException("seed " + seed.ToString(CultureInfo.InvariantCulture) + ", a cut after operation "
                        + (world.Time - 1).ToString(CultureInfo.InvariantCulture) + " (" + disk.Operations[world.Time - 1] + "): "
                        + (complaint ?? "the value is " + value + ", and at least " + least.ToString(CultureInfo.InvariantCulture)
                            + " is on the disk"));
                }

                Directory.Delete(state, recursive: true);
            }
        }

        output.WriteLine(disk.Operations.Count + " operations, " + states + " states loaded");
    }

    // Answers the time up to which everything that was acknowledged must be there.
    private static long Switch(PublishedNode node, Workload load, Random random, ref int switches)
    {
        long told = long.MaxValue - 1;
        try
        {
            using RespClient client = new(node);
            int count = random.Next(Switches);
            for (int i = 0; i < count; i++)
            {
                Thread.Sleep(random.Next(60));
                told = Math.Min(told, load.Now());
                Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
                Thread.Sleep(random.Next(30));
                if (random.Next(2) == 0)
                {
                    _ = client.Call(random.Next(2) == 0 ? "BGSAVE" : "SAVE");
                }

                if (random.Next(4) != 0)
                {
                    Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "yes"));
                    switches++;
                    if (random.Next(4) != 0)
                    {
                        Assert.Equal("*2\r\n:1\r\n:0\r\n", client.Call("WAITAOF", "1", "0", "0"));
                        told = long.MaxValue - 1;
                    }
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            throw new InvalidOperationException("the node ended by itself", exception);
        }

        return told;
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Epollsrv.Tests.Durability;

/// <summary>
/// All changes of a node's directory are recorded while clients write. At each point of the record a power cut leaves one of many states;
/// some of them are built and loaded. What was on the disk for certain must be there, and nothing that was never sent; groups are whole.
/// </summary>
[Trait("Category", "Durability")]
public sealed class PowerCutTests(ITestOutputHelper output)
{
    private const int Clients = 3;
    private const int ItemClients = 2;
    private const int Subjects = 12;

    [Theory]
    [InlineData("always", 1)]
    [InlineData("500ms", 1)]
    [InlineData("always", 2)]
    [InlineData("500ms", 2)]
    public void Every_power_cut_leaves_what_was_synchronized(string policy, int lives)
    {
        for (int i = 0; i < DurabilityLength.Of(1, 20); i++)
        {
            int seed = TestSeed.Choose();
            try
            {
                Check(policy, lives, seed);
            }
            catch (Exception exception)
            {
                throw new XunitException("seed " + seed.ToString(CultureInfo.InvariantCulture) + ": " + exception);
            }
        }
    }

    // Nobody was told that the disk has it; but whoever is shown it by a node with `always` may rely on it.
    [Fact]
    public void What_a_killed_node_has_left_is_on_the_disk_before_it_is_shown()
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        using TemporaryFolder folder = new();
        string root = folder["data"];
        RecordingDisk disk = new(seed);
        Workload load = new(1, 40, () => disk.Count);
        List<string> options = ["--port", "0", "--workers", "1", "--data", root, "--fsync"];
        using (InProcessNode node = new([.. options, "no"], disk))
        {
            using RespClient client = new(node);
            foreach (Subject subject in load.All)
            {
                subject.Begin(random, disk.Count).ForEach(command => client.Call(command));
            }

            disk.IsDead = true;
        }

        disk.IsDead = false;
        using (InProcessNode node = new([.. options, "always"], disk))
        {
            using RespClient client = new(node);
            foreach (Subject subject in load.All)
            {
                Assert.Null(subject.Show(client.Value("GET", subject.Keys[0]), disk.Count));
            }

            disk.IsDead = true;
        }

        // A power cut while everybody rests.
        disk.Operations.Add(new DiskOperation(DiskOperationKind.Synchronize, 0, Number: 0));
        JudgeAll(disk.Operations, root, load, isAlways: true, random, folder);
    }

    private void Check(string policy, int lives, int seed)
    {
        Random random = new(seed);
        using TemporaryFolder folder = new();
        string root = folder["data"];
        RecordingDisk disk = new(random.Next());
        Workload load = new(Clients, Subjects, () => disk.Count, ItemClients) { Pause = 30 };
        for (int life = 0; life < lives; life++)
        {
            disk.IsDead = false;
            using InProcessNode node = new(["--port", "0", "--workers", "2", "--memcached", "0", "--data", root, "--fsync", policy], disk);
            Assert.False(node.Node.Persistence!.HasFailed, node.LogText);
            load.Run(node, random.Next(), () => Disturb(node, random));
            disk.IsDead = life != lives - 1;
        }

        Assert.True(load.Acknowledged > 50 && load.Items.Acknowledged > 30, "hardly anything was written");
        JudgeAll(disk.Operations, root, load, isAlways: policy == "always", random, folder);
    }

    private static void Disturb(InProcessNode node, Random random)
    {
        using RespClient client = new(node);
        for (int i = 0; i < 5; i++)
        {
            Thread.Sleep(random.Next(400));
            _ = client.Call(random.Next(3) == 0 ? "BGSAVE" : "BGREWRITEAOF");
        }

        Thread.Sleep(random.Next(700));
    }

    private static string ManifestOf(string state)
    {
        string path = Path.Combine(state, "appendonlydir", "appendonly.aof.manifest");
        return File.Exists(path) ? File.ReadAllText(path) : string.Empty;
    }

    private void JudgeAll(
        List<DiskOperation> operations, string root, Workload load, bool isAlways, Random random, TemporaryFolder folder)
    {
        using StateLoader loader = new();
        CutWorld world = new(operations, root);
        int states = 0;
        while (world.Time < operations.Count)
        {
            world.Step();
            if (!world.IsUncertain())
            {
                continue;
            }

            int variants = DurabilityLength.Of(1, 3);
            int first = DurabilityLength.IsFull || world.Time % 8 == 0 ? 0 : 1;
            for (int variant = first; variant < first + variants; variant++, states++)
            {
                string state = folder["state"];
                _ = Directory.CreateDirectory(state);
                world.Build(state, variant == 0 ? null : random);
                string? complaint = loader.Load(state)
                    ?? load.Judge(loader.Client, isAlways ? world.Time : world.Certain, world.Time, forget: false, loader.Items)
                    ?? world.JudgeFiles(ManifestOf(state));
                if (complaint is not null)
                {
                    string kept = Path.Combine(Path.GetTempPath(), "epollsrv-power-cut-" + Guid.NewGuid().ToString("N"));
                    Directory.Move(state, kept);
                    throw new XunitException("a cut after operation " + (world.Time - 1).ToString(CultureInfo.InvariantCulture) + " ("
                        + operations[world.Time - 1] + "), variant " + variant.ToString(CultureInfo.InvariantCulture) + ", kept in " + kept
                        + ":\n" + complaint);
                }

                Directory.Delete(state, recursive: true);
            }
        }

        output.WriteLine(operations.Count + " operations, " + load.Acknowledged + " writes acknowledged, "
            + load.Items.Acknowledged + " of items, " + states + " states loaded");
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using Epollsrv.Native;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Durability;

/// <summary>A node whose disk fails once or for a while: what clients see of it, and what is on the disk afterwards.</summary>
/// <param name="disk">The disk.</param>
/// <param name="error">What it fails with.</param>
/// <param name="policy">--fsync.</param>
/// <param name="switches">Whether the log is turned off, replaced by a snapshot and turned on instead of being written anew.</param>
/// <param name="seed">Of what is random.</param>
internal sealed class FaultScenario(FailingDisk disk, int error, string policy, bool switches, int seed)
{
    private const int Steps = 24;
    private const int FirstRewrite = 4;
    private const int Save = 11;
    private const int SecondRewrite = 17;

    private readonly Random _random = new(seed);

    /// <summary>Writes that were refused.</summary>
    public int Refused { get; private set; }

    /// <summary>Connections that the node has ended.</summary>
    public int Lost { get; private set; }

    /// <summary>Runs it.</summary>
    public void Run()
    {
        using TemporaryFolder folder = new();
        List<string> options = ["--port", "0", "--workers", "2", "--data", folder["data"], "--fsync", policy];
        using InProcessNode node = new(options, disk);
        Assert.False(node.Node.Persistence!.HasFailed, node.LogText);
        string text = Errno.Describe(-error);
        using FaultClient client = new(node, seed, char.ToUpperInvariant(text[0]) + text[1..]);
        client.Work(4);
        disk.Arm();
        for (int i = 0; i < Steps; i++)
        {
            client.Work(1);
            if (i is FirstRewrite or Save or SecondRewrite)
            {
                client.Call(switches
                    ? i == Save ? ["SAVE"] : ["CONFIG", "SET", "appendonly", i == FirstRewrite ? "no" : "yes"]
                    : [i == Save ? "BGSAVE" : "BGREWRITEAOF"]);
            }

            Thread.Sleep(_random.Next(30));
        }

        disk.Cure();
        if (switches)
        {
            client.Call("CONFIG", "SET", "appendonly", "yes");
            Assert.Contains("aof_enabled:1", client.Information(), StringComparison.Ordinal);
        }

        client.Recover();
        Refused = client.Refused;
        Lost = client.Lost;
        Copy(folder["data"], folder["copy"]);
        client.Dispose();
        node.RequestStop();
        Assert.Equal(0, node.WaitForExit());
        Assert.True(node.SavedAll, "the log was not written to its end");
        Assert.Equal(0, disk.Open);

        using StateLoader loader = new();
        Judge(client, loader, folder["copy"], "a kill");
        Judge(client, loader, folder["data"], "the end");
    }

    private static void Judge(FaultClient client, StateLoader loader, string path, string when)
    {
        Assert.Null(loader.Load(path));
        client.Judge(loader.Client, when);
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            if (file.EndsWith(".lock", StringComparison.Ordinal))
            {
                continue;
            }

            string target = to + file[from.Length..];
            _ = Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{error} {policy}{(switches ? " with switches" : string.Empty)} seed {seed}");
}

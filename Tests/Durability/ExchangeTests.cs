using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using Epollsrv.Tests.Differential;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Stress;
using Epollsrv.Tests.Unit;
using Xunit;
using Xunit.Sdk;

namespace Epollsrv.Tests.Durability;

/// <summary>A server goes on with our directory, and we with its, after random commands; its tools find nothing wrong.</summary>
/// <param name="folder">Where its programs are.</param>
/// <param name="name">What their names begin with.</param>
public abstract class ExchangeTests(string folder, string name)
{
    private const string Manifest = "appendonlydir/appendonly.aof.manifest";

    private string Server => Path.Combine(folder, name + "-server");

    private static int Commands => DurabilityLength.Of(4000, 200_000);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_loads_our_directory(bool isKilled)
    {
        int seed = TestSeed.Choose();
        using TemporaryFolder temporary = new();
        string data = temporary["data"];
        SortedDictionary<string, string> ours;
        using (PublishedNode node = StartNode(data))
        {
            using RespClient client = new(node);
            Fill(client, seed);
            ours = EffectWorkload.StateOf(client);
            if (isKilled)
            {
                node.Signal("KILL");
                _ = node.WaitForExit();
            }
            else
            {
                Assert.Equal(0, node.Stop());
            }
        }

        Check("aof", Path.Combine(data, Manifest));
        Check("rdb", Path.Combine(data, "dump.rdb"));
        (int code, string output) = PublishedNode.RunToEnd("check", data);
        Assert.True(code == 0, output);

        SortedDictionary<string, string> theirs;
        using (ServerProcess redis = StartServer(data))
        {
            using RespClient client = Connect(redis);
            theirs = EffectWorkload.StateOf(client);
            Compare(ours, theirs, seed, redis.LogText);

            // And back, with what redis-server adds to it.
            Fill(client, seed + 1);
            theirs = EffectWorkload.StateOf(client);
        }

        CompareOurs(data, theirs, seed);
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("no")]
    public void We_load_its_directory(string preamble)
    {
        int seed = TestSeed.Choose();
        using TemporaryFolder temporary = new();
        string data = temporary["data"];
        _ = Directory.CreateDirectory(data);
        SortedDictionary<string, string> theirs;
        using (ServerProcess redis = StartServer(data, "--aof-use-rdb-preamble", preamble, "--aof-timestamp-enabled", preamble))
        {
            using RespClient client = Connect(redis);
            Fill(client, seed);
            theirs = EffectWorkload.StateOf(client);
        }

        CompareOurs(data, theirs, seed);
        Check("aof", Path.Combine(data, Manifest));
    }

    [Fact]
    public void A_dump_alone_becomes_the_log_also_when_the_node_is_killed_at_once()
    {
        int seed = TestSeed.Choose();
        using TemporaryFolder temporary = new();
        string data = temporary["data"];
        _ = Directory.CreateDirectory(data);
        SortedDictionary<string, string> theirs;
        using (ServerProcess redis = ServerProcess.StartServer(Server, "--dir", data))
        {
            using RespClient client = Connect(redis);
            Fill(client, seed, rewrites: false);
            theirs = EffectWorkload.StateOf(client);
        }

        Random random = new(seed);
        for (int i = 0; i < 20; i++)
        {
            using PublishedNode starting = PublishedNode.StartOnly("serve", "--port", "0", "--data", data);
            System.Threading.Thread.Sleep(random.Next(40));
            starting.Signal("KILL");
            _ = starting.WaitForExit();
        }

        CompareOurs(data, theirs, seed);
    }

    private static PublishedNode StartNode(string data) => new(["--port", "0", "--workers", "2", "--data", data]);

    private ServerProcess StartServer(string data, params string[] options) =>
        ServerProcess.StartServer(Server, ["--dir", data, "--appendonly", "yes", "--appendfsync", "no", .. options]);

    private static RespClient Connect(ServerProcess redis)
    {
        RespClient client = new(new UnixDomainSocketEndPoint(redis.SocketPath));
        while (client.Call("PING") != "+PONG")
        {
            System.Threading.Thread.Sleep(10);
        }

        return client;
    }

    private static void Fill(RespClient client, int seed, bool rewrites = true)
    {
        Random random = new(seed);
        int count = Commands;
        for (int i = 0; i < count; i++)
        {
            EffectWorkload.LongLived(random).ForEach(command => client.Call(command));
            if ((i == count / 3 && rewrites) || i == count / 2)
            {
                _ = client.Call(i == count / 3 ? "BGREWRITEAOF" : "BGSAVE");
            }
        }

        NodeUnderTest.Until(() =>
        {
            string info = client.Value("INFO", "persistence")!;
            return !info.Contains("in_progress:1", StringComparison.Ordinal) && !info.Contains("scheduled:1", StringComparison.Ordinal);
        });
        Assert.Equal("+OK", client.Call("SAVE"));
    }

    private static void CompareOurs(string data, SortedDictionary<string, string> theirs, int seed)
    {
        using PublishedNode node = StartNode(data);
        using RespClient client = new(node);
        Compare(EffectWorkload.StateOf(client), theirs, seed, node.LogText);
    }

    private static void Compare(
        SortedDictionary<string, string> ours, SortedDictionary<string, string> theirs, int seed, string log)
    {
        Assert.True(theirs.Count > 10, "too few keys");
        foreach (string key in new HashSet<string>([.. ours.Keys, .. theirs.Keys]))
        {
            string? one = ours.GetValueOrDefault(key);
            string? other = theirs.GetValueOrDefault(key);
            if (one != other)
            {
                throw new XunitException(
                    "seed " + seed + ": " + key + ": ours " + Short(one) + ", theirs " + Short(other) + "\n" + log);
            }
        }
    }

    private static string Short(string? value) => value is null ? "none" : value.Length < 100 ? value : value[..60] + "…" + value[^20..];

    private void Check(string kind, string path)
    {
        (int code, string output, string error) = Binary.RunProgram(Path.Combine(folder, name + "-check-" + kind), [path]);
        Assert.True(code == 0, kind + ": " + output + error);
    }
}

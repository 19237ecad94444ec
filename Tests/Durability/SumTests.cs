using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Journal.Rdb;
using Epollsrv.Native;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Durability;

/// <summary>Clients move amounts between keys by EXEC while snapshots are taken all the time: each of them has the sum.</summary>
[Trait("Category", "Durability")]
public sealed unsafe class SumTests(ITestOutputHelper output)
{
    private const int Accounts = 500;
    private const int Start = 1000;
    private const int Clients = 4;
    private const int Others = 5000;

    [Fact]
    public void Every_snapshot_has_the_sum()
    {
        int seed = TestSeed.Choose();
        using TemporaryFolder folder = new();
        string data = folder["data"];
        List<string> options = ["--port", "0", "--workers", "2", "--data", data, "--data-rewrite-percentage", "0"];
        using (PublishedNode node = new(options))
        {
            using RespClient client = new(node);
            for (int i = 0; i < Accounts + Others; i++)
            {
                string[] pair = i < Accounts ? [Account(i), "1000"] : ["other" + i, new string('x', 200)];
                Assert.Equal("+OK", client.Call("SET", pair[0], pair[1]));
            }

            int moves = 0;
            bool ends = false;
            Action[] actions = new Action[Clients + 1];
            for (int i = 0; i < Clients; i++)
            {
                Random random = new(seed + i);
                actions[i] = () =>
                {
                    using RespClient mover = new(node);
                    while (!Volatile.Read(ref ends))
                    {
                        Move(mover, random);
                        _ = Interlocked.Increment(ref moves);
                    }
                };
            }

            actions[Clients] = () =>
            {
                try
                {
                    int snapshots = DurabilityLength.Of(40, 1000);
                    for (int i = 0; i < snapshots; i++)
                    {
                        Snapshot(client, data, isDump: i % 2 == 0);
                    }

                    output.WriteLine(snapshots + " snapshots, " + moves + " moves");
                }
                finally
                {
                    Volatile.Write(ref ends, true);
                }
            };
            Watchdog.Run(60, () => Volatile.Read(ref moves).ToString(CultureInfo.InvariantCulture), actions);
            Assert.True(moves > 1000, "too few moves");
            node.Signal("KILL");
            _ = node.WaitForExit();
        }

        using PublishedNode again = new(options);
        using RespClient reader = new(again);
        long sum = 0;
        for (int i = 0; i < Accounts; i++)
        {
            sum += long.Parse(reader.Value("GET", Account(i))!, CultureInfo.InvariantCulture);
        }

        Assert.Equal(Accounts * Start, sum);
    }

    private static string Account(int number) => "account" + number.ToString(CultureInfo.InvariantCulture);

    private static void Move(RespClient client, Random random)
    {
        string amount = random.Next(100).ToString(CultureInfo.InvariantCulture);
        client.Send("MULTI");
        client.Send("DECRBY", Account(random.Next(Accounts)), amount);
        client.Send("INCRBY", Account(random.Next(Accounts)), amount);
        client.Send("EXEC");
        for (int i = 0; i < 3; i++)
        {
            _ = client.Reply();
        }

        Assert.StartsWith("*2", client.Reply(), StringComparison.Ordinal);
    }

    private static void Snapshot(RespClient client, string data, bool isDump)
    {
        string reply = client.Call(isDump ? "BGSAVE" : "BGREWRITEAOF");
        Assert.StartsWith("+Background", reply, StringComparison.Ordinal);
        string info = string.Empty;
        NodeUnderTest.Until(() => !(info = client.Value("INFO", "persistence")!).Contains("in_progress:1", StringComparison.Ordinal));
        Assert.Contains("rdb_last_bgsave_status:ok", info, StringComparison.Ordinal);
        Assert.Contains("aof_last_bgrewrite_status:ok", info, StringComparison.Ordinal);
        string log = Path.Combine(data, "appendonlydir");
        Read(isDump ? Path.Combine(data, "dump.rdb") : Assert.Single(Directory.GetFiles(log, "*.base.rdb")));
    }

    private static void Read(string path)
    {
        int file = Files.Open(path, Files.ReadOnly);
        Assert.True(file >= 0, path);
        using FileInput input = new(file);
        using RdbReader reader = new(input, new FileInfo(path).Length, int.MaxValue);
        HashSet<string> keys = [];
        long sum = 0;
        RdbStep step;
        while ((step = reader.Read()) != RdbStep.End)
        {
            Assert.True(step is RdbStep.Key or RdbStep.Aux || (int)step < (int)RdbStep.End, reader.Error);
            if (step != RdbStep.Key)
            {
                continue;
            }

            string key = Encoding.Latin1.GetString(reader.Key, reader.KeyLength);
            Assert.True(keys.Add(key), key + " is there twice");
            if (key[0] == 'a')
            {
                sum += long.Parse(Encoding.Latin1.GetString(reader.Value, (int)reader.ValueLength), CultureInfo.InvariantCulture);
            }
        }

        Descriptor.Close(file);
        Assert.Equal(Accounts + Others, keys.Count);
        Assert.Equal(Accounts * Start, sum);
    }
}

using System;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Durability;

/// <summary>What snapshots add to the memory of the published program while clients write as fast as they can. The limits hold at any speed
/// of the disk, so the tests do too.</summary>
[Trait("Category", "Durability")]
public sealed class RewriteMemoryTests(ITestOutputHelper output)
{
    private const int Batch = 200;
    private const int Value = 1000;
    private const long Megabyte = 1 << 20;

    // Threads, pieces that are being filled, and what the allocator keeps.
    private const long Rest = 8 * Megabyte;

    [Fact]
    public void A_small_node_stays_near_its_maximum_while_it_rewrites_its_log_again_and_again()
    {
        const int Rewrites = 5;
        const long Most = 64 * Megabyte;
        using TemporaryFolder folder = new();
        using PublishedNode node = Start(folder, "--max-memory", "64mb", "--eviction", "allkeys-lru");
        using RespClient client = new(node);
        long writes = WhileWriting(node, 200_000, () =>
        {
            NodeUnderTest.Until(() => client.Information("stats", "evicted_keys") != "0");
            for (int i = 1; i <= Rewrites; i++)
            {
                Assert.StartsWith("+Background", client.Call("BGREWRITEAOF"), StringComparison.Ordinal);
                AwaitRewrites(client, i);
            }
        });
        Show(node, writes);
        Assert.InRange(node.PeakResidentBytes(), Most / 2, Most * 13 / 10);
    }

    /// <summary>All keys are written again while the snapshot is made slowly: twice the memory, if nothing limited it.</summary>
    [Fact]
    public void A_snapshot_adds_at_most_its_buffer()
    {
        const int Keys = 100_000;
        const long Buffer = 8 * Megabyte;
        using TemporaryFolder folder = new();
        using PublishedNode node = Start(folder, "--log-buffer", "4mb", "--snapshot-buffer", "8mb", "--data-rate", "30mb");
        using RespClient client = new(node);
        using (Client writer = node.Connect())
        {
            for (int key = 0; key < Keys; key += Batch)
            {
                Write(writer, key);
            }
        }

        long before = node.ResidentBytes();
        node.ForgetPeak();
        long writes = WhileWriting(node, Keys, () =>
        {
            Assert.StartsWith("+Background", client.Call("BGREWRITEAOF"), StringComparison.Ordinal);
            AwaitRewrites(client, 1);
        });
        Show(node, writes);
        Assert.InRange(node.PeakResidentBytes(), before, before + Buffer + Rest);
    }

    private static PublishedNode Start(TemporaryFolder folder, params string[] options)
        => new(["--port", "0", "--workers", "2", "--data", folder["data"], "--data-rewrite-percentage", "0", .. options]);

    private static void AwaitRewrites(RespClient client, int count)
        => NodeUnderTest.Until(() => client.Information("persistence", "aof_rewrites") == count.ToString());

    /// <summary>Does something while a client writes keys, one after another.</summary>
    /// <returns>How many it wrote.</returns>
    private static long WhileWriting(PublishedNode node, int keys, Action body)
    {
        bool ends = false;
        long writes = 0;
        Task writing = NodeUnderTest.Aside(() =>
        {
            using Client writer = node.Connect();
            while (!Volatile.Read(ref ends))
            {
                Write(writer, (int)(writes % keys));
                writes += Batch;
            }
        });
        try
        {
            body();
        }
        finally
        {
            Volatile.Write(ref ends, true);
            writing.Wait();
        }

        return writes;
    }

    private static void Write(Client client, int firstKey)
    {
        StringBuilder requests = new();
        for (int key = firstKey; key < firstKey + Batch; key++)
        {
            _ = requests.Append("*3\r\n$3\r\nSET\r\n$10\r\n").Append(key.ToString("d10"))
                .Append("\r\n$").Append(Value).Append("\r\n").Append('v', Value).Append("\r\n");
        }

        client.Send(Encoding.ASCII.GetBytes(requests.ToString()));
        byte[] replies = client.Receive(Batch * 5);
        Assert.Equal((byte)'+', replies[^5]);
    }

    private void Show(PublishedNode node, long writes)
        => output.WriteLine($"{writes} writes, {node.PeakResidentBytes() / (double)Megabyte:F1} MB resident at most");
}

using System;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Text;

using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Integration;

/// <summary>The published program's resident memory at its maximum: a process of its own, so that nothing else counts.</summary>
[Collection(LoadCollection.Name)]
public sealed class ResidentMemoryTests(ITestOutputHelper output)
{
    private const int Batch = 500;
    private const int LongestValue = 16 << 10;

    [Theory]
    [InlineData(64, 30_000)]
    [InlineData(24, 15_000)]
    public void Resident_memory_stays_below_the_maximum_and_a_fifth(int megabytes, int writes) => Run(megabytes, writes);

    /// <summary>SOAK_WRITES says how many; by hand ten million (make soak ARGS=--full).</summary>
    [Fact]
    [Trait("Category", "Soak")]
    public void Resident_memory_stays_below_the_maximum_and_a_fifth_after_millions_of_writes() => Run(
        128, int.TryParse(Environment.GetEnvironmentVariable("SOAK_WRITES"), NumberStyles.None, CultureInfo.InvariantCulture, out int writes)
            ? writes : 2_000_000);

    private void Run(int megabytes, int writes)
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        using PublishedNode node = new(["--port", "0", "--workers", "1", "--max-memory", megabytes + "mb", "--eviction", "allkeys-lru"]);
        using Client client = node.Connect();
        long before = node.ResidentBytes();
        byte[] value = Encoding.ASCII.GetBytes(new string('v', LongestValue));
        byte[] request = new byte[Batch * (LongestValue + 128)];
        byte[] replies = new byte[Batch * 5];
        long most = 0;
        for (int done = 0; done < writes; done += Batch)
        {
            int length = 0;
            for (int i = 0; i < Batch; i++)
            {
                int size = random.Next(16, LongestValue + 1);
                string key = "key:" + random.Next(10_000_000);
                length += Encoding.ASCII.GetBytes($"*3\r\n$3\r\nSET\r\n${key.Length}\r\n{key}\r\n${size}\r\n", request.AsSpan(length));
                value.AsSpan(0, size).CopyTo(request.AsSpan(length));
                length += size;
                request[length++] = (byte)'\r';
                request[length++] = (byte)'\n';
            }

            try
            {
                client.Send(request.AsSpan(0, length));
                replies = client.Receive(Batch * 5);
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                Assert.Fail($"seed {seed}, after {done} writes: {exception.Message}; {node.Describe()}");
            }

            Assert.Equal((byte)'+', replies[^5]);
            if (done % (20 * Batch) == 0 || done + Batch >= writes)
            {
                most = Math.Max(most, node.ResidentBytes());
            }
        }

        output.WriteLine($"seed {seed}: {writes} writes, maximum {megabytes} MB: {most / 1048576.0:F1} MB resident at most, {before / 1048576.0:F1} MB before");
        Assert.True(most < megabytes * 1.2 * 1048576, $"{most / 1048576.0:F1} MB resident, maximum {megabytes} MB");
    }
}

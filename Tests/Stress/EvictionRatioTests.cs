using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;

using Epollsrv.Tests.Integration;

using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Stress;

/// <summary>
/// The same Zipf 0.99 trace on redis-server 7.0.15 (when it is installed: apt-get install redis-server) and on the published
/// program: GET, and SET after a miss. Our clock counts 128 ms and Redis's a second, so the trace is paced to take long beside both.
/// </summary>
[Trait("Category", "Stress")]
[Collection(LoadCollection.Name)]
public sealed class EvictionRatioTests(ITestOutputHelper output)
{
    private const int Keys = 200_000;
    private const int Batch = 100;
    private const int Warm = 600_000;
    private const int Measured = 600_000;
    private const int ValueLength = 200;
    private const int BatchesPerSecond = 400;

    [Fact]
    public void Hit_ratio_is_that_of_redis_at_the_same_number_of_keys_and_better_at_the_same_memory()
    {
        const int seed = 20260726;
        int[] trace = Trace(seed);
        output.WriteLine($"seed {seed}, {Keys} keys, Zipf 0.99, values of {ValueLength} bytes, {Measured} requests after {Warm}");
        using PublishedNode node = new(["--port", "0", "--workers", "2", "--max-memory", "12mb", "--eviction", "allkeys-lru"]);
        (double ours, int resident) = Replay(node.Port, trace);
        output.WriteLine($"epollsrv, max-memory 12 MB: {ours:P2} hits, {resident} keys, {node.ResidentBytes() >> 10} KB resident");
        if (!IsInstalled())
        {
            output.WriteLine("redis-server is not installed: nothing to compare with (apt-get install redis-server)");
            Assert.True(ours > 0.7, $"{ours:P2}");
            return;
        }

        // Redis counts its own 0.9 MB of start-up against maxmemory; the same memory is the same addition to the process.
        using RedisServer same = new("12mb");
        (double atSameMemory, int redisKeys) = Replay(same.Port, trace);
        output.WriteLine($"redis-server, maxmemory 12 MB: {atSameMemory:P2} hits, {redisKeys} keys");

        // How many keys Redis holds is nearly, but not quite, in proportion to its memory: the last two results say how to go on.
        (double memory, double keys) before = (0, 0);
        (double memory, double keys) last = (12.0 * 1024 * 1024, redisKeys);
        double atSameKeys = 0;
        int equalKeys = 0;
        for (int attempt = 0; attempt < 3 && Math.Abs(equalKeys - resident) > resident * 0.02; attempt++)
        {
            double memory = last.memory + ((resident - last.keys) * (last.memory - before.memory) / (last.keys - before.keys));
            using RedisServer equal = new(((long)memory).ToString(CultureInfo.InvariantCulture));
            (atSameKeys, equalKeys) = Replay(equal.Port, trace);
            output.WriteLine($"redis-server, maxmemory {(long)memory >> 10} KB: {atSameKeys:P2} hits, {equalKeys} keys");
            (before, last) = (last, (memory, equalKeys));
        }

        Assert.InRange(equalKeys, resident * 0.97, resident * 1.03);
        Assert.True(ours >= atSameKeys - 0.005, $"ours {ours:P2} with {resident} keys, Redis {atSameKeys:P2} with {equalKeys}");
        Assert.True(ours > atSameMemory, $"ours {ours:P2}, Redis {atSameMemory:P2} at the same memory");
    }

    private static (double Ratio, int Resident) Replay(int port, int[] trace)
    {
        using Socket socket =
            new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = Patience.Milliseconds };
        socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        byte[] buffer = new byte[1 << 20];
        string value = new('v', ValueLength);
        int hits = 0;
        Stopwatch time = Stopwatch.StartNew();
        for (int start = 0; start < trace.Length; start += Batch)
        {
            StringBuilder gets = new();
            for (int i = start; i < start + Batch; i++)
            {
                _ = gets.Append("GET key:").Append(trace[i]).Append("\r\n");
            }

            string replies = Exchange(socket, gets.ToString(), Batch, buffer);
            StringBuilder sets = new();
            int missed = 0;
            int at = 0;
            for (int i = start; i < start + Batch; i++)
            {
                bool hit = replies[at + 1] != '-';
                at = replies.IndexOf('\n', at) + 1;
                at = hit ? replies.IndexOf('\n', at) + 1 : at;
                hits += hit && i >= Warm ? 1 : 0;
                if (!hit)
                {
                    _ = sets.Append("SET key:").Append(trace[i]).Append(' ').Append(value).Append("\r\n");
                    missed++;
                }
            }

            if (missed > 0)
            {
                _ = Exchange(socket, sets.ToString(), missed, buffer);
            }

            while (time.Elapsed.TotalSeconds * BatchesPerSecond < start / Batch)
            {
                System.Threading.Thread.Sleep(1);
            }
        }

        string size = Exchange(socket, "DBSIZE\r\n", 1, buffer);
        return ((double)hits / Measured, int.Parse(size.AsSpan(1).Trim(), CultureInfo.InvariantCulture));
    }

    // Replies are lines, and a bulk is two.
    private static string Exchange(Socket socket, string request, int replies, byte[] buffer)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(request);
        for (int sent = 0; sent < bytes.Length;)
        {
            sent += socket.Send(bytes, sent, bytes.Length - sent, SocketFlags.None);
        }

        int length = 0;
        int seen = 0;
        int scanned = 0;
        bool inBulk = false;
        while (seen < replies)
        {
            length += socket.Receive(buffer, length, buffer.Length - length, SocketFlags.None);
            for (int end; (end = Array.IndexOf(buffer, (byte)'\n', scanned, length - scanned)) >= 0; scanned = end + 1)
            {
                bool isHeader = !inBulk && buffer[scanned] == '$' && buffer[scanned + 1] != '-';
                seen += isHeader ? 0 : 1;
                inBulk = isHeader;
            }
        }

        return Encoding.ASCII.GetString(buffer, 0, length);
    }

    private static int[] Trace(int seed)
    {
        double[] cumulated = new double[Keys];
        double sum = 0;
        for (int rank = 0; rank < Keys; rank++)
        {
            cumulated[rank] = sum += 1 / Math.Pow(rank + 1, 0.99);
        }

        Random random = new(seed);
        int[] names = Enumerable.Range(0, Keys).ToArray();
        random.Shuffle(names);
        int[] trace = new int[Warm + Measured];
        for (int i = 0; i < trace.Length; i++)
        {
            int found = Array.BinarySearch(cumulated, random.NextDouble() * sum);
            trace[i] = names[Math.Min(found < 0 ? ~found : found, Keys - 1)];
        }

        return trace;
    }

    private static bool IsInstalled() => System.IO.File.Exists("/usr/bin/redis-server");

    private sealed class RedisServer : IDisposable
    {
        private readonly Process _process;

        public RedisServer(string maximum)
        {
            Port = RingProcesses.FreePort();
            List<string> arguments =
                ["--port", Port.ToString(CultureInfo.InvariantCulture), "--save", string.Empty, "--maxmemory", maximum,
                "--maxmemory-policy", "allkeys-lru"];
            _process = Process.Start(new ProcessStartInfo("/usr/bin/redis-server", arguments) { RedirectStandardOutput = true })!;
            _process.OutputDataReceived += (_, _) => { };
            _process.BeginOutputReadLine();
            NodeUnderTest.Until(IsReady, "redis-server is ready");
        }

        public int Port { get; }

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }

        private bool IsReady()
        {
            try
            {
                using TcpClient client = new("127.0.0.1", Port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }
}

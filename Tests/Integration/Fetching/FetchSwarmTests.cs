using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net.Http;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Fetching;

/// <summary>Many who fetch one file from one holder at the same time help each other.</summary>
[Collection(LoadCollection.Name)]
public sealed class FetchSwarmTests
{
    private const long MostMemory = 32 << 20;

    [Fact]
    [Trait("Category", "Stress")]
    public void Ten_fetchers_take_less_than_three_copies_from_the_holder() => TenFetchers(256 << 20);

    [Fact]
    public void A_fetcher_serves_what_it_has_and_the_ring_forgets_it_afterwards() => Patience.WithMoreTime(5000, static seedTime =>
    {
        using TemporaryFolder folder = new();
        using PublishedNode node = Serve(folder, 16 << 20, out byte[] content);
        string one = Directory.CreateDirectory(Path.Combine(folder.Path, "one")).FullName;
        string two = Directory.CreateDirectory(Path.Combine(folder.Path, "two")).FullName;
        using FetchRun first =
            FetchRun.Start(one, node.Port, "data", "--seed", "yes", "--seed-time", seedTime + "ms", "--limit-rate", "8mb");
        NodeUnderTest.Until(() => first.Errors.Contains("\"done\":", StringComparison.Ordinal));
        Stopwatch watch = Stopwatch.StartNew();
        using FetchRun second = FetchRun.ToEnd(0, two, node.Port, "data");
        if (watch.ElapsedMilliseconds > seedTime)
        {
            // The first may have been gone before the second asked for it.
            return false;
        }

        Assert.Equal(2, second.Number("peers"));
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(two, "data")));
        first.Wait(0);
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(one, "data")));
        using FetchRun third = FetchRun.ToEnd(0, two, node.Port, "data");
        Assert.DoesNotContain("refused", third.Errors, StringComparison.Ordinal);
        return true;
    });

    private static void TenFetchers(int size)
    {
        using TemporaryFolder folder = new();
        using PublishedNode node = Serve(folder, size, out byte[] content);
        long before = SentBytes(node);
        List<FetchRun> runs = [];
        long most = 0;
        try
        {
            for (int i = 0; i < 10; i++)
            {
                string own = Directory.CreateDirectory(Path.Combine(folder.Path, "to" + i)).FullName;
                runs.Add(FetchRun.Start(own, node.Port, "data", "--seed", "yes", "--seed-time", "5s"));
            }

            NodeUnderTest.Until(() => runs.TrueForAll(run =>
            {
                most = Math.Max(most, Resident(run));
                return run.Errors.Contains("\"result\":\"done\"", StringComparison.Ordinal) || run.Process.HasExited;
            }), milliseconds: 240_000);
            long sent = SentBytes(node) - before;
            Console.WriteLine("copies sent by the holder: " + ((double)sent / size).ToString("F2", CultureInfo.InvariantCulture)
                + ", most memory of a fetcher: " + (most >> 10) + " KB, of the holder: " + (node.ResidentBytes() >> 10) + " KB");
            for (int i = 0; i < runs.Count; i++)
            {
                runs[i].Wait(0);
                Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(folder.Path, "to" + i, "data"))), "what fetcher "
                    + i + " has differs");
            }

            Assert.InRange(sent, size, 3L * size);
            Assert.InRange(most, 1, MostMemory);
            Assert.InRange(node.ResidentBytes(), 1, MostMemory);
        }
        finally
        {
            runs.ForEach(static run => run.Dispose());
        }
    }

    private static PublishedNode Serve(TemporaryFolder folder, int size, out byte[] content)
    {
        content = FetchRun.Random(size, size);
        string shared = Directory.CreateDirectory(Path.Combine(folder.Path, "shared")).FullName;
        File.WriteAllBytes(Path.Combine(shared, "data"), content);
        PublishedNode node = new(["--port", "0", "--share", shared]);
        using HttpClient client = new();
        NodeUnderTest.Until(() => client.GetAsync(new Uri("http://127.0.0.1:" + node.Port + "/pieces/data")).Result.IsSuccessStatusCode);
        node.AwaitLog("registered 1 of 1 files");
        return node;
    }

    private static long Resident(FetchRun run)
    {
        try
        {
            foreach (string line in File.ReadLines("/proc/" + run.Process.Id + "/status"))
            {
                if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                {
                    return long.Parse(line[6..].Replace("kB", string.Empty, StringComparison.Ordinal).Trim(),
                        CultureInfo.InvariantCulture) * 1024;
                }
            }
        }
        catch (IOException)
        {
            // It has ended.
        }

        return 0;
    }

    private static long SentBytes(PublishedNode node)
    {
        using HttpClient client = new();
        foreach (string line in client.GetStringAsync(new Uri("http://127.0.0.1:" + node.Port + "/metrics")).Result.Split('\n'))
        {
            if (line.StartsWith("epollsrv_sent_bytes_total ", StringComparison.Ordinal))
            {
                return long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException("no such metric");
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Durability;

/// <summary>Limits of the running program that an administrator lowers and raises again.</summary>
[Trait("Category", "Durability")]
public sealed class LimitFaultTests
{
    private const string TooMany = "Too many open files";
    private const int MostMissing = 4;

    // The kernel gives the lowest number that is free, and refuses those from the limit on.
    [Theory]
    [InlineData("always")]
    [InlineData("1s")]
    public void Without_descriptors_the_log_is_not_written_anew_but_goes_on(string policy)
    {
        using TemporaryFolder folder = new();
        PublishedFault.Run(folder["data"], policy, TestSeed.Choose(), [TooMany], (node, client) =>
        {
            int failed = 0;
            for (int left = 0; left < MostMissing; left++)
            {
                string before = Limit(node, "nofile", Number(FirstFree(node) + left));
                client.Work(3);
                client.Call("BGREWRITEAOF");
                NodeUnderTest.Until(() =>
                {
                    client.Work(1);
                    return client.Information().Contains("aof_rewrite_in_progress:0", StringComparison.Ordinal);
                });
                failed += client.Information().Contains("aof_last_bgrewrite_status:err", StringComparison.Ordinal) ? 1 : 0;
                client.Call("BGSAVE");
                client.Work(3);
                _ = Limit(node, "nofile", before);
                client.Finish("BGREWRITEAOF", "aof_last_bgrewrite_status:ok");
                client.Work(3);
            }

            Assert.True(failed > 0, "no rewrite has failed");
            node.AwaitLog(": too many open files");
            Assert.Equal((0, 0), (client.Refused, client.Lost));
        });
    }

    [Theory]
    [InlineData("always")]
    [InlineData("1s")]
    [Trait("Needs", "Ptrace")]
    public void A_lost_log_waits_for_descriptors(string policy)
    {
        using TemporaryFolder folder = new();
        PublishedFault.Run(folder["data"], policy, TestSeed.Choose(), ["Input/output error"], (node, client) =>
        {
            string before = Limit(node, "nofile", Number(FirstFree(node)));
            using (new Tracer(node, folder["trace"], [], "fdatasync:error=EIO:when=1"))
            {
                client.WorkUntilRefused(10);
            }

            node.AwaitLog(": too many open files");
            client.WorkUntilRefused(1);
            _ = Limit(node, "nofile", before);
        });
    }

    // What a write to a file at its limit does: some of the bytes are taken, and then none.
    [Theory]
    [InlineData("always")]
    [InlineData("1s")]
    public void A_file_that_may_not_grow(string policy)
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        using TemporaryFolder folder = new();
        PublishedFault.Run(folder["data"], policy, seed, ["File too large"], (node, client) =>
        {
            for (int i = 0; i < 5; i++)
            {
                long length = 0;
                foreach (FileInfo file in new DirectoryInfo(folder["data"]).GetFiles("*.incr.aof", SearchOption.AllDirectories))
                {
                    length = Math.Max(length, file.Length);
                }

                _ = Limit(node, "fsize", Number(length + random.Next(300)));
                client.WorkUntilRefused(3);
                _ = Limit(node, "fsize", "unlimited:unlimited");
                client.Recover();
            }
        });
    }

    private static int FirstFree(PublishedNode node)
    {
        HashSet<string> taken = [];
        foreach (string path in Directory.GetFileSystemEntries("/proc/" + Number(node.Process.Id) + "/fd"))
        {
            _ = taken.Add(Path.GetFileName(path));
        }

        int first = 0;
        while (taken.Contains(Number(first)))
        {
            first++;
        }

        return first;
    }

    // Answers what it was before, for the way back: the lower limit alone is changed.
    private static string Limit(PublishedNode node, string name, string value)
    {
        string process = Number(node.Process.Id);
        (int code, string before, string error) = Binary.RunProgram(
            "/usr/bin/prlimit", ["--pid", process, "--" + name, "--output=SOFT,HARD", "--noheadings", "--raw"]);
        Assert.True(code == 0, error);
        string[] limits = before.Trim().Split(' ');
        string option = "--" + name + "=" + (value.Contains(':', StringComparison.Ordinal) ? value : value + ":" + limits[1]);
        (code, _, error) = Binary.RunProgram("/usr/bin/prlimit", ["--pid", process, option]);
        Assert.True(code == 0, error);
        return limits[0] + ":" + limits[1];
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}

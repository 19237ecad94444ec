using System;
using System.Diagnostics;
using System.IO;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary><c>serve --share</c>: a folder's files found, fetched and taken back.</summary>
public sealed class ShareTests
{
    [Fact]
    public void A_node_that_shares_a_folder_offers_its_files_while_it_runs_and_takes_them_back_when_it_stops()
    {
        using RingProcesses ring = new(mixture: 0, without: 8);
        File.WriteAllText(Path.Combine(ring.Shared, "alpha.txt"), "first");
        using RingProcess sharer = RingProcess.Published(ring.Folder, "serve", "--conf", ring.Conf, "--id", "4", "--share", ring.Shared);
        sharer.WaitFor("registered 1 of 1 files");
        Assert.Equal("127.0.0.1 " + ring.Nodes[3].Port, ring.Get("alpha.txt"));
        Assert.Equal("first", ring.Run(0, "fetch", "alpha.txt", "-o", "-").Output);

        File.WriteAllText(Path.Combine(ring.Shared, "later.txt"), "second");
        sharer.WaitFor("2 shared");
        Assert.Equal("second", ring.Run(0, "fetch", "later.txt", "-o", "-").Output);
        File.Delete(Path.Combine(ring.Shared, "later.txt"));
        sharer.WaitFor("withdrew 1 of 1 files");
        _ = ring.Run(1, "get", "later.txt");

        Stopwatch watch = Stopwatch.StartNew();
        using (Process kill = Process.Start("kill", ["-TERM", sharer.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            kill.WaitForExit();
        }

        sharer.WaitForExit();
        Assert.InRange(watch.ElapsedMilliseconds, 0, 5000);
        Assert.Equal(0, sharer.ExitCode);
        Assert.Contains("withdrew 1 of 1 files from the ring", sharer.Errors, StringComparison.Ordinal);
        _ = ring.Run(1, "get", "alpha.txt");
    }

    [Fact]
    public void A_node_alone_shares_a_folder_too()
    {
        using Unit.TemporaryFolder folder = new();
        folder.Write("alpha.txt", "alone");
        using RingProcess node = new(folder.Path, "serve", "--port", "0", "--share", folder.Path);
        node.WaitFor("registered 1 of 1 files");
        string address = node.Output.Split("listening on ")[1].Trim();
        Assert.Equal("alone", RingProcess.Run(0, folder.Path, "fetch", "alpha.txt", "-o", "-", "--server", address).Output);
        _ = RingProcess.Run(1, folder.Path, "fetch", "missing.txt", "-o", "-", "--server", address);
    }

    [Fact]
    public void A_folder_that_cannot_be_opened_ends_the_node_with_78()
    {
        RingProcess node = RingProcess.Run(78, Path.GetTempPath(), "serve", "--port", "0", "--share", "/no/such/folder");
        Assert.Contains("--share /no/such/folder: no such file or directory", node.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("listening", node.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void With_a_password_nodes_of_ours_give_it_to_each_other_and_others_get_nothing()
    {
        using Unit.TemporaryFolder folder = new();
        folder.Write("alpha.txt", "secret file");
        using RingProcess node = new(folder.Path, "serve", "--port", "0", "--password", "secret", "--share", ".");
        node.WaitFor("registered 1 of 1 files");
        string address = node.Output.Split("listening on ")[1].Trim();
        Assert.Equal("secret file", RingProcess.Run(0, folder.Path, "fetch", "alpha.txt", "-o", "-", "--server", address, "--password", "secret").Output);

        RingProcess without = RingProcess.Run(69, folder.Path, "get", "alpha.txt", "--server", address);
        Assert.Contains("wants a password", without.Errors, StringComparison.Ordinal);
        Assert.Empty(without.Output);
        RingProcess wrong = RingProcess.Run(69, folder.Path, "fetch", "alpha.txt", "-o", "-", "--server", address, "--password", "wrong");
        Assert.Contains("has another password", wrong.Errors, StringComparison.Ordinal);
        Assert.Empty(wrong.Output);
        _ = RingProcess.Run(0, folder.Path, "healthcheck", "--server", address);
    }

    [Theory]
    [InlineData("/proc/fetched", "/proc/fetched: ")]
    [InlineData("/sys/fetched", "/sys/fetched: ")]
    public void A_file_system_that_takes_no_file_is_a_clear_error_and_the_node_goes_on(string target, string complaint)
    {
        using Unit.TemporaryFolder folder = new();
        folder.Write("alpha.txt", "text");
        using RingProcess node = new(folder.Path, "serve", "--port", "0", "--share", ".");
        node.WaitFor("registered 1 of 1 files");
        string address = node.Output.Split("listening on ")[1].Trim();
        Assert.Contains(complaint, RingProcess.Run(1, folder.Path, "fetch", "alpha.txt", "-o", target, "--server", address).Errors, StringComparison.Ordinal);
        _ = RingProcess.Run(0, folder.Path, "healthcheck", "--server", address);
    }
}

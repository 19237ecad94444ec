using System;
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
        using RingProcess sharer = new(ring.Folder, "serve", "--conf", ring.Conf, "--id", "4", "--share", ring.Shared);
        sharer.WaitFor("registered 1 of 1 files");

        // With the newline of the C program, which its clients wait for.
        Assert.Equal("127.0.0.1 " + ring.Nodes[3].Port + "\n", ring.Get("alpha.txt"));
        Assert.Equal("first", ring.Run(0, "fetch", "alpha.txt", "-o", "-").Output);

        File.WriteAllText(Path.Combine(ring.Shared, "later.txt"), "second");
        sharer.WaitFor("2 shared");
        Assert.Equal("second", ring.Run(0, "fetch", "later.txt", "-o", "-").Output);
        File.Delete(Path.Combine(ring.Shared, "later.txt"));
        sharer.WaitFor("withdrew 1 of 1 files");
        _ = ring.Run(1, "get", "later.txt");

        Binary.Signal(sharer.Id, "TERM");
        sharer.WaitForExit();
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
        // On standard output, which may be read later than standard error.
        node.WaitFor("listening on ");
        string address = node.Output.Split("listening on ")[1].Trim();
        Assert.Equal("alone", RingProcess.Run(0, folder.Path, "fetch", "alpha.txt", "-o", "-", "--server", address).Output);
        _ = RingProcess.Run(1, folder.Path, "fetch", "missing.txt", "-o", "-", "--server", address);
    }

    [Fact]
    [Trait("Category", "Stress")]
    public async System.Threading.Tasks.Task Hundreds_of_thousands_of_files_are_shared_or_counted_and_left_out()
    {
        using Unit.TemporaryFolder folder = new();
        string shared = Directory.CreateDirectory(folder["shared"]).FullName;
        Assert.Equal(0, Run("seq -f '" + shared + "/a-rather-long-file-name-for-a-test-%07.0f.bin' 300000 | xargs touch"));
        using (RingProcess few = new(folder.Path, "serve", "--port", "0", "--share", shared, "--max-shared-files", "200000"))
        {
            few.WaitFor("registered 200000 of 200000 files");
            few.WaitFor("has more than 200000 files: 100000 or more of them");
        }

        using RingProcess node = new(folder.Path, "serve", "--port", "0", "--share", shared);
        node.WaitFor("registered 300000 of 300000 files");
        // On standard output, which may be read later than standard error.
        node.WaitFor("listening on ");
        string address = node.Output.Split("listening on ")[1].Trim();
        using System.Net.Http.HttpClient client = new();
        string listing = await client.GetStringAsync(new System.Uri("http://" + address + "/files/?format=json"));
        Assert.Equal(300_000, listing.Split("\"path\"").Length - 1);
        Assert.Equal(0, Run("find " + shared + " -name '*[1-9].bin' -delete"));
        node.WaitFor("; 30000 shared from");
        _ = RingProcess.Run(0, folder.Path, "healthcheck", "--server", address);

        static int Run(string command)
        {
            using System.Diagnostics.Process process = System.Diagnostics.Process.Start("sh", ["-c", command]);
            process.WaitForExit();
            return process.ExitCode;
        }
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
        // On standard output, which may be read later than standard error.
        node.WaitFor("listening on ");
        string address = node.Output.Split("listening on ")[1].Trim();
        Assert.Equal("secret file",
            RingProcess.Run(0, folder.Path, "fetch", "alpha.txt", "-o", "-", "--server", address, "--password", "secret").Output);

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
        // On standard output, which may be read later than standard error.
        node.WaitFor("listening on ");
        string address = node.Output.Split("listening on ")[1].Trim();
        Assert.Contains(complaint, RingProcess.Run(1, folder.Path, "fetch", "alpha.txt", "-o", target, "--server", address).Errors,
            StringComparison.Ordinal);
        _ = RingProcess.Run(0, folder.Path, "healthcheck", "--server", address);
    }
}

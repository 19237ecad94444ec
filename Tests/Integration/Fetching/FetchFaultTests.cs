using System;
using System.IO;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Fetching;

/// <summary>Peers that fail, lie or change, and targets that cannot be written.</summary>
public sealed class FetchFaultTests
{
    private const int Piece = FetchPeer.PieceBytes;

    [Theory]
    [InlineData("wrong", "sent wrong bytes")]
    [InlineData("list", "sent a wrong list of pieces")]
    [InlineData("late-list", "sent a wrong list of pieces")]
    [InlineData("slow-list", "timed out")]
    [InlineData("whole", "has changed")]
    [InlineData("stall", "timed out")]
    [InlineData("short", "closed the connection")]
    [InlineData("long", "no proper HTTP response")]
    [InlineData("garbage", "no proper HTTP response")]
    [InlineData("other-range", "no proper HTTP response")]
    [InlineData("kill", ": ")]
    public void One_bad_peer_of_two_is_named_and_the_file_arrives(string fault, string complaint)
    {
        using TemporaryFolder folder = new();
        byte[] content = FetchRun.Random((12 * Piece) + 1, 20);
        using FetchPeer bad = new(content) { Fault = fault, After = 1 };

        // The good one must not be ready before the time-out of the one that stalls: nobody would be named.
        using FetchPeer good = new(content) { Delay = fault == "stall" ? 200 : 20 };
        good.Holders = FetchTests.Join(bad, good);
        using FetchRun run = FetchRun.ToEnd(0, folder.Path, good.Port, "data", "--timeout", "1500ms");
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
        Assert.Contains("127.0.0.1:" + bad.Port + ": ", run.Errors, StringComparison.Ordinal);
        Assert.Contains(complaint, run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1:" + good.Port + ": sent", run.Errors, StringComparison.Ordinal);
        Assert.Equal(["data"], FetchRun.FilesOf(folder.Path));
    }

    [Theory]
    [InlineData("wrong", "sent wrong bytes")]
    [InlineData("list", "sent a wrong list of pieces")]
    [InlineData("kill", "closed the connection")]
    [InlineData("stall", "timed out")]
    [InlineData("garbage", "no proper HTTP response")]
    public void The_only_peer_is_bad(string fault, string complaint)
    {
        using TemporaryFolder folder = new();
        using FetchPeer bad = new(FetchRun.Random(6 * Piece, 21)) { Fault = fault, After = 2 };
        using FetchRun run = FetchRun.ToEnd(1, folder.Path, bad.Port, "data", "--timeout", "300ms");
        Assert.Contains(complaint, run.Errors, StringComparison.Ordinal);
        Assert.Contains("no peer is left", run.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "data")));
    }

    [Fact]
    public void A_file_that_changes_at_its_holder_is_never_mixed()
    {
        using TemporaryFolder folder = new();
        byte[] before = FetchRun.Random(16 * Piece, 22);
        using FetchPeer peer = new(before) { Delay = 50 };
        using FetchRun run = FetchRun.Start(folder.Path, peer.Port, "data");
        NodeUnderTest.Until(() => peer.Sent.Length >= 3);
        peer.Content = FetchRun.Random(16 * Piece, 23);
        run.Wait(1);
        Assert.Contains("its data has changed", run.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "data")));
        using FetchRun again = FetchRun.ToEnd(0, folder.Path, peer.Port, "data");
        Assert.Contains("holds pieces of other content", again.Errors, StringComparison.Ordinal);
        Assert.Equal(peer.Content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
        Assert.Equal(0, again.Number("resumed"));
    }

    [Fact]
    public void A_wrong_digest_of_the_whole_is_no_success()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(3 * Piece, 24)) { Fault = "digest" };
        using FetchRun run = FetchRun.ToEnd(1, folder.Path, peer.Port, "data");
        Assert.Contains("the SHA-256 of the whole is not the one its holders give", run.Errors, StringComparison.Ordinal);
        Assert.Empty(FetchRun.FilesOf(folder.Path));
        using FetchRun pieces = FetchRun.ToEnd(0, folder.Path, peer.Port, "data", "--verify", "pieces");
        Assert.Equal(peer.Content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
    }

    [Fact]
    public void A_full_disk_and_a_reader_that_goes_are_clear_errors()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(3 * Piece, 25));
        using FetchRun full = FetchRun.ToEnd(1, folder.Path, peer.Port, "data", "-o", "/dev/full");
        Assert.Contains("no space left on device", full.Errors, StringComparison.Ordinal);
        using FetchRun gone = FetchRun.Start(folder.Path, peer.Port, "data", "-o", "-");
        gone.Process.StandardOutput.Close();
        gone.Wait(1);
        Assert.Contains("closed by the other side", gone.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_system_that_fills_up_keeps_what_is_there()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(8 * Piece, 26));
        string mount = Path.Combine(folder.Path, "small");
        _ = Directory.CreateDirectory(mount);
        using System.Diagnostics.Process mounting = System.Diagnostics.Process.Start("mount", ["-t", "tmpfs", "-o", "size=5m", "none", mount]);
        mounting.WaitForExit();
        if (mounting.ExitCode != 0)
        {
            Console.WriteLine("not tested: no tmpfs could be mounted (root is needed); /dev/full stands in for it in another test");
            return;
        }

        try
        {
            using FetchRun full = FetchRun.ToEnd(1, mount, peer.Port, "data");
            Assert.Contains("no space left on device", full.Errors, StringComparison.Ordinal);
            Assert.Contains("pieces are kept in data.part", full.Errors, StringComparison.Ordinal);
            using System.Diagnostics.Process larger = System.Diagnostics.Process.Start("mount", ["-o", "remount,size=50m", mount]);
            larger.WaitForExit();
            using FetchRun again = FetchRun.ToEnd(0, mount, peer.Port, "data");
            Assert.InRange(again.Number("resumed"), 3, 5);
            Assert.Equal(8, again.Number("resumed") + again.Number("received"));
            Assert.Equal(peer.Content, File.ReadAllBytes(Path.Combine(mount, "data")));
        }
        finally
        {
            using System.Diagnostics.Process unmounting = System.Diagnostics.Process.Start("umount", [mount]);
            unmounting.WaitForExit();
        }
    }

    [Fact]
    public void A_folder_that_vanishes_or_never_was_is_a_clear_error()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(30 * Piece, 27)) { Delay = 150 };
        string target = Path.Combine(folder.Path, "gone");
        using FetchRun never = FetchRun.ToEnd(1, folder.Path, peer.Port, "data", "-o", "gone/data");
        Assert.Contains("gone/data: cannot write gone/data.part: no such file or directory", never.Errors, StringComparison.Ordinal);
        _ = Directory.CreateDirectory(target);
        using FetchRun run = FetchRun.Start(folder.Path, peer.Port, "data", "-o", "gone/data");
        NodeUnderTest.Until(() => peer.Sent.Length >= 2);
        Directory.Delete(target, recursive: true);
        run.Wait(1);
        Assert.Contains("gone/data: its folder is gone", run.Errors, StringComparison.Ordinal);
        Assert.True(peer.Sent.Length < 30, "it went on for " + peer.Sent.Length + " pieces");
        using FetchRun into = FetchRun.ToEnd(1, folder.Path, peer.Port, "data", "-o", folder.Path);
        Assert.Contains("is a directory", into.Errors, StringComparison.Ordinal);
    }
}

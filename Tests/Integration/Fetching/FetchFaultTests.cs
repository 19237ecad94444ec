using System;
using System.IO;
using System.Threading;

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
    [InlineData("whole", "has changed")]
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
        using FetchPeer good = new(content) { Delay = 20 };
        good.Holders = FetchTests.Join(bad, good);
        using FetchRun run = FetchRun.ToEnd(0, folder.Path, good.Port, "data");
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
        Assert.Contains("127.0.0.1:" + bad.Port + ": ", run.Errors, StringComparison.Ordinal);
        Assert.Contains(complaint, run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1:" + good.Port + ": sent", run.Errors, StringComparison.Ordinal);
        Assert.Equal(["data"], FetchRun.FilesOf(folder.Path));
    }

    [Theory]
    [InlineData("slow-list")]
    [InlineData("stall")]
    public void A_slow_peer_of_two_is_named_and_the_file_arrives(string fault) => Patience.WithMoreTime(1000, timeOut =>
    {
        using TemporaryFolder folder = new();
        byte[] content = FetchRun.Random((12 * Piece) + 1, 20);
        using FetchPeer bad = new(content) { Fault = fault, After = 1 };

        // The good one must not be ready before the time-out of the one that stalls: nobody would be named.
        using FetchPeer good = new(content) { Delay = fault == "stall" ? timeOut / 5 : 20 };
        good.Holders = FetchTests.Join(bad, good);
        using FetchRun run = FetchRun.Start(folder.Path, good.Port, "data", "--timeout", timeOut + "ms");
        run.WaitForExit();
        if (run.Errors.Contains("127.0.0.1:" + good.Port + ": ", StringComparison.Ordinal)
            || !run.Errors.Contains("timed out", StringComparison.Ordinal))
        {
            // Too slow a machine: for the good one, too, or for the bad one to be asked at all.
            return false;
        }

        run.Wait(0);
        Assert.Equal(content, File.ReadAllBytes(folder["data"]));
        Assert.Contains("127.0.0.1:" + bad.Port + ": ", run.Errors, StringComparison.Ordinal);
        Assert.Equal(["data"], FetchRun.FilesOf(folder.Path));
        return true;
    });

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
        using FetchRun run = FetchRun.ToEnd(1, folder.Path, bad.Port, "data", "--timeout", fault == "stall" ? "1s" : "60s");
        Assert.Contains(complaint, run.Errors, StringComparison.Ordinal);
        Assert.Contains("no peer is left", run.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "data")));
    }

    [Theory]
    [InlineData("abababababababababababababababababababababababababababababababab", 0)]
    [InlineData(null, 1)]
    [InlineData(null, -3)]
    [InlineData(null, -Piece)]
    [InlineData(null, Piece)]
    [InlineData(null, -(4 * Piece) - 1)]
    [InlineData(null, 1L << 40)]
    [InlineData(null, 1L << 45)]
    public void An_identity_that_nobody_can_prove_is_given_up_for_one_that_somebody_has(string? hash, long more)
    {
        byte[] content = FetchRun.Random((4 * Piece) + 1, 28);
        foreach (bool isFirst in (bool[])[true, false])
        {
            using TemporaryFolder folder = new();
            using FetchPeer honest = new(content);
            using FetchPeer liar = new(content);
            liar.Lie = "\"" + (hash ?? liar.Tag[1..65]) + "-"
                + (content.Length + more).ToString("x", System.Globalization.CultureInfo.InvariantCulture) + "\"";
            honest.Holders = isFirst ? FetchTests.Join(liar, honest) : FetchTests.Join(honest, liar);
            using FetchRun run = FetchRun.ToEnd(0, folder.Path, honest.Port, "data");
            Assert.Equal(content, File.ReadAllBytes(folder["data"]));
            Assert.Equal(["data"], FetchRun.FilesOf(folder.Path));
            using FetchRun named =
                FetchRun.ToEnd(0, folder.Path, honest.Port, "data", "-o", "again", "--digest",
                Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content)));
            Assert.Equal(content, File.ReadAllBytes(folder["again"]));
            using FetchRun alone = FetchRun.ToEnd(1, folder.Path, Alone(liar), "data", "-o", "alone");
            Assert.Contains("127.0.0.1:" + liar.Port + ": ", alone.Errors, StringComparison.Ordinal);
            Assert.False(File.Exists(folder["alone"]));
        }

        static int Alone(FetchPeer peer)
        {
            peer.Holders = "127.0.0.1 " + peer.Port;
            return peer.Port;
        }
    }

    [Fact]
    public void Another_file_under_the_digest_that_was_asked_for_is_given_up_for_the_right_one()
    {
        using TemporaryFolder folder = new();
        using FetchPeer honest = new(FetchRun.Random((2 * Piece) + 1, 31));
        byte[] digest = System.Security.Cryptography.SHA256.HashData(honest.Content);
        using FetchPeer liar = new(FetchRun.Random(3 * Piece, 32)) { DigestLie = digest };
        honest.Holders = FetchTests.Join(liar, honest);
        using FetchRun run = FetchRun.ToEnd(0, folder.Path, honest.Port, "data", "--digest", Convert.ToHexStringLower(digest));
        Assert.Equal(honest.Content, File.ReadAllBytes(folder["data"]));
        Assert.Equal(["data"], FetchRun.FilesOf(folder.Path));
        Assert.Contains("nobody could prove to have the one of 3145728 bytes", run.Errors, StringComparison.Ordinal);

        // What is written to a pipe cannot be taken back.
        using FetchRun output = FetchRun.Start(folder.Path, honest.Port, "data", "-o", "-", "--digest", Convert.ToHexStringLower(digest));
        output.Process.StandardOutput.BaseStream.CopyTo(Stream.Null);
        output.Wait(1);
    }

    [Theory]
    [InlineData("ffffffffff", "a wrong list of pieces")]
    [InlineData("2ffffffffff", "a wrong list of pieces")]
    [InlineData("40000000000", "a wrong list of pieces")]
    [InlineData("40000000001", "larger than the largest file that can be fetched, 4 TB")]
    [InlineData("7fffffffffffffff", "larger than the largest file that can be fetched, 4 TB")]
    [InlineData("10000000000000000", "larger than the largest file that can be fetched, 4 TB")]
    public void A_size_that_is_only_announced_takes_no_memory(string size, string complaint)
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(2 * Piece, 29));
        peer.Lie = peer.Tag[..66] + size + "\"";
        using FetchRun run = FetchRun.ToEnd(1, folder.Path, peer.Port, "data");
        Assert.Contains(complaint, run.Errors, StringComparison.Ordinal);
        using FetchRun output = FetchRun.ToEnd(1, folder.Path, peer.Port, "data", "-o", "-");
        Assert.Contains(complaint, output.Errors, StringComparison.Ordinal);
        Assert.Empty(FetchRun.FilesOf(folder.Path));
    }

    [Fact]
    public void A_file_that_is_written_all_the_time_is_named_and_given_up()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(2 * Piece, 30)) { Fault = "growing", Hashing = int.MaxValue, RetryAfter = 0 };
        using FetchRun run = FetchRun.ToEnd(1, folder.Path, peer.Port, "data");
        Assert.Contains("its data is being written all the time", run.Errors, StringComparison.Ordinal);
        Assert.Empty(FetchRun.FilesOf(folder.Path));
    }

    [Fact]
    public void A_file_that_changes_at_its_holder_is_never_mixed()
    {
        using TemporaryFolder folder = new();
        byte[] before = FetchRun.Random(16 * Piece, 22);
        using FetchPeer peer = new(before) { Delay = 50 };
        bool hasChanged = false;
        peer.Gate = () => NodeUnderTest.Until(() => peer.Sent.Length < 3 || Volatile.Read(ref hasChanged));
        using FetchRun run = FetchRun.Start(folder.Path, peer.Port, "data");
        NodeUnderTest.Until(() => peer.Sent.Length >= 3);
        peer.Content = FetchRun.Random(16 * Piece, 23);
        Volatile.Write(ref hasChanged, true);
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
        using System.Diagnostics.Process mounting =
            System.Diagnostics.Process.Start("mount", ["-t", "tmpfs", "-o", "size=5m", "none", mount]);
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
        using FetchPeer peer = new(FetchRun.Random(30 * Piece, 27));
        bool isGone = false;
        bool hasEnded = false;

        // It looks once a second: few pieces are there to be had until it has looked.
        peer.Gate = () => NodeUnderTest.Until(
            () => peer.Sent.Length < 2 || (Volatile.Read(ref isGone) && peer.Sent.Length < 10) || Volatile.Read(ref hasEnded));
        string target = Path.Combine(folder.Path, "gone");
        using FetchRun never = FetchRun.ToEnd(1, folder.Path, peer.Port, "data", "-o", "gone/data");
        Assert.Contains("gone/data: cannot write gone/data.part: no such file or directory", never.Errors, StringComparison.Ordinal);
        _ = Directory.CreateDirectory(target);
        using FetchRun run = FetchRun.Start(folder.Path, peer.Port, "data", "-o", "gone/data");
        NodeUnderTest.Until(() => peer.Sent.Length >= 2);
        Directory.Delete(target, recursive: true);
        Volatile.Write(ref isGone, true);
        run.Wait(1);

        // The file goes a moment before its folder.
        Assert.Matches("gone/data: (its folder is gone|was moved)", run.Errors);
        Assert.InRange(peer.Sent.Length, 2, 10);
        Volatile.Write(ref hasEnded, true);
        using FetchRun into = FetchRun.ToEnd(1, folder.Path, peer.Port, "data", "-o", folder.Path);
        Assert.Contains("is a directory", into.Errors, StringComparison.Ordinal);
    }
}

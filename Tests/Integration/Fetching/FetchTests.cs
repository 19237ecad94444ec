using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Fetching;

/// <summary>Files in pieces from peers that do as they should.</summary>
public sealed class FetchTests
{
    private const int Piece = FetchPeer.PieceBytes;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Piece - 1)]
    [InlineData(Piece)]
    [InlineData(Piece + 1)]
    [InlineData((5 * Piece) + 77)]
    public void Files_of_all_sizes_arrive_whole(int size)
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(size, size));
        using FetchRun run = FetchRun.ToEnd(0, folder.Path, peer.Port, "data");
        Assert.Equal(peer.Content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
        Assert.Equal(["data"], FetchRun.FilesOf(folder.Path));
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(peer.Content)), run.Errors, StringComparison.Ordinal);
        using FetchRun output = FetchRun.Start(folder.Path, peer.Port, "data", "-o", "-");
        MemoryStream bytes = new();
        output.Process.StandardOutput.BaseStream.CopyTo(bytes);
        output.Wait(0);
        Assert.Equal(peer.Content, bytes.ToArray());
    }

    [Fact]
    public void Several_peers_share_the_work_and_each_piece_is_fetched_once()
    {
        using TemporaryFolder folder = new();
        byte[] content = FetchRun.Random((24 * Piece) + 5, 1);
        using FetchPeer one = new(content) { Delay = 10 };
        using FetchPeer two = new(content) { Delay = 10 };
        using FetchPeer three = new(content) { Delay = 10 };

        // However slow one of them gets going: nobody does it all alone.
        FetchPeer[] all = [one, two, three];
        Array.ForEach(all, peer => peer.Gate = () =>
            NodeUnderTest.Until(() => peer.Sent.Length < 6 || all.All(static one => one.Sent.Length >= 3)));
        one.Holders = Join(one, two, three);
        using FetchRun run = FetchRun.ToEnd(0, folder.Path, one.Port, "data");
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
        Assert.Equal(3, run.Number("peers"));
        Assert.Equal(25, one.Sent.Concat(two.Sent).Concat(three.Sent).Distinct().Count());
        Assert.All([one, two, three], static peer => Assert.InRange(peer.Sent.Length, 3, 19));
    }

    [Fact]
    public void A_slow_peer_gets_less_and_does_not_hold_up_the_end()
    {
        using TemporaryFolder folder = new();
        byte[] content = FetchRun.Random(40 * Piece, 2);
        using FetchPeer fast = new(content) { Delay = 10 };

        // However fast this machine is: each of its pieces takes as long as twenty of the other's, or as the rest of them.
        using FetchPeer slow = new(content);
        slow.Gate = () =>
        {
            int before = fast.Sent.Length;
            NodeUnderTest.Until(() => fast.Sent.Length >= Math.Min(40, before + 20));
        };
        fast.Holders = Join(fast, slow);
        using FetchRun run = FetchRun.ToEnd(0, folder.Path, fast.Port, "data");
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
        Assert.True(slow.Sent.Length <= 3, "the slow peer sent " + slow.Sent.Length);
        Assert.True(fast.Sent.Length >= 37, "the fast peer sent " + fast.Sent.Length);
    }

    [Fact]
    public void What_most_peers_agree_on_is_taken_and_the_other_is_named()
    {
        using TemporaryFolder folder = new();
        byte[] content = FetchRun.Random(3 * Piece, 3);
        using FetchPeer odd = new(FetchRun.Random(3 * Piece, 4));
        using FetchPeer one = new(content);
        using FetchPeer two = new(content);
        odd.Holders = Join(odd, one, two);
        using FetchRun run = FetchRun.ToEnd(0, folder.Path, odd.Port, "data");
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
        Assert.Contains("127.0.0.1:" + odd.Port + ": has another data", run.Errors, StringComparison.Ordinal);
        Assert.Empty(odd.Sent);

        string digest = Convert.ToHexStringLower(SHA256.HashData(odd.Content));
        using FetchRun other = FetchRun.ToEnd(0, folder.Path, odd.Port, "data", "--digest", digest);
        Assert.Equal(odd.Content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
        using FetchRun none = FetchRun.ToEnd(1, folder.Path, odd.Port, "data", "--digest", new string('0', 64));
        Assert.Contains("no peer has it with this digest", none.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_holder_that_is_still_hashing_is_waited_for()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(2 * Piece, 5)) { Hashing = 3 };
        long began = Environment.TickCount64;
        using FetchRun run = FetchRun.ToEnd(0, folder.Path, peer.Port, "data");
        Assert.Equal(peer.Content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));

        // Not more often than it asks for.
        Assert.True(Environment.TickCount64 - began >= 3000);
    }

    [Theory]
    [InlineData("100")]
    [InlineData("103")]
    [InlineData("chunked")]
    [InlineData("until close")]
    [InlineData("HTTP/1.0")]
    [InlineData("close")]
    public void A_holder_behind_a_proxy(string proxy)
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random((5 * Piece) + 77, 11)) { Proxy = proxy, Hashing = 1, RetryAfter = 0 };
        using FetchRun run = FetchRun.ToEnd(0, folder.Path, peer.Port, "data");
        Assert.Equal(peer.Content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
        Assert.DoesNotContain(
            "127.0.0.1:", run.Errors.Replace("from 127.0.0.1:", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(6, peer.Sent.Length);
    }

    [Fact]
    public void An_unfinished_holder_is_asked_for_what_it_has()
    {
        using TemporaryFolder folder = new();
        byte[] content = FetchRun.Random(8 * Piece, 6);
        using FetchPeer part = new(content) { Have = [0xF0] };
        using FetchPeer whole = new(content) { Delay = 200 };
        whole.Holders = Join(whole, part);
        using FetchRun run = FetchRun.ToEnd(0, folder.Path, whole.Port, "data");
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
        Assert.NotEmpty(part.Sent);
        Assert.All(part.Sent, static piece => Assert.InRange(piece, 0, 3));
    }

    [Fact]
    public void The_rate_is_limited()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(4 * Piece, 7));
        using FetchRun run = FetchRun.ToEnd(0, folder.Path, peer.Port, "data", "--limit-rate", "2mb");

        // Not faster; and slower by no more than a busy machine is.
        Assert.InRange(run.Number("milliseconds"), 1800, Patience.Milliseconds);
        Assert.Contains("\"bytes_per_second\":", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_C_node_is_asked_only_when_no_other_has_the_file_and_never_spoken_HTTP_to()
    {
        using TemporaryFolder folder = new();
        using RingFakeNode original = new(true);
        original.Files["data"] = FetchRun.Random(100_000, 8);
        using FetchPeer peer = new(FetchRun.Random(2 * Piece, 9));
        peer.Holders = "127.0.0.1 " + original.Port + " " + Join(peer);
        using FetchRun run = FetchRun.ToEnd(0, folder.Path, peer.Port, "data");
        Assert.Equal(peer.Content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
        Assert.DoesNotContain(original.Log, static line => line.StartsWith("PEER", StringComparison.Ordinal));
        peer.Holders = "127.0.0.1 " + original.Port;
        using FetchRun alone = FetchRun.ToEnd(0, folder.Path, peer.Port, "data");
        Assert.Equal(original.Files["data"], File.ReadAllBytes(Path.Combine(folder.Path, "data")));
        Assert.Empty(original.Violations);
    }

    [Fact]
    public void Several_names_and_wrong_options()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(1000, 10));
        using FetchRun run = FetchRun.ToEnd(0, folder.Path, peer.Port, "one", "two");
        Assert.Equal(["one", "two"], FetchRun.FilesOf(folder.Path));
        using FetchRun both = FetchRun.ToEnd(64, folder.Path, peer.Port, "one", "two", "-o", "x");
        using FetchRun digest = FetchRun.ToEnd(64, folder.Path, peer.Port, "one", "--digest", "12");
        Assert.Contains("64 hexadecimal digits", digest.Errors, StringComparison.Ordinal);
        foreach (string[] wrong in (string[][])[["one", "-o", ""], ["one", "--output="], ["one", "-o", "folder/"], [""], ["", "-o", "x"]])
        {
            using FetchRun refused = FetchRun.ToEnd(64, folder.Path, peer.Port, wrong);
        }

        Assert.Equal(["one", "two"], FetchRun.FilesOf(folder.Path));
    }

    internal static string Join(params FetchPeer[] peers) => string.Join(' ', peers.Select(static peer => "127.0.0.1 " + peer.Port));
}

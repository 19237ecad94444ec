using System;
using System.IO;
using System.Threading;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Fetching;

/// <summary>Downloads that were cut off go on where they were.</summary>
public sealed class FetchResumeTests
{
    private const int Piece = FetchPeer.PieceBytes;

    [Fact]
    public void Killed_at_any_moment_no_piece_that_counts_is_fetched_twice()
    {
        int seed = TestSeed.Choose();
        Console.WriteLine("seed " + seed);
        Random random = new(seed);
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random((40 * Piece) + 99, 30)) { Delay = 15 };
        string part = Path.Combine(folder.Path, "data.part");
        int kills = 0;
        int wanted = 0;

        // Not so many more that a busy machine lets it come to its end before it is killed.
        peer.Gate = () => NodeUnderTest.Until(() => peer.Sent.Length < Volatile.Read(ref wanted) + 6);
        while (true)
        {
            Volatile.Write(ref wanted, peer.Sent.Length + 1 + random.Next(8));
            using FetchRun run = FetchRun.Start(folder.Path, peer.Port, "data");
            NodeUnderTest.Until(() => run.Process.HasExited || peer.Sent.Length >= wanted);
            Thread.Sleep(random.Next(30));
            if (run.Process.HasExited)
            {
                run.Wait(0);
                Assert.Equal(41, run.Number("resumed") + run.Number("received"));
                break;
            }

            run.Process.Kill();
            run.Process.WaitForExit();
            kills++;
            Assert.True(kills < 100, "no progress");
            int marked = Marked(part);

            // On its way when the process died, or arrived and not yet written: four questions and a batch of eight at most.
            Assert.InRange(marked, Math.Min(41, peer.Sent.Length - (12 * kills)), 41);
        }

        Assert.Equal(peer.Content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
        Assert.Equal(["data"], FetchRun.FilesOf(folder.Path));
        Assert.True(kills >= 1, "was never killed");
    }

    [Fact]
    public void Each_run_fetches_what_the_state_does_not_have()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(10 * Piece, 31)) { Fault = "kill", After = 4 };
        using FetchRun first = FetchRun.ToEnd(1, folder.Path, peer.Port, "data");
        Assert.Contains("pieces are kept in data.part, the same command goes on from there", first.Errors, StringComparison.Ordinal);
        Assert.Equal(["data.part", "data.part.state"], FetchRun.FilesOf(folder.Path));
        long kept = Marked(Path.Combine(folder.Path, "data.part"));
        Assert.InRange(kept, 1, 4);
        using FetchPeer other = new(peer.Content);
        using FetchRun second = FetchRun.ToEnd(0, folder.Path, other.Port, "data");
        Assert.Equal(kept, second.Number("resumed"));
        Assert.Equal(10 - kept, second.Number("received"));
        Assert.Equal(10 - kept, other.Sent.Length);
        Assert.Equal(peer.Content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
    }

    [Fact]
    public void A_piece_that_was_damaged_meanwhile_is_fetched_again()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(6 * Piece, 32)) { Fault = "kill", After = 5 };
        using FetchRun first = FetchRun.ToEnd(1, folder.Path, peer.Port, "data");
        string part = Path.Combine(folder.Path, "data.part");
        int kept = Marked(part);
        using (FileStream file = new(part, FileMode.Open, FileAccess.Write))
        {
            // The first piece is in the state: pieces are asked for from the beginning.
            file.Position = 1000;
            file.Write("damage"u8);
        }

        using FetchPeer other = new(peer.Content);
        using FetchRun second = FetchRun.ToEnd(0, folder.Path, other.Port, "data");
        Assert.Equal(kept - 1, second.Number("resumed"));
        Assert.Equal(peer.Content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
    }

    [Fact]
    public void A_holder_that_hashes_its_file_again_is_waited_for()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(8 * Piece, 35)) { Fault = "rehash", After = 3, RetryAfter = 0 };
        using FetchRun run = FetchRun.ToEnd(0, folder.Path, peer.Port, "data");
        Assert.Equal(peer.Content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
        Assert.True(peer.Hashing < 0, "it was not asked again");
    }

    [Fact]
    public void A_second_fetch_of_the_same_target_is_refused_while_the_first_runs()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(20 * Piece, 33));
        bool isOver = false;
        peer.Gate = () => NodeUnderTest.Until(() => peer.Sent.Length == 0 || Volatile.Read(ref isOver));
        using FetchRun first = FetchRun.Start(folder.Path, peer.Port, "data");
        NodeUnderTest.Until(() => peer.Sent.Length > 0);
        using FetchRun second = FetchRun.ToEnd(1, folder.Path, peer.Port, "data");
        Volatile.Write(ref isOver, true);
        Assert.Contains("another fetch is writing this file", second.Errors, StringComparison.Ordinal);
        first.Wait(0);
        Assert.Equal(peer.Content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
    }

    [Fact]
    public void A_name_as_long_as_names_can_be()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(1000, 34));
        string name = new('n', 255);
        using FetchRun run = FetchRun.ToEnd(0, folder.Path, peer.Port, name);
        Assert.Equal([name], FetchRun.FilesOf(folder.Path));
    }

    // Bits set in the state file.
    private static int Marked(string part)
    {
        if (!File.Exists(part + ".state"))
        {
            return 0;
        }

        byte[] state = File.ReadAllBytes(part + ".state");
        long size = state.Length < 64 ? 0 : BitConverter.ToInt64(state, 16);
        int pieces = (int)((size + Piece - 1) / Piece);
        int count = 0;
        for (int i = 0; i < pieces && 64 + (32 * pieces) + (i / 8) < state.Length; i++)
        {
            count += (state[64 + (32 * pieces) + (i / 8)] >> (7 - (i % 8))) & 1;
        }

        return count;
    }
}

using System;
using System.IO;
using System.Linq;
using System.Text;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;
using Epollsrv.Ring;
using Epollsrv.Share;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Files from a peer of either kind, over PEER_REQ.</summary>
public sealed class RingTransferTests : IDisposable
{
    private const long Timeout = 60_000_000_000;

    private readonly string _path = Path.Combine(Path.GetTempPath(), "epollsrv-transfer-" + Guid.NewGuid().ToString("N"));

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Files_of_all_sizes_arrive_whole_over_one_connection(bool original)
    {
        using RingFakeNode node = new(original);
        using PeerTransfer transfer = new("127.0.0.1", node.Port, Timeout);
        foreach (int size in new[] { 1, 2, 3, 4, 5, 1499, 1500, 1503, 1504, 0, 100_000, 1_000_000 })
        {
            byte[] content = new byte[size];
            new Random(size).NextBytes(content);
            node.Files["f"] = content;
            Assert.Equal((TransferResult.Done, size), Fetch(transfer, "f"));
            Assert.Equal(content, File.ReadAllBytes(_path));
        }

        Assert.Equal(original ? PeerKind.Original : PeerKind.Ours, original ? PeerKind.Original : transfer.Kind);
        Assert.Empty(node.Violations);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_missing_file_is_told_from_an_empty_one_and_the_connection_goes_on(bool original)
    {
        using RingFakeNode node = new(original);
        node.Files["empty"] = [];
        node.Files["full"] = "x"u8.ToArray();
        using PeerTransfer transfer = new("127.0.0.1", node.Port, Timeout);
        Assert.Equal((TransferResult.Missing, 0), Fetch(transfer, "missing"));
        Assert.Equal((TransferResult.Done, 0), Fetch(transfer, "empty"));
        Assert.Equal((TransferResult.Missing, 0), Fetch(transfer, "missing"));
        Assert.Equal((TransferResult.Done, 1), Fetch(transfer, "full"));
        Assert.Empty(node.Violations);
    }

    [Fact]
    public void A_file_of_ours_may_contain_everything_that_looks_like_its_end()
    {
        using RingFakeNode node = new(false);
        using PeerTransfer transfer = new("127.0.0.1", node.Port, Timeout);
        byte[] frame = new byte[CsFrame.Size];
        CsFrame.WriteRequest(frame, CsFrame.Get, "\u0001end0123456789abcdef"u8, default);
        frame[CsFrame.StatusOffset] = CsFrame.Error;
        byte[][] contents =
        [
            "EOF"u8.ToArray(), "EOFEOF"u8.ToArray(), CsFrame.TransferError.ToArray(), CsFrame.OriginalTransferError.ToArray(),
            [.. "EOF"u8, .. frame], [.. CsFrame.TransferError, .. frame, .. "EOF"u8],
        ];
        foreach (byte[] content in contents)
        {
            node.Files["f"] = content;
            Assert.Equal((TransferResult.Done, content.Length), Fetch(transfer, "f"));
            Assert.Equal(content, File.ReadAllBytes(_path));
        }
    }

    [Fact]
    public void A_file_of_a_C_node_is_whole_at_once_and_not_only_after_a_silence()
    {
        using RingFakeNode node = new(true);
        node.Files["f"] = new byte[1000];
        using PeerTransfer transfer = new("127.0.0.1", node.Port, Timeout);

        // The silence was 200 ms, in every fetch; a busy machine does not hold up every one for so long.
        NodeUnderTest.Until(() =>
        {
            System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
            Assert.Equal((TransferResult.Done, 1000), Fetch(transfer, "f"));
            return watch.ElapsedMilliseconds < 150;
        });
        Assert.Empty(node.Violations);
    }

    [Fact]
    public void EOF_in_front_of_a_pause_does_not_end_a_C_nodes_file()
    {
        using RingFakeNode node = new(true);
        using PeerTransfer transfer = new("127.0.0.1", node.Port, Timeout);
        byte[] content = [.. new byte[5000], .. "EOF"u8, .. new byte[5000]];
        node.Files["f"] = content;
        node.PauseAt = 5003;
        Assert.Equal((TransferResult.Done, content.Length), Fetch(transfer, "f"));
        Assert.Equal(content, File.ReadAllBytes(_path));
        node.PauseAt = 4;
        node.Files["f"] = [0, 0, 0, 4, 5];
        Assert.Equal((TransferResult.Done, 5), Fetch(transfer, "f"));
    }

    [Fact]
    public void EOF_within_a_C_nodes_file_does_not_end_it()
    {
        using RingFakeNode node = new(true);
        using PeerTransfer transfer = new("127.0.0.1", node.Port, Timeout);
        byte[] content = Enumerable.Repeat("EOF"u8.ToArray(), 100_000).SelectMany(static x => x).ToArray();
        node.Files["f"] = content;
        Assert.Equal((TransferResult.Done, content.Length), Fetch(transfer, "f"));
        Assert.Equal(content, File.ReadAllBytes(_path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_peer_that_stops_in_the_middle_is_a_failure(bool original)
    {
        using RingFakeNode node = new(original);
        node.Files["f"] = new byte[50_000];
        node.Cut = true;
        using PeerTransfer transfer = new("127.0.0.1", node.Port, Timeout);
        Assert.Equal(TransferResult.PeerFailed, Fetch(transfer, "f").Result);
        Assert.Equal(PeerFailure.Closed, transfer.Failure);
    }

    [Theory]
    [InlineData("mute", -Errno.TimedOut)]
    [InlineData("rude", PeerFailure.Closed)]
    [InlineData("stop", -Errno.ConnectionRefused)]
    public void A_peer_that_does_not_answer_is_given_up_in_time(string how, int failure)
    {
        using RingFakeNode node = new(true);
        node.Mute = how == "mute";
        node.Rude = how == "rude";
        if (how == "stop")
        {
            node.Stop();
        }

        using PeerTransfer transfer = new("127.0.0.1", node.Port, how == "mute" ? 400_000_000 : Timeout);
        long start = Environment.TickCount64;
        Assert.Equal(TransferResult.PeerFailed, Fetch(transfer, "f").Result);
        Assert.Equal(failure, transfer.Failure);
        Assert.InRange(Environment.TickCount64 - start, 0, Patience.Milliseconds);
    }

    [Fact]
    public void A_target_that_takes_no_bytes_is_told_apart_from_a_failing_peer()
    {
        using RingFakeNode node = new(false);
        node.Files["f"] = new byte[500_000];
        using PeerTransfer transfer = new("127.0.0.1", node.Port, Timeout);
        int full = Epollsrv.Native.Files.Open("/dev/full", Epollsrv.Native.Files.WriteOnly);
        Assert.Equal(TransferResult.WriteFailed, transfer.Fetch("f"u8, full));
        Assert.Equal(-Errno.NoSpace, transfer.Failure);
        Descriptor.Close(full);
        Assert.Equal(TransferResult.Done, transfer.Fetch("f"u8, -1));
        Assert.Equal(500_000, transfer.Length);
    }

    [Fact]
    public void A_target_file_appears_whole_or_not_at_all()
    {
        string folder = _path + ".d";
        _ = Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, "file");
        File.WriteAllText(path, "old");
        TargetFile target = TargetFile.Create(path, out _)!;
        _ = StandardOutput.Write(target.FileDescriptor, "new"u8);
        Assert.Equal("old", File.ReadAllText(path));
        target.Discard();
        Assert.Equal([path], Directory.GetFiles(folder));
        target = TargetFile.Create(path, out _)!;
        _ = StandardOutput.Write(target.FileDescriptor, "new"u8);
        Assert.Equal(0, target.Commit());
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder));
        Assert.Null(TargetFile.Create(Path.Combine(folder, "none", "file"), out int error));
        Assert.Equal(-Errno.NoEntry, error);
        Directory.Delete(folder, recursive: true);
    }

    private (TransferResult Result, long Length) Fetch(PeerTransfer transfer, string name)
    {
        File.Delete(_path);
        int descriptor = Epollsrv.Native.Files.Open(_path, Epollsrv.Native.Files.WriteOnly | Epollsrv.Native.Files.Create);
        TransferResult result = transfer.Fetch(Encoding.ASCII.GetBytes(name), descriptor);
        Descriptor.Close(descriptor);
        return (result, transfer.Length);
    }
}

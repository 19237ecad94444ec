using System;
using System.IO;
using System.Threading;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Fetching;

/// <summary>What others have done to NAME.part and NAME.part.state, or put in their place.</summary>
public sealed class FetchPartTests
{
    private const int Piece = FetchPeer.PieceBytes;
    private const int Bitmap = 64 + (32 * 6);

    // What a fetch that was given up leaves: fetched once.
    private static readonly Lazy<(byte[] Part, byte[] State)> _left = new(static () =>
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(Content()) { Fault = "kill", After = 3 };
        using FetchRun first = FetchRun.ToEnd(1, folder.Path, peer.Port, "data");
        Assert.Equal(["data.part", "data.part.state"], FetchRun.FilesOf(folder.Path));
        return (File.ReadAllBytes(folder["data.part"]), File.ReadAllBytes(folder["data.part.state"]));
    });

    [Theory]
    [InlineData("part is longer")]
    [InlineData("part is shorter")]
    [InlineData("part is empty")]
    [InlineData("part is zeros")]
    [InlineData("part is gone")]
    [InlineData("all bits are set")]
    [InlineData("state is longer")]
    [InlineData("state is shorter")]
    [InlineData("state is empty")]
    [InlineData("state is zeros")]
    [InlineData("state is gone")]
    [InlineData("size is another")]
    [InlineData("list is another")]
    public void Whatever_was_done_to_them_the_file_is_right(string damage)
    {
        using TemporaryFolder folder = new();
        byte[] content = Content();
        string part = folder["data.part"];
        (byte[] bytes, byte[] left) = _left.Value;
        byte[] state = [.. left];
        File.WriteAllBytes(part, bytes);
        File.WriteAllBytes(part + ".state", state);
        string[] words = damage.Split(' ');
        string path = words[0] == "part" ? part : part + ".state";
        byte[] whole = words[0] == "part" ? bytes : state;
        switch (damage)
        {
            case "all bits are set":
                state[Bitmap] = 0xFF;
                break;
            case "size is another":
                state[16] ^= 1;
                break;
            case "list is another":
                state[70] ^= 1;
                break;
            default:
                whole = words[2] switch
                {
                    "longer" => [.. whole, .. new byte[3 * Piece]],
                    "shorter" => whole[..70],
                    "zeros" =>
                    new byte[whole.Length],
                    _ => []
                };
                break;
        }

        File.WriteAllBytes(path, words[0] is "part" or "state" ? whole : state);
        if (words[2] == "gone")
        {
            File.Delete(path);
        }

        using FetchPeer other = new(content);
        using FetchRun second = FetchRun.ToEnd(0, folder.Path, other.Port, "data");
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
        Assert.Equal(["data"], FetchRun.FilesOf(folder.Path));
    }

    [Fact]
    public void Bytes_that_are_added_while_it_runs_are_not_part_of_the_file()
    {
        using TemporaryFolder folder = new();
        byte[] content = FetchRun.Random((5 * Piece) + 99, 41);
        using FetchPeer peer = new(content);
        bool isAppended = false;
        peer.Gate = () => NodeUnderTest.Until(() => peer.Sent.Length == 0 || Volatile.Read(ref isAppended));
        using FetchRun run = FetchRun.Start(folder.Path, peer.Port, "data");
        NodeUnderTest.Until(() => peer.Sent.Length > 0);

        // By somebody who asks for no lock, which .NET would do.
        Assert.True(folder.Run("sh", "-c", "echo more than there should be >> data.part"));
        Volatile.Write(ref isAppended, true);
        run.Wait(0);
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(folder.Path, "data")));
    }

    [Theory]
    [InlineData("data.part", "link")]
    [InlineData("data.part", "dangling")]
    [InlineData("data.part", "second name")]
    [InlineData("data.part", "fifo")]
    [InlineData("data.part", "folder")]
    [InlineData("data.part.state", "link")]
    [InlineData("data.part.state", "dangling")]
    [InlineData("data.part.state", "second name")]
    [InlineData("data.part.state", "fifo")]
    [InlineData("data.part.state", "folder")]
    public void What_is_no_file_of_its_own_is_named_and_not_touched(string name, string kind)
    {
        using TemporaryFolder folder = new();
        string victim = folder["victim"];
        File.WriteAllText(victim, "keep");
        string path = folder[name];
        switch (kind)
        {
            case "link":
                _ = File.CreateSymbolicLink(path, "victim");
                break;
            case "dangling":
                _ = File.CreateSymbolicLink(path, "nothing");
                break;
            case "folder":
                _ = Directory.CreateDirectory(path);
                break;
            default:
                Assert.True(kind == "fifo" ? folder.Run("mkfifo", path) : folder.Run("ln", victim, path));
                break;
        }

        using FetchPeer peer = new(FetchRun.Random(2 * Piece, 42));
        using FetchRun run = FetchRun.ToEnd(1, folder.Path, peer.Port, "data");
        Assert.Contains("data: cannot write " + name + ": ", run.Errors, StringComparison.Ordinal);
        Assert.Equal("keep", File.ReadAllText(victim));
        Assert.False(File.Exists(folder["data"]) || File.Exists(folder["nothing"]));
        Assert.True(kind == "folder" ? Directory.Exists(path) : new FileInfo(path).LinkTarget is not null || File.Exists(path));
        Assert.Empty(peer.Sent);
    }

    [Fact]
    public void Another_file_in_its_place_does_not_get_the_name()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random((5 * Piece) + 99, 43));
        bool isMoved = false;
        peer.Gate = () => NodeUnderTest.Until(() => peer.Sent.Length == 0 || Volatile.Read(ref isMoved));
        using FetchRun run = FetchRun.Start(folder.Path, peer.Port, "data");
        NodeUnderTest.Until(() => peer.Sent.Length > 0);
        File.Move(folder["data.part"], folder["moved"]);
        File.WriteAllText(folder["data.part"], "other");
        Volatile.Write(ref isMoved, true);
        run.Wait(1);
        Assert.Contains("was moved, and another file is in its place", run.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["data"]));
    }

    // A download that is cut off after some pieces.

    private static byte[] Content() => FetchRun.Random((5 * Piece) + 99, 40);
}

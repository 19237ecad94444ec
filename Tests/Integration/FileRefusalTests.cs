using System;
using System.IO;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>PEER_REQ for what is not to be had: the four bytes of the error, at once, and the connection goes on.</summary>
public sealed class FileRefusalTests
{
    private static readonly byte[] _error = [0x43, 0x53, 0x06, 0x04];

    public static TheoryData<string> AllPlaces => NodeUnderTest.AllPlaces;

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void What_is_no_regular_file_of_the_folder_is_refused_and_nothing_hangs(string place)
    {
        using TemporaryFolder outside = new();
        string secret = outside.Write("secret");
        using TemporaryFolder folder = new();
        _ = folder.Write("real");
        Directory.CreateDirectory(folder["sub"]);
        File.WriteAllText(Path.Combine(folder["sub"], "inner"), "text");
        Assert.True(folder.Run("mkfifo", "fifo"));
        Assert.True(folder.Run("ln", "-s", secret, "link-out"));
        Assert.True(folder.Run("ln", "-s", "../" + Path.GetFileName(outside.Path) + "/secret", "link-up"));
        Assert.True(folder.Run("ln", "-s", "loop", "loop"));
        Assert.True(folder.Run("ln", "-s", "/dev/zero", "device"));
        NodeUnderTest.Run(
            place,
            node =>
            {
                using Client client = node.Connect();
                foreach (string name in (string[])
                    ["missing", "", ".", "..", "../real", "sub", "sub/inner", "/etc/passwd", secret, "fifo", "link-out", "link-up", "loop",
                        "device", "real\0", "real/", "./real", "../" + Path.GetFileName(folder.Path) + "/real", new string('x', 255)])
                {
                    client.Send(Frames.PeerRequest(name));
                    Assert.True(_error.AsSpan().SequenceEqual(client.Receive(4)), name);
                }

                client.Send(Frames.PeerRequest("real"));
                Assert.Equal("textEOF"u8.ToArray(), client.Receive(7));
            },
            "--share", folder.Path);
    }

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void A_folder_that_vanishes_answers_errors_and_the_node_lives(string place)
    {
        using TemporaryFolder parent = new();
        string path = parent["shared"];
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "file"), "text");
        NodeUnderTest.Run(
            place,
            node =>
            {
                using Client client = node.Connect();
                client.Send(Frames.PeerRequest("file"));
                Assert.Equal("textEOF"u8.ToArray(), client.Receive(7));

                // Renamed it is still the same folder; removed it is empty.
                Directory.Move(path, parent["renamed"]);
                client.Send(Frames.PeerRequest("file"));
                Assert.Equal("textEOF"u8.ToArray(), client.Receive(7));
                Directory.Delete(parent["renamed"], recursive: true);
                client.Send(Frames.PeerRequest("file"));
                Assert.Equal(_error, client.Receive(4));
                client.Put("key", "value");
            },
            "--share", path);
    }

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void A_node_without_a_folder_answers_the_error(string place) => NodeUnderTest.Run(place, node =>
    {
        using Client client = node.Connect();
        client.Send(Frames.PeerRequest("file"));
        Assert.Equal(_error, client.Receive(4));
        client.Put("key", "value");
    });
}

using System;
using System.IO;
using System.Net.Sockets;
using System.Threading;

using Epollsrv.Protocol.Cs;
using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>PEER_REQ: files of every size, receivers of every kind, and what is not to be had.</summary>
public sealed class FileTests
{
    private static readonly byte[] _error = [0x43, 0x53, 0x06, 0x04];
    // Around every border of how a file is sent.
    private static readonly int[] _sizes =
        [0, 1, 2, 3, 508, 509, 510, 511, 512, 513, 514, 515, 516, 1199, 1200, 1448, 1460, 1500, 4095, 4096, 4097, 4608, 32764, 32765, 32766,
        32767, 32768, 32769, 32770, 32771, 65536, 131072, 1 << 20];

    public static TheoryData<string> Places => NodeUnderTest.Places;

    public static TheoryData<string> AllPlaces => NodeUnderTest.AllPlaces;

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void Files_of_every_size_arrive_whole_and_then_EOF(string place)
    {
        using TemporaryFolder folder = new();
        foreach (int size in _sizes)
        {
            Write(folder["f" + size], size);
        }

        NodeUnderTest.Run(
            place,
            node =>
            {
                using Client client = node.Connect();
                foreach (int size in _sizes)
                {
                    client.Send(Frames.PeerRequest("f" + size));
                    CheckFile(client.Receive(size + 3), size);
                }

                // A connection goes on after a file, and files can be pipelined with frames.
                client.Send(Frames.Join(
                    Frames.PeerRequest("f1200"), Frames.Put("key", "value"), Frames.PeerRequest("f131072"), Frames.Get("key"),
                    Frames.PeerRequest("f0")));
                CheckFile(client.Receive(1203), 1200);
                Assert.Equal(Frames.WithStatus(Frames.Put("key", "value"), CsFrame.Ok), client.Receive(CsFrame.Size));
                CheckFile(client.Receive(131072 + 3), 131072);
                Assert.Equal(Frames.Found(Frames.Get("key"), "value"u8), client.Receive(CsFrame.Size));
                CheckFile(client.Receive(3), 0);
            },
            "--share", folder.Path);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void The_read_that_brings_the_last_byte_brings_EOF(string place)
    {
        using TemporaryFolder folder = new();
        int[] sizes = [1, 100, 512, 513, 1200, 1500, 5000, 40_000, 300_000];
        foreach (int size in _sizes)
        {
            Write(folder["f" + size], size);
        }

        NodeUnderTest.Run(
            place,
            node =>
            {
                foreach (int window in (int[])[0, 2304])
                {
                    using Client client = node.Connect(receiveBuffer: window);
                    foreach (int size in _sizes)
                    {
                        if (window > 0 && size > 5000)
                        {
                            // Through a window of one segment the kernel's probes make it a matter of seconds.
                            continue;
                        }

                        client.Send(Frames.PeerRequest("f" + size));
                        byte[] buffer = new byte[2 << 20];
                        int done = 0;
                        do
                        {
                            // Slow: what one read brings is what has arrived by then, segment by segment. A buffer
                            // that no file fills: a read that ends where the buffer ends would say nothing.
                            Thread.SpinWait(window > 0 ? 20_000 : 0);
                            done += client.Socket.Receive(buffer);
                        }
                        while (done < size);

                        Assert.True(done == size + 3, $"{size} bytes, window {window}: EOF came {size + 3 - done} bytes late");
                    }
                }
            },
            "--share", folder.Path);
    }

    [Fact]
    public void A_slow_receiver_of_a_large_file_keeps_nobody_waiting()
    {
        const int Size = 20 << 20;
        using TemporaryFolder folder = new();
        Write(folder["large"], Size);
        Write(folder["small"], 100);
        NodeUnderTest.RunEverywhere(
            node =>
            {
                // More slow receivers than the node has threads.
                Client[] slow = new Client[8];
                for (int i = 0; i < slow.Length; i++)
                {
                    slow[i] = node.Connect(receiveBuffer: 65536);
                    slow[i].Send(Frames.PeerRequest("large"));
                }

                using Client quick = node.Connect();
                quick.Put("key", "value");
                for (int i = 0; i < 300; i++)
                {
                    Assert.Equal("value", quick.Get("key"));
                    quick.Send(Frames.PeerRequest("small"));
                    CheckFile(quick.Receive(103), 100);
                    _ = slow[i % slow.Length].Receive(1000);
                }

                // And the first is served to its end.
                int taken = (300 + slow.Length - 1) / slow.Length * 1000;
                byte[] rest = slow[0].Receive(Size + 3 - taken);
                Assert.Equal("EOF"u8.ToArray(), rest[^3..]);
                Assert.True(rest.AsSpan(0, rest.Length - 3).SequenceEqual(Content(Size).AsSpan(taken)));
                foreach (Client client in slow)
                {
                    client.Dispose();
                }

                NodeUnderTest.Until(() => node.Server.Connections.Open == 1, "the others are closed");
            },
            "--share", folder.Path);
    }

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void A_file_cut_short_while_it_is_sent_ends_in_a_reset_and_no_EOF(string place)
    {
        const int Size = 8 << 20;
        using TemporaryFolder folder = new();
        Write(folder["cut"], Size);
        NodeUnderTest.Run(
            place,
            node =>
            {
                using Client client = node.Connect(receiveBuffer: 8192);
                client.Send(Frames.PeerRequest("cut"));
                _ = client.Receive(1000);
                using (FileStream file = new(folder["cut"], FileMode.Open))
                {
                    file.SetLength(500_000);
                }

                byte[] buffer = new byte[65536];
                long done = 1000;
                SocketException exception = Assert.Throws<SocketException>(() =>
                {
                    int count;
                    while ((count = client.Socket.Receive(buffer)) > 0)
                    {
                        done += count;
                    }
                });
                Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
                Assert.InRange(done, 1000, Size - 1);
                using Client other = node.Connect();
                Assert.Null(other.Get("absent"));
            },
            "--share", folder.Path);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_receiver_that_leaves_in_the_middle_leaves_no_file_open(string place)
    {
        using TemporaryFolder folder = new();
        Write(folder["large"], 8 << 20);
        NodeUnderTest.Run(
            place,
            node =>
            {
                for (int i = 0; i < 20; i++)
                {
                    Client client = node.Connect(receiveBuffer: 4096);
                    client.Send(Frames.PeerRequest("large"));
                    _ = client.Receive(1000);
                    client.Dispose();
                }

                NodeUnderTest.Until(() => node.Server.Connections.Open == 0, "all closed");
                Assert.Equal(0, OpenHandles(folder["large"]));
                NodeUnderTest.Until(() => node.Server.Buffers.InUse == 0, "nothing is held any more");
            },
            "--share", folder.Path);
    }

    internal static byte[] Content(int size)
    {
        byte[] content = new byte[size];
        new Random(size).NextBytes(content);
        return content;
    }

    internal static void Write(string path, int size) => File.WriteAllBytes(path, Content(size));

    private static void CheckFile(byte[] received, int size)
    {
        Assert.True(Content(size).AsSpan().SequenceEqual(received.AsSpan(0, size)), size + " bytes differ");
        Assert.Equal("EOF"u8.ToArray(), received[size..]);
    }

    private static int OpenHandles(string path)
    {
        int count = 0;
        foreach (string link in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            try
            {
                count += new FileInfo(link).LinkTarget == path ? 1 : 0;
            }
            catch (IOException)
            {
                // Closed meanwhile by another thread of the test host.
            }
        }

        return count;
    }
}

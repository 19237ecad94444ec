using System;
using System.Diagnostics;
using System.IO;
using System.Text;

using Epollsrv.Protocol.Cs;
using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>CS clients that want more than their share.</summary>
public sealed class CsAbuseTests
{
    public static TheoryData<string> Places => NodeUnderTest.Places;

    [Theory]
    [MemberData(nameof(Places))]
    public void Files_asked_for_and_never_read_hold_one_descriptor_a_connection(string place)
    {
        const int Size = 60_000;
        const int Requests = 600;
        using TemporaryFolder folder = new();
        FileTests.Write(folder["f"], Size);
        NodeUnderTest.Run(
            place,
            node =>
            {
                using Client client = node.Connect(receiveBuffer: 65536);
                byte[] frame = Frames.PeerRequest("f");
                byte[][] frames = new byte[Requests][];
                Array.Fill(frames, frame);
                int before = Descriptors();
                client.Send(Frames.Join(frames));

                // Time for the node to do what it would do.
                using Client other = node.Connect();
                for (int i = 0; i < 200; i++)
                {
                    other.Put("key", "value");
                }

                Assert.InRange(Descriptors() - before, int.MinValue, 100);
                for (int i = 0; i < Requests; i++)
                {
                    Assert.Equal(CsFrame.EndOfFile.ToArray(), client.Receive(Size + 3)[^3..]);
                }
            },
            "--share", folder.Path);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Long_values_of_other_protocols_keep_no_CS_client_waiting(string place)
    {
        const int Size = 32 << 20;
        NodeUnderTest.Run(place, node =>
        {
            using RespClient resp = new(node);
            byte[] list = new byte[Size];
            list.AsSpan().Fill((byte)'h');
            resp.SendRaw($"*3\r\n$3\r\nSET\r\n$4\r\nword\r\n${Size}\r\n");
            resp.Client.Send(list);
            resp.SendRaw("\r\n");
            Assert.Equal("+OK", resp.Reply());
            for (int i = 0; i < Size; i += 4)
            {
                "h 1 "u8.CopyTo(list.AsSpan(i));
            }

            resp.SendRaw($"*3\r\n$3\r\nSET\r\n$4\r\nlist\r\n${Size}\r\n");
            resp.Client.Send(list);
            resp.SendRaw("\r\n");
            Assert.Equal("+OK", resp.Reply());

            Stopwatch watch = Stopwatch.StartNew();
            using Client client = node.Connect();
            for (int i = 0; i < 10; i++)
            {
                Assert.Equal(CsFrame.Error, client.Exchange(Frames.Get("word"))[CsFrame.StatusOffset]);
                Assert.Equal(CsFrame.Ok, client.Exchange(Frames.Get("list"))[CsFrame.StatusOffset]);
                Assert.Equal(CsFrame.Ok, client.Exchange(Frames.Request(CsFrame.Put, "list"u8, "other 2"u8))[CsFrame.StatusOffset]);
                Assert.Equal(CsFrame.Error, client.Exchange(Frames.Request(CsFrame.Delete, "list"u8, "nobody 3"u8))[CsFrame.StatusOffset]);
            }

            Assert.InRange(watch.ElapsedMilliseconds, 0, 3000);
            Assert.Equal(":" + (Size + (10 * " other 2".Length)), resp.Call("STRLEN", "list"));
        });
    }

    [Fact]
    public void A_list_of_holders_ends_growing_and_keeps_what_it_has() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using Client client = node.Connect();
        int refused = -1;
        for (int i = 0; i < 2000 && refused < 0; i++)
        {
            byte[] reply = client.Exchange(Frames.Request(CsFrame.Put, "file"u8, Encoding.ASCII.GetBytes("10.0.0.1 " + (1 + i))));
            refused = reply[CsFrame.StatusOffset] == CsFrame.Ok ? -1 : i;
        }

        Assert.InRange(refused, 1000, 1999);
        Assert.Equal(CsFrame.Ok, client.Exchange(Frames.Request(CsFrame.Put, "file"u8, "10.0.0.1 1"u8))[CsFrame.StatusOffset]);
        Assert.Equal(CsFrame.Ok, client.Exchange(Frames.Request(CsFrame.Delete, "file"u8, "10.0.0.1 2"u8))[CsFrame.StatusOffset]);
        using RespClient resp = new(node);
        Assert.InRange(int.Parse(resp.Call("STRLEN", "file")[1..], System.Globalization.CultureInfo.InvariantCulture), HolderList.LongestList - 100, HolderList.LongestList);
    });

    private static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}

using System;
using System.Diagnostics;
using System.Linq;
using System.Text;

using Epollsrv.Protocol.Cs;
using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>CS clients that want more than their share.</summary>
public sealed class CsAbuseTests
{
    public static TheoryData<string> Places => NodeUnderTest.Places;

    public static TheoryData<string> PublishedPlaces => NodeUnderTest.PublishedPlaces;

    // In a process of its own: other tests open descriptors in this one.
    [Theory]
    [MemberData(nameof(PublishedPlaces))]
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
                PublishedNode process = (PublishedNode)node;
                int before = process.Descriptors();
                client.Send(Frames.Join(frames));

                // Time for the node to do what it would do.
                using Client other = node.Connect();
                for (int i = 0; i < 200; i++)
                {
                    other.Put("key", "value");
                }

                Assert.InRange(process.Descriptors() - before, int.MinValue, 100);
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

            using Client client = node.Connect();
            int appended = 0;
            long least = long.MaxValue;
            long usual = long.MaxValue;
            NodeUnderTest.Until(
                () =>
                {
                    usual = Math.Min(usual, Ticks(() => Assert.Null(client.Get("absent"))));
                    least = Math.Min(least, Ticks(() =>
                    {
                        Assert.Equal(CsFrame.Error, client.Exchange(Frames.Get("word"))[CsFrame.StatusOffset]);
                        Assert.Equal(CsFrame.Error, client.Exchange(Frames.Get("list"))[CsFrame.StatusOffset]);
                        Assert.Equal(CsFrame.Ok, client.Exchange(Frames.Request(CsFrame.Put, "list"u8, "other"u8))[CsFrame.StatusOffset]);
                        Assert.Equal(CsFrame.Error,
                            client.Exchange(Frames.Request(CsFrame.Delete, "list"u8, "nobody 3"u8))[CsFrame.StatusOffset]);
                    }));
                    return ++appended >= 10 && least < 40 * usual;
                },
                "four frames on long values take less than forty on none");
            Assert.Equal(":" + (Size + (appended * " other".Length)), resp.Call("STRLEN", "list"));
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

        Assert.Equal(RegistrationTable.MostHoldersOfName, refused);
        Assert.Equal(CsFrame.Ok, client.Exchange(Frames.Request(CsFrame.Put, "file"u8, "10.0.0.1 1"u8))[CsFrame.StatusOffset]);
        Assert.Equal(CsFrame.Ok, client.Exchange(Frames.Request(CsFrame.Delete, "file"u8, "10.0.0.1 2"u8))[CsFrame.StatusOffset]);
        Assert.Equal(CsFrame.Ok, client.Exchange(Frames.Request(CsFrame.Put, "file"u8, "10.0.0.1 9999"u8))[CsFrame.StatusOffset]);
        Assert.Equal(CsFrame.Error, client.Exchange(Frames.Request(CsFrame.Put, "file"u8, "10.0.0.1 9998"u8))[CsFrame.StatusOffset]);
        string shown = Encoding.ASCII.GetString(CsFrame.ReplyValue(client.Exchange(Frames.Get("file"))));
        Assert.StartsWith("10.0.0.1 1 10.0.0.1 3 ", shown, StringComparison.Ordinal);
        Assert.Matches("^(10.0.0.1 [0-9]{1,4} )*10.0.0.1 [0-9]{1,4}$", shown);
        Assert.InRange(shown.Length, CsFrame.ReplyCapacity(4) - 14, CsFrame.ReplyCapacity(4));
    });

    /// <summary>A frame costs by the holders that it names, not by those that
    /// are there: compared with the same frames and lists of one.</summary>
    [Theory]
    [InlineData(CsFrame.Put)]
    [InlineData(CsFrame.Delete)]
    public void Long_lists_make_no_frame_expensive(byte command)
    {
        RegistrationTable table = new(16 << 20);
        for (int name = 0; name < 20; name++)
        {
            for (int i = 0; i < RegistrationTable.MostHoldersOfName - 1; i++)
            {
                Assert.True(table.Add(Name(name), Encoding.ASCII.GetBytes("h" + i + " 9"), Registration.Kind.None, 1));
            }
        }

        byte[] holders = Encoding.ASCII.GetBytes(string.Join(' ', Enumerable.Range(970, 35).Select(i => "h" + i + " 9")));
        double shortest = Time(99);
        double longest = Time(0);
        Assert.True(longest < 20 * shortest, $"{longest} ticks with long lists, {shortest} with short ones");

        double Time(int name)
        {
            Time20(name);
            long least = long.MaxValue;
            for (int i = 0; i < 30; i++)
            {
                least = Math.Min(least, Time20(name));
            }

            return least;
        }

        long Time20(int name)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < 20; i++)
            {
                _ = command == CsFrame.Put ? table.Add(Name(name), holders, Registration.Kind.None, 1) : table.Remove(Name(name), holders);
            }

            return Stopwatch.GetTimestamp() - start;
        }
    }

    private static long Ticks(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetTimestamp() - start;
    }

    private static byte[] Name(int number) => Encoding.ASCII.GetBytes("name" + number);
}

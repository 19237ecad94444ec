using System;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

using Epollsrv.Protocol.Cs;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Peers that read slowly, late or never, and limits on what a node keeps for them.</summary>
public sealed class BackPressureTests
{
    private const int Frame = CsFrame.Size;

    public static TheoryData<string> Places => NodeUnderTest.Places;

    public static TheoryData<string> AllPlaces => NodeUnderTest.AllPlaces;

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void A_pipeline_written_whole_before_the_first_reply_is_read_is_answered_in_full(string place) =>
        NodeUnderTest.Run(place, node =>
    {
        // Far more than the kernel buffers on both sides, far less than --max-output.
        const int Count = 16_000;
        using Client client = node.Connect();
        client.Put("key", "value");
        WriteAllThenRead(client, Count);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_reply_does_not_take_more_than_all_may(bool inTransaction) => NodeUnderTest.Run(
        "adaptive edge",
        node =>
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "k", new string('v', 16_000)));
            string[] request = new string[8_001];
            Array.Fill(request, "k");
            request[0] = "MGET";
            if (inTransaction)
            {
                Assert.Equal("+OK", client.Call("MULTI"));
                Assert.Equal("+QUEUED", client.Call(request));
                request = ["EXEC"];
            }

            long most = 0;
            bool over = false;
            Task watch = NodeUnderTest.Aside(() =>
            {
                while (!Volatile.Read(ref over))
                {
                    most = Math.Max(most, node.Server.Buffers.InUse);
                }
            });

            // 128 MB, where 8 may wait.
            client.Send(request);
            Assert.ThrowsAny<Exception>(() => client.Reply());
            Volatile.Write(ref over, true);
            watch.Wait();
            Assert.InRange(most, 0, 20 << 20);
            node.AwaitLog("passed --max-buffers");
            using RespClient other = new(node);
            Assert.Equal("+PONG", other.Call("PING"));
            NodeUnderTest.Until(() => node.Server.Buffers.InUse < 1 << 20, "what was pending is given back");
        },
        "--max-buffers", "8mb", "--max-output", "1mb");

    [Fact]
    public void Past_max_output_a_client_is_read_no_more_until_it_reads() => NodeUnderTest.RunEverywhere(
        node =>
        {
            const int Count = 20_000;
            using Client client = node.Connect(receiveBuffer: 8192, sendBuffer: 8192);
            client.Put("key", "value");
            int sent = 0;
            Task writer = NodeUnderTest.Aside(() =>
            {
                byte[] request = Frames.Join(Frames.Get("key"), Frames.Get("key"), Frames.Get("key"), Frames.Get("key"));
                for (; sent < Count; sent += 4)
                {
                    client.Send(request);
                }
            });

            // The writer comes to a stop, and what the node keeps stays near the limit.
            int seen = -1;
            NodeUnderTest.Until(() => Volatile.Read(ref sent) > 0, "the writer has begun");
            NodeUnderTest.Until(
                () =>
                {
                    Thread.Sleep(150);
                    (int before, seen) = (seen, Volatile.Read(ref sent));
                    return before == seen;
                },
                "the writer is held up");
            Assert.InRange(seen, 4, Count - 4);
            Assert.InRange(node.Server.Buffers.InUse, 64 << 10, 1 << 20);
            Drain(client, Count);
            writer.Wait();
        },
        "--max-output", "64kb");

    [Theory]
    [MemberData(nameof(Places))]
    public void A_slow_reader_gets_every_reply_and_keeps_nobody_waiting(string place) => NodeUnderTest.Run(place, node =>
    {
        const int Count = 2000;
        using Client slow = node.Connect(receiveBuffer: 4096);
        using Client quick = node.Connect();
        slow.Put("key", "value");
        byte[] expected = Frames.Found(Frames.Get("key"), "value"u8);
        Task writer = NodeUnderTest.Aside(() => slow.Send(Repeat(Frames.Get("key"), Count)));
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal(expected, slow.Receive(Frame));
            if (i % 20 == 0)
            {
                Assert.Equal("value", quick.Get("key"));
            }
        }

        writer.Wait();
    });

    [Fact]
    public void A_peer_that_never_reads_is_closed_after_the_write_time_out() => NodeUnderTest.RunEverywhere(
        node =>
        {
            using Client client = node.Connect(receiveBuffer: 4096);
            client.Put("key", "value");
            _ = Assert.ThrowsAny<SocketException>(() =>
            {
                for (int i = 0; i < 100_000; i++)
                {
                    client.Send(Frames.Get("key"));
                }
            });
            NodeUnderTest.Until(() => node.Server.Connections.Open == 0, "closed");
            NodeUnderTest.Until(() => node.Count(counters => counters.TimedOut) == 1, "counted as timed out");
            NodeUnderTest.Until(() => node.Server.Buffers.InUse == 0, "nothing is held any more");
        },
        "--write-timeout", "500ms", "--max-output", "1mb");

    [Fact]
    public void Past_max_buffers_the_connection_that_holds_most_is_closed_and_the_others_live() => NodeUnderTest.RunEverywhere(
        node =>
        {
            using Client modest = node.Connect();
            modest.Put("key", "value");
            modest.Send(Frames.Get("key").AsSpan(0, 100));
            using Client greedy = node.Connect(receiveBuffer: 4096);
            _ = Assert.ThrowsAny<SocketException>(() =>
            {
                for (int i = 0; i < 100_000; i++)
                {
                    greedy.Send(Frames.Get("key"));
                }
            });
            modest.Send(Frames.Get("key").AsSpan(100));
            Assert.Equal(Frames.Found(Frames.Get("key"), "value"u8), modest.Receive(Frame));
            NodeUnderTest.Until(() => node.Server.Connections.Open == 1, "only the modest one is left");
            node.AwaitLog("--max-buffers");
        },
        "--max-buffers", "2mb");

    [Theory]
    [MemberData(nameof(Places))]
    public void Past_max_clients_a_connection_gets_an_error_and_the_next_that_fits_is_served(string place) => NodeUnderTest.Run(
        place,
        node =>
        {
            List<Client> clients = [];
            for (int i = 0; i < 20; i++)
            {
                clients.Add(node.Connect());
                clients[i].Put("key" + i, "value");
            }

            using (Client refused = node.Connect())
            {
                Assert.NotEmpty(refused.ReceiveToEnd());
            }

            NodeUnderTest.Until(() => node.Count(counters => counters.Rejected) == 1, "one was rejected");
            clients[0].Dispose();
            NodeUnderTest.Until(() => node.Server.Connections.Open == 19, "one has left");
            using Client next = node.Connect();
            Assert.Equal("value", next.Get("key3"));
            clients.ForEach(client => client.Dispose());
        },
        "--max-clients", "20");

    internal static byte[] Repeat(byte[] frame, int count)
    {
        byte[] all = new byte[frame.Length * count];
        for (int i = 0; i < count; i++)
        {
            frame.CopyTo(all, i * frame.Length);
        }

        return all;
    }

    /// <summary>Writes that many GETs of "key" before it reads the first reply, then reads and checks them all.</summary>
    internal static void WriteAllThenRead(Client client, int count)
    {
        const int Batch = 64;
        byte[] batch = Repeat(Frames.Get("key"), Batch);
        for (int i = 0; i < count; i += Batch)
        {
            client.Send(batch.AsSpan(0, Math.Min(Batch, count - i) * Frame));
        }

        Drain(client, count);
    }

    private static void Drain(Client client, int count)
    {
        const int Batch = 40;
        byte[] expected = Repeat(Frames.Found(Frames.Get("key"), "value"u8), Batch);
        for (int i = 0; i < count; i += Batch)
        {
            int part = Math.Min(Batch, count - i) * Frame;
            Assert.True(expected.AsSpan(0, part).SequenceEqual(client.Receive(part)), "replies from " + i);
        }
    }
}

using System;
using System.Collections.Generic;
using System.Net.Sockets;

using Epollsrv.Protocol.Cs;
using Epollsrv.Tests.Integration;

using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Fuzz;

/// <summary>Random frames, cut and pipelined at random, against a model
/// that is slow and plain; and garbage against the node's life.</summary>
[Collection(LoadCollection.Name)]
[Trait("Category", "Fuzz")]
public sealed class CsServerFuzzTests(ITestOutputHelper output)
{
    private const int Seconds = 2;

    public static TheoryData<string> Places => NodeUnderTest.Places;

    [Theory]
    [MemberData(nameof(Places))]
    public void Random_frames_are_answered_as_the_model_answers_them(string place)
    {
        int seed = TestSeed.Choose();
        output.WriteLine("seed " + seed);
        NodeUnderTest.Run(place, node =>
        {
            // Two connections with keys of their own, so that the order of each is the model's.
            Beside[] clients = [Compare(node, seed, 'a'), Compare(node, seed + 1, 'b')];
            foreach (Beside client in clients)
            {
                client.Check();
            }
        });
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Garbage_is_answered_or_refused_and_the_node_lives(string place)
    {
        int seed = TestSeed.Choose();
        output.WriteLine("seed " + seed);
        Random random = new(seed);
        NodeUnderTest.Run(place, node =>
        {
            using Client steady = node.Connect();
            steady.Put("key", "value");
            long end = Environment.TickCount64 + (Seconds * 1000);
            while (Environment.TickCount64 < end)
            {
                using Client client = node.Connect();
                byte[] garbage = new byte[random.Next(1, 20_000)];
                random.NextBytes(garbage);

                // Some begin like a frame and go wrong later.
                if (random.Next(2) == 0)
                {
                    Frames.Request((byte)random.Next(8), "x"u8).AsSpan(0, Math.Min(CsFrame.Size, garbage.Length)).CopyTo(garbage);
                }

                try
                {
                    SendCut(client, garbage, random);
                    client.ShutdownSend();
                    _ = client.ReceiveToEnd();
                }
                catch (SocketException)
                {
                    // Refused in the middle: as good.
                }

                Assert.Equal("value", steady.Get("key"));
            }

            steady.Dispose();
            NodeUnderTest.Until(() => node.Server.Connections.Open == 0, "all closed");
            NodeUnderTest.Until(() => node.Server.Buffers.InUse == 0, "nothing is held any more");
        });
    }

    private Beside Compare(NodeUnderTest node, int seed, char prefix) => new(() =>
    {
        Random random = new(seed);
        CsModel model = new();
        using Client client = node.Connect();
        long compared = 0;
        long end = Environment.TickCount64 + (Seconds * 1000);
        while (Environment.TickCount64 < end)
        {
            List<byte[]> requests = [];
            List<byte[]> replies = [];
            int count = 1 + random.Next(1 << random.Next(1, 7));
            for (int i = 0; i < count; i++)
            {
                requests.Add(RandomRequest(random, (byte)prefix));
                replies.Add(model.Answer(requests[^1]));
            }

            SendCut(client, Frames.Join([.. requests]), random);
            for (int i = 0; i < count; i++)
            {
                byte[] reply = client.Receive(CsFrame.Size);
                if (!reply.AsSpan().SequenceEqual(replies[i]))
                {
                    return $"seed {seed}, request {Convert.ToHexString(requests[i])}\nexpected {Convert.ToHexString(replies[i])}\ngot      {Convert.ToHexString(reply)}";
                }
            }

            compared += count;
        }

        output.WriteLine(compared + " replies compared");
        return null;
    });

    private static byte[] RandomRequest(Random random, byte prefix)
    {
        // Few keys and few holders, so that lists grow, repeat and shrink.
        byte[] key = new byte[random.Next(10) == 0 ? random.Next(2, 256) : 2];
        Array.Fill(key, (byte)'x');
        key[0] = prefix;
        key[1] = (byte)"abj"[random.Next(3)];
        bool plain = CsModel.IsPlain(key);
        byte command = (byte)random.Next(1, 4);
        byte[] value = plain ? RandomBytes(random) : RandomHolders(random);
        if (command == CsFrame.Get || (command == CsFrame.Delete && (plain || random.Next(4) == 0)))
        {
            value = [];
        }

        byte flags = command == CsFrame.Put && random.Next(4) == 0 ? (byte)random.Next(1, 3) : (byte)0;
        byte[] frame = Frames.Request(command, key, value, flags);
        frame[CsFrame.StatusOffset] = (byte)(random.Next(20) == 0 ? 5 : 0);
        return frame;
    }

    // No bytes that could be a holder: the value stays what it is.
    private static byte[] RandomBytes(Random random)
    {
        byte[] bytes = new byte[random.Next(4) == 0 ? 255 : random.Next(256)];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)random.Next(128, 256);
        }

        return bytes;
    }

    private static byte[] RandomHolders(Random random)
    {
        List<string> holders = [];
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            string holder = "10.0.0." + random.Next(1, 60) + " " + (50000 + random.Next(2));
            if (!holders.Exists(other => other.TrimEnd() == holder))
            {
                holders.Add(holder + (random.Next(3) == 0 ? "\n" : string.Empty));
            }
        }

        return System.Text.Encoding.ASCII.GetBytes(string.Join(' ', holders));
    }

    private static void SendCut(Client client, byte[] bytes, Random random)
    {
        int pieces = random.Next(3) == 0 ? random.Next(1, 12) : 1;
        int at = 0;
        for (int i = 1; i < pieces; i++)
        {
            int next = random.Next(at, bytes.Length + 1);
            client.Send(bytes.AsSpan(at, next - at));
            at = next;
        }

        client.Send(bytes.AsSpan(at));
    }
}

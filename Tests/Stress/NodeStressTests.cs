using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;
using System.Threading;

using Epollsrv.Protocol.Cs;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit;

using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Stress;

/// <summary>Long pipelines, storms of connections, soak, and sudden death.</summary>
[Collection(LoadCollection.Name)]
[Trait("Category", "Stress")]
public sealed class NodeStressTests(ITestOutputHelper output)
{
    public static TheoryData<string> Places => NodeUnderTest.Places;

    public static TheoryData<string> PublishedPlaces => NodeUnderTest.PublishedPlaces;

    [Theory]
    [MemberData(nameof(PublishedPlaces))]
    public void A_hundred_megabytes_of_requests_before_the_first_reply_is_read_are_answered_in_full(string place)
        => NodeUnderTest.Run(place, node =>
        {
            using Client client = node.Connect();
            client.Put("key", "value");
            BackPressureTests.WriteAllThenRead(client, 100_000_000 / CsFrame.Size);
        });

    [Theory]
    [MemberData(nameof(Places))]
    public void A_hundred_megabytes_of_a_file_to_a_slow_receiver_disturb_nobody(string place)
    {
        const int Size = 100 << 20;
        using TemporaryFolder folder = new();
        using (FileStream file = File.Create(folder["large"]))
        {
            file.SetLength(Size);
        }

        NodeUnderTest.Run(
            place,
            node =>
            {
                using Client slow = node.Connect(receiveBuffer: 65536);
                slow.Send(Frames.PeerRequest("large"));
                using Client quick = node.Connect();
                byte[] buffer = new byte[1 << 20];
                long done = 0;
                while (done < Size + 3)
                {
                    int part = (int)Math.Min(buffer.Length, Size + 3 - done);
                    byte[] bytes = slow.Receive(part);
                    done += part;
                    Assert.Null(quick.Get("absent"));
                    if (done == Size + 3)
                    {
                        Assert.Equal("EOF"u8.ToArray(), bytes[^3..]);
                    }
                }
            },
            "--share", folder.Path);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Storms_of_connections_that_come_and_go_hurt_nobody_and_leave_nothing(string place)
    {
        int seed = TestSeed.Choose();
        output.WriteLine("seed " + seed);
        using TemporaryFolder folder = new();
        FileTests.Write(folder["large"], 3 << 20);
        NodeUnderTest.Run(
            place,
            node =>
            {
                bool over = false;
                List<Beside> all = [];
                for (int i = 0; i < 3; i++)
                {
                    Random random = new(seed + i);
                    all.Add(new Beside(() => Storm(node, random, ref over)));
                }

                for (int i = 0; i < 2; i++)
                {
                    string key = "steady" + i;
                    all.Add(new Beside(() => Steady(node, key, ref over)));
                }

                Thread.Sleep(2500);
                Volatile.Write(ref over, true);
                all.ForEach(beside => beside.Check());
                NodeUnderTest.Until(() => node.Server.Connections.Open == 0, "all closed");
                NodeUnderTest.Until(() => node.Server.Buffers.InUse == 0, "nothing is held any more");
                NodeUnderTest.Until(() => node.Count(counters => counters.Accepted) == node.Count(counters => counters.Closed),
                    "all that were accepted are closed");
            },
            "--share", folder.Path);
    }

    [Theory]
    [MemberData(nameof(PublishedPlaces))]
    public void Hours_of_work_in_seconds_leave_descriptors_and_memory_flat(string place)
    {
        using TemporaryFolder folder = new();
        FileTests.Write(folder["large"], 3 << 20);
        using PublishedNode node = (PublishedNode)NodeUnderTest.Start(place, "--share", folder.Path);
        bool over = false;
        List<Beside> all = [];
        for (int i = 0; i < 3; i++)
        {
            Random random = new(i);
            all.Add(new Beside(() => Storm(node, random, ref over)));
        }

        Thread.Sleep(4000);
        long early = node.ResidentBytes();
        List<long> later = [];
        for (int i = 0; i < 8; i++)
        {
            Thread.Sleep(1000);
            later.Add(node.ResidentBytes());
        }

        Volatile.Write(ref over, true);
        all.ForEach(beside => beside.Check());
        output.WriteLine($"resident {early >> 10} kB after 4 s, then {string.Join(' ', later.ConvertAll(bytes => bytes >> 10))}");
        NodeUnderTest.Until(() => node.Descriptors() < 30, "descriptors are back");
        later.Sort();
        Assert.True(later[later.Count / 2] < early + (8 << 20), "memory grows");
        Assert.Equal(0, node.Stop());
    }

    [Theory]
    [MemberData(nameof(PublishedPlaces))]
    public void Killed_while_clients_run_each_of_them_gets_an_error_in_no_time(string place)
    {
        for (int round = 0; round < 5; round++)
        {
            using PublishedNode node = (PublishedNode)NodeUnderTest.Start(place);
            List<Beside> clients = [];
            using CountdownEvent running = new(8);
            long killed = 0;
            for (int i = 0; i < 8; i++)
            {
                clients.Add(new Beside(() =>
                {
                    using Client client = node.Connect();
                    client.Put("key", "value");
                    running.Signal();
                    try
                    {
                        while (true)
                        {
                            _ = client.Get("key");
                        }
                    }
                    catch (Exception exception) when (exception is EndOfStreamException or SocketException)
                    {
                        long after = Environment.TickCount64 - Volatile.Read(ref killed);
                        return after < Patience.Milliseconds ? null : $"learned of it after {after} ms";
                    }
                }));
            }

            Assert.True(running.Wait(Patience.Milliseconds));
            Volatile.Write(ref killed, Environment.TickCount64);
            node.Process.Kill();
            clients.ForEach(client => client.Check());
        }
    }

    // Opens connections, does something or nothing, and leaves politely or not.
    private static string? Storm(NodeUnderTest node, Random random, ref bool over)
    {
        byte[] garbage = new byte[5000];
        while (!Volatile.Read(ref over))
        {
            Client client = node.Connect(receiveBuffer: random.Next(3) == 0 ? 4096 : 0);
            try
            {
                switch (random.Next(7))
                {
                    case 0:
                        break;
                    case 1:
                        client.Send(Frames.Put("storm", "value").AsSpan(0, random.Next(1, 1500)));
                        break;
                    case 2:
                        client.Put("storm" + random.Next(100), "value");
                        break;
                    case 3:
                        random.NextBytes(garbage);
                        client.Send(garbage);
                        break;
                    case 4:
                        client.Send(Frames.PeerRequest("large"));
                        _ = client.Receive(random.Next(1, 200_000));
                        break;
                    case 5:
                        client.Send(BackPressureTests.Repeat(Frames.Get("storm1"), random.Next(1, 200)));
                        break;
                    default:
                        client.Send(BackPressureTests.Repeat(Frames.Get("storm2"), 20));
                        client.ShutdownSend();
                        int length = client.ReceiveToEnd().Length;
                        if (length != 20 * CsFrame.Size)
                        {
                            return "half-closed and got " + length + " bytes";
                        }

                        break;
                }
            }
            catch (SocketException)
            {
                // The node may end the conversation after garbage.
            }

            if (random.Next(2) == 0)
            {
                client.Reset();
            }
            else
            {
                client.Dispose();
            }
        }

        return null;
    }

    private static string? Steady(NodeUnderTest node, string key, ref bool over)
    {
        using Client client = node.Connect();
        Stopwatch watch = new();
        for (int i = 0; !Volatile.Read(ref over); i++)
        {
            watch.Restart();
            client.Put(key, "value" + i);
            if (client.Get(key) != "value" + i)
            {
                return key + " lost its value";
            }

            if (watch.ElapsedMilliseconds > Patience.Milliseconds / 2)
            {
                return $"an answer took {watch.ElapsedMilliseconds} ms";
            }
        }

        return null;
    }
}

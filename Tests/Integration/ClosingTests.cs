using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Sockets;
using System.Threading.Tasks;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>
/// Connections that end by themselves at the moment when a walk over all connections ends
/// them: each is closed once. What is held is made large, so that closing takes long.
/// </summary>
public sealed class ClosingTests
{
    private static readonly byte[] _unread =
        [.. Enumerable.Repeat(RespClient.Request("ECHO", new string('x', 60_000)), 8).SelectMany(static request => request)];

    // The first half of a long value.
    private static readonly byte[] _body = [.. "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$8000000\r\n"u8, .. new byte[4_000_000]];

    public static TheoryData<string> PublishedPlaces => NodeUnderTest.PublishedPlaces;

    // WAIT and WAITAOF without a limit of time, as in Redis: nobody else would find out.
    [Theory]
    [MemberData(nameof(PublishedPlaces))]
    public void A_wait_without_an_end_is_over_when_the_peer_has_ended(string place) => NodeUnderTest.Run(place, node =>
    {
        using RespClient looker = new(node);
        using Client half = node.Connect();
        half.Send(RespClient.Request("WAIT", "1", "0"));
        half.ShutdownSend();
        foreach (string[] wait in new string[][] { ["WAIT", "1", "0"], ["WAITAOF", "0", "1", "0"] })
        {
            using Client gone = node.Connect();
            gone.Send([.. RespClient.Request("SET", "waits", wait[0]), .. RespClient.Request(wait)]);
            NodeUnderTest.Until(() => looker.Call("GET", "waits").Contains(wait[0] + "\r", StringComparison.Ordinal), "it waits");
        }

        AllAreClosed(looker);
    });

    [Theory]
    [MemberData(nameof(PublishedPlaces))]
    public void A_wait_with_an_end_is_answered_though_the_peer_has_ended_its_sending(string place) => NodeUnderTest.Run(place, node =>
    {
        using Client half = node.Connect();
        half.Send(RespClient.Request("WAIT", "1", "1500"));
        half.ShutdownSend();
        Assert.Equal(":0\r\n"u8.ToArray(), half.ReceiveToEnd());
    });

    [Theory]
    [MemberData(nameof(PublishedPlaces))]
    public void Connections_that_are_killed_while_they_close_are_closed_once(string place) => NodeUnderTest.Run(place, node =>
    {
        using RespClient killer = new(node);
        Task floods = Task.WhenAll(Flood(node, 2000, _body, 1), Flood(node, 2000, _body, 1), Flood(node, 10_000, [], 0));
        byte[] kills = [.. Enumerable.Repeat(RespClient.Request("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"), 20)
            .SelectMany(static request => request)];
        while (!floods.IsCompleted)
        {
            killer.Client.Send(kills);
            for (int i = 0; i < 20; i++)
            {
                Assert.StartsWith(":", killer.Reply(), StringComparison.Ordinal);
            }
        }

        floods.Wait();
        AllAreClosed(killer);
    });

    [Theory]
    [MemberData(nameof(PublishedPlaces))]
    public void Connections_that_are_shed_while_they_close_are_closed_once(string place) => NodeUnderTest.Run(
        place,
        node =>
        {
            using RespClient modest = new(node);
            Task floods = Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Flood(node, 20, _unread, 200)));
            while (!floods.IsCompleted)
            {
                Assert.Equal("+PONG", modest.Call("PING"));
            }

            floods.Wait();
            AllAreClosed(modest);
            node.AwaitLog("--max-buffers");
        },
        "--max-buffers",
        "32mb",
        "--max-output",
        "1gb");

    [Theory]
    [MemberData(nameof(PublishedPlaces))]
    public void Connections_that_a_stop_cuts_off_while_they_close_are_closed_once(string place) => NodeUnderTest.Run(
        place,
        node =>
        {
            List<Client> clients = [];
            for (int i = 0; i < 20; i++)
            {
                clients.Add(node.Connect(receiveBuffer: 4096));
                clients[i].Send(_unread);
                clients[i].Send(_unread);
            }

            // The walk that cuts off goes over all of them again and again while they free what they hold.
            Assert.Equal(0, node.Stop());
            clients.ForEach(static client => client.Dispose());
        },
        "--drain-timeout",
        "3s");

    // Connects, asks for what it does not read and goes away, again and again.
    private static Task Flood(NodeUnderTest node, int rounds, byte[] request, int parts) => NodeUnderTest.Aside(() =>
    {
        for (int i = 0; i < rounds; i++)
        {
            try
            {
                using Client client = node.Connect(receiveBuffer: 4096);
                client.Socket.LingerState = new LingerOption(true, 0);
                for (int part = 0; part < parts; part++)
                {
                    client.Send(request);
                }
            }
            catch (SocketException)
            {
                // Ended by the node, which is what the test is about.
            }
        }
    });

    private static void AllAreClosed(RespClient last)
        => NodeUnderTest.Until(
            () => last.Value("INFO", "clients")!.Contains("connected_clients:1\r\n", StringComparison.Ordinal),
            "only the last connection is left");
}

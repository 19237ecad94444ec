using System;
using System.Linq;
using System.Text;
using System.Threading;

using Xunit;

namespace Epollsrv.Tests.Integration.Gate;

/// <summary>The reply gate over real sockets, under <see cref="GateServer"/>'s protocol: what leaves, when, and in which order.</summary>
public sealed class GateTests
{
    public static TheoryData<string> Places => NodeUnderTest.Places;

    [Theory]
    [MemberData(nameof(Places))]
    public void A_reply_waits_for_its_position_and_what_comes_before_it_does_not(string place)
    {
        using GateServer server = new(place);
        using Client client = server.Connect();
        client.Send("a|5b|c|"u8);
        Assert.Equal("a", Text(client, 1));
        server.UntilHeld(1);
        server.Gate.Publish(4);
        client.Send("d|"u8);
        NodeUnderTest.Until(() => Requests(server) == 4, "what comes behind a held reply is read and run");
        Assert.Equal(0, client.Socket.Available);
        server.Gate.Publish(5);
        Assert.Equal("bcd", Text(client, 3));
        server.UntilNothingIsHeld();
        client.Send("4e|5f|"u8);
        Assert.Equal("ef", Text(client, 2));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void All_that_a_request_wrote_waits_also_what_was_queued_before_it_knew_its_position(string place)
    {
        using GateServer server = new(place);
        foreach (string kinds in new[] { "x", "M", "MMM", "L", "R", "RMLR", "MRMFM", "FLF" })
        {
            int before = server.Released;
            long position = server.Gate.Durable;
            using Client client = server.Connect();
            client.Send(Encoding.ASCII.GetBytes($"a|{kinds}{position + 1}|z|"));
            Assert.Equal("a", Text(client, 1));
            server.UntilHeld(1);
            Assert.Equal(0, client.Socket.Available);
            server.Gate.Publish(position + 1);
            string expected = Expected(kinds) + "z";
            Assert.Equal(expected, Text(client, expected.Length));
            NodeUnderTest.Until(() => server.Released - before == kinds.Count(kind => kind == 'R'), "pinned memory is given back");
            server.UntilNothingIsHeld();
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Replies_of_several_positions_leave_as_each_is_reached(string place)
    {
        using GateServer server = new(place);
        using Client client = server.Connect();
        string sent = string.Empty;
        foreach (string request in new[] { "2a|", "4b|", "3c|", "d|", "6L|", "8R|" })
        {
            // One at a time: what is held together in a thread's buffer leaves together.
            client.Send(Encoding.ASCII.GetBytes(request));
            sent += request;
            NodeUnderTest.Until(() => Requests(server) == sent.Count(letter => letter == '|'), "run");
        }

        Assert.Equal(0, client.Socket.Available);
        server.Gate.Publish(2);
        Assert.Equal("a", Text(client, 1));
        server.Gate.Publish(3);
        server.UntilHeld(1);
        Assert.Equal(0, client.Socket.Available);
        server.Gate.Publish(5);
        Assert.Equal("bcd", Text(client, 3));
        server.Gate.Publish(7);
        Assert.Equal(Expected("L"), Text(client, GateServer.Long));
        server.UntilHeld(1);
        Assert.Equal(0, client.Socket.Available);
        server.Gate.Publish(8);
        Assert.Equal(Expected("R"), Text(client, GateServer.Long));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_posted_message_waits_for_what_its_sender_has_seen(string place)
    {
        using GateServer server = new(place);
        using Client receiver = server.Connect();
        using Client sender = server.Connect();
        receiver.Send("r.|"u8);
        Assert.Equal(".", Text(receiver, 1));
        sender.Send("3P|"u8);
        server.UntilHeld(2);
        receiver.Send("x|"u8);
        NodeUnderTest.Until(() => Requests(server) == 3, "run");
        Assert.Equal(0, receiver.Socket.Available);
        server.Gate.Publish(3);
        Assert.Equal("<posted>x", Text(receiver, 9));
        Assert.Equal("+", Text(sender, 1));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_request_that_begins_anew_keeps_the_position_it_had(string place)
    {
        using GateServer server = new(place);
        using Client client = server.Connect();
        client.Send("a|7lb|"u8);
        Assert.Equal("a", Text(client, 1));
        server.UntilHeld(1);
        Assert.Equal(0, client.Socket.Available);
        server.Gate.Publish(7);
        Assert.Equal("b", Text(client, 1));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_paused_connection_waits_for_both_the_message_and_the_position(string place)
    {
        using GateServer server = new(place);
        using Client client = server.Connect();
        using Client other = server.Connect();
        client.Send("r5a|p|b|"u8);
        server.UntilHeld(1);
        other.Send("P|"u8);
        Assert.Equal("+", Text(other, 1));
        NodeUnderTest.Until(() => Requests(server) == 4, "goes on although it is held");
        Assert.Equal(0, client.Socket.Available);
        server.Gate.Publish(5);
        Assert.Equal("a<posted>b", Text(client, 10));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Closing_waits_for_the_position_and_a_kill_does_not(string place)
    {
        using GateServer server = new(place);
        using Client closed = server.Connect();
        using Client ended = server.Connect();
        using Client killed = server.Connect();
        using Client other = server.Connect();
        closed.Send("5a|q|b|"u8);
        ended.Send("5e|"u8);
        ended.ShutdownSend();
        killed.Send("r5R|"u8);
        server.UntilHeld(3);
        other.Send("k|"u8);
        Assert.Equal("+", Text(other, 1));
        Assert.True(killed.EndsWithin());
        server.UntilHeld(2);
        NodeUnderTest.Until(() => server.Released == 1, "the killed connection's pinned memory is given back");
        Assert.Equal(0, closed.Socket.Available);
        server.Gate.Publish(5);
        Assert.Equal("a", Encoding.ASCII.GetString(closed.ReceiveToEnd()));
        Assert.Equal("e", Encoding.ASCII.GetString(ended.ReceiveToEnd()));
        server.UntilNothingIsHeld();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_held_connection_that_its_peer_resets_is_closed_and_the_loop_does_not_spin(string place)
    {
        using GateServer server = new(place);
        using Client stays = server.Connect();
        Client gone = server.Connect();
        stays.Send("5a|"u8);
        stays.ShutdownSend();
        gone.Send("5b|"u8);
        server.UntilHeld(2);
        gone.Reset();
        NodeUnderTest.Until(() => server.Server.Connections.Open == 1, "closed");
        server.UntilHeld(1);
        long before = Waits(server);
        Thread.Sleep(200);
        Assert.InRange(Waits(server) - before, 0, 50);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void An_orderly_stop_waits_for_the_position(string place)
    {
        using GateServer server = new(place, options => options.DrainTimeout = Patience.Milliseconds);
        using Client client = server.Connect();
        client.Send("5a|"u8);
        server.UntilHeld(1);
        server.Server.RequestStop();
        NodeUnderTest.Until(() => server.Server.IsStopping, "stops");
        Assert.Equal(0, client.Socket.Available);
        server.Gate.Publish(5);
        Assert.Equal("a", Encoding.ASCII.GetString(client.ReceiveToEnd()));
        server.Stop();
    }

    // The end of the process comes as long again after the end of the stop's
    // time: with less than the default a test on a busy machine would meet it.
    [Theory]
    [InlineData("adaptive edge")]
    [InlineData("queue oneshot")]
    public void An_orderly_stop_ends_held_connections_when_its_time_is_over(string place)
    {
        using GateServer server = new(place);
        using Client client = server.Connect();
        client.Send("5a|"u8);
        server.UntilHeld(1);
        server.Stop();
        Assert.Equal(0, server.Server.Connections.Open);
        Assert.Equal(0, server.Gate.Waiting);
        Assert.Equal(0, server.Server.Buffers.HeldBack);
        Assert.True(client.EndsWithin());
    }

    [Fact]
    public void Neither_idle_nor_write_deadlines_end_a_held_connection()
    {
        using GateServer server = new("adaptive edge", options =>
        {
            options.IdleTimeout = 500;
            options.WriteTimeout = 300;
        });
        using Client held = server.Connect();
        using Client idle = server.Connect();
        held.Send("5aL|"u8);
        server.UntilHeld(1);
        Assert.True(idle.EndsWithin());
        using Client next = server.Connect();
        Assert.True(next.EndsWithin());
        server.UntilHeld(1);
        server.Gate.Publish(5);
        Assert.Equal(Expected("aL"), Text(held, GateServer.Long + 1));
        Assert.True(held.EndsWithin());
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_gate_that_comes_on_between_two_requests_holds_the_second(string place)
    {
        using GateServer server = new(place);
        server.SetOn(false);
        using Client client = server.Connect();
        client.Send("5a|5b|"u8);
        Assert.Equal("ab", Text(client, 2));
        server.SetOn(true);
        client.Send("5c|"u8);
        server.UntilHeld(1);
        server.SetOn(false);
        client.Send("d|"u8);
        NodeUnderTest.Until(() => Requests(server) == 4, "run");
        Assert.Equal(0, client.Socket.Available);
        server.Gate.Publish(long.MaxValue - 1);
        Assert.Equal("cd", Text(client, 2));
    }

    private static string Expected(string kinds) => string.Concat(kinds.Select(kind => kind switch
    {
        'M' => new string('M', GateServer.Middle),
        'L' or 'R' => new string('R', GateServer.Long),
        'F' => new string('f', GateServer.FileLength),
        _ => kind.ToString(),
    }));

    private static string Text(Client client, int length) => Encoding.ASCII.GetString(client.Receive(length));

    private static long Requests(GateServer server) => server.Count(counters => counters.Requests);

    private static long Waits(GateServer server) => server.Count(counters => counters.Waits);
}

using System;
using System.Collections.Generic;
using System.Text;

using Epollsrv.Protocol.Cs;
using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>CS frames over real sockets, in every combination of dispatching and re-arming.</summary>
public sealed class FrameTests
{
    public static TheoryData<string> Places => NodeUnderTest.Places;

    public static TheoryData<string> AllPlaces => NodeUnderTest.AllPlaces;

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void What_is_put_is_found_and_what_is_deleted_is_not(string place) => NodeUnderTest.Run(place, node =>
    {
        using Client client = node.Connect();
        Assert.Null(client.Get("key"));
        client.Put("key", "value");
        Assert.Equal("value", client.Get("key"));
        Assert.Equal(Frames.WithStatus(Frames.Delete("key"), CsFrame.Ok), client.Exchange(Frames.Delete("key")));
        Assert.Equal(Frames.WithStatus(Frames.Delete("key"), CsFrame.Error), client.Exchange(Frames.Delete("key")));
        Assert.Null(client.Get("key"));
    });

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void The_recorded_frames_are_answered_byte_for_byte(string place) => NodeUnderTest.Run(place, node =>
    {
        // One node stands for the four that were recorded; the second PUT of a value that is there changes nothing.
        using Client client = node.Connect();
        byte[]? request = null;
        foreach (CsRecording recording in CsRecording.Load())
        {
            if (recording.FromClient)
            {
                request = recording.Frame;
                continue;
            }

            byte[] reply = client.Exchange(request!);
            byte[] expected = (byte[])recording.Frame.Clone();
            if (expected[CsFrame.CommandOffset] == CsFrame.Get && expected[CsFrame.StatusOffset] == CsFrame.Ok)
            {
                // The one byte in which ours differs: the value's length, which the C program leaves 0.
                int lengthOffset = CsFrame.KeyOffset + expected[CsFrame.KeyLengthOffset];
                expected[lengthOffset] = (byte)"127.0.0.1 51002\n".Length;
            }

            Assert.Equal(expected, reply);
        }
    });

    [Theory]
    [InlineData("adaptive edge", 1)]
    [InlineData("queue oneshot", 1)]
    [InlineData("adaptive oneshot", 7)]
    [InlineData("adaptive delete", 7)]
    [InlineData("queue edge", 7)]
    [InlineData("queue delete", 7)]
    public void A_script_split_at_any_byte_is_answered_alike(string place, int step) => NodeUnderTest.Run(place, node =>
    {
        byte[] script = Frames.Join(Frames.Put("split", "value"), Frames.Get("split"), Frames.Delete("split"));
        byte[] expected = Frames.Join(
            Frames.WithStatus(Frames.Put("split", "value"), CsFrame.Ok),
            Frames.Found(Frames.Get("split"), "value"u8),
            Frames.WithStatus(Frames.Delete("split"), CsFrame.Ok));
        using Client client = node.Connect();
        using Client other = node.Connect();
        for (int at = 1; at < script.Length; at += step)
        {
            client.Send(script.AsSpan(0, at));

            // When the other has its answer, the loop has seen the first part.
            Assert.Null(other.Get("absent"));
            client.Send(script.AsSpan(at));
            Assert.True(expected.AsSpan().SequenceEqual(client.Receive(expected.Length)), "split at " + at);
        }
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void A_frame_sent_byte_by_byte_is_answered(string place) => NodeUnderTest.Run(place, node =>
    {
        using Client client = node.Connect();
        byte[] request = Frames.Put("slow", "value");
        for (int i = 0; i < request.Length; i++)
        {
            client.Send(request.AsSpan(i, 1));
        }

        Assert.Equal(Frames.WithStatus(request, CsFrame.Ok), client.Receive(CsFrame.Size));
    });

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void Pipelined_frames_are_answered_in_order(string place) => NodeUnderTest.Run(place, node =>
    {
        using Client client = node.Connect();
        List<byte[]> requests = [];
        List<byte[]> replies = [];
        for (int i = 0; i < 100; i++)
        {
            byte[] value = Encoding.ASCII.GetBytes("value" + i);
            requests.Add(Frames.Put("key" + i, "value" + i));
            replies.Add(Frames.WithStatus(requests[^1], CsFrame.Ok));
            requests.Add(Frames.Get("key" + i));
            replies.Add(Frames.Found(requests[^1], value));
        }

        client.Send(Frames.Join([.. requests]));
        Assert.Equal(Frames.Join([.. replies]), client.Receive(replies.Count * CsFrame.Size));
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void Keys_and_values_of_every_length_and_every_byte_come_back(string place) => NodeUnderTest.Run(place, node =>
    {
        using Client client = node.Connect();
        byte[] all = new byte[255];
        for (int length = 0; length <= 255; length++)
        {
            for (int i = 0; i < 255; i++)
            {
                all[i] = (byte)(i + length);
            }

            // The first byte tells the keys from the node's reserved one.
            byte[] key = all[..length];
            byte[] value = all[..(255 - length)];
            byte[] put = Frames.Request(CsFrame.Put, key, value, CsFrame.FlagReplace);
            Assert.Equal(Frames.WithStatus(put, CsFrame.Ok), client.Exchange(put));
            byte[] get = Frames.Request(CsFrame.Get, key);
            byte[] reply = client.Exchange(get);
            Assert.Equal(Frames.Found(get, value), reply);
            Assert.Equal(CsFrame.Ok, reply[CsFrame.StatusOffset]);
        }
    });

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void A_client_that_ends_its_sending_side_gets_its_replies_and_then_the_end(string place) => NodeUnderTest.Run(place, node =>
    {
        byte[] script = Frames.Join(Frames.Put("half", "closed"), Frames.Get("half"));
        for (int round = 0; round < 20; round++)
        {
            using Client client = node.Connect();
            client.Send(script);
            client.ShutdownSend();
            byte[] replies = client.ReceiveToEnd();
            Assert.Equal(2 * CsFrame.Size, replies.Length);
            Assert.Equal(Frames.Found(Frames.Get("half"), "closed"u8), replies[CsFrame.Size..]);
        }
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void An_end_in_the_middle_of_a_frame_answers_what_was_whole_and_is_no_error(string place) => NodeUnderTest.Run(place, node =>
    {
        byte[] script = Frames.Join(Frames.Put("whole", "value"), Frames.Get("whole"));
        using Client client = node.Connect();
        client.Send(script.AsSpan(0, CsFrame.Size + 700));
        client.ShutdownSend();
        Assert.Equal(Frames.WithStatus(Frames.Put("whole", "value"), CsFrame.Ok), client.ReceiveToEnd());
        NodeUnderTest.Until(() => node.Count(counters => counters.Aborted) == 1, "counted as aborted");
        using Client abrupt = node.Connect();
        abrupt.Send(script.AsSpan(0, 700));
        abrupt.Dispose();
        NodeUnderTest.Until(() => node.Count(counters => counters.Closed) == 2, "closed");
        NodeUnderTest.Until(() => node.Server.Buffers.InUse == 0, "nothing is held any more");
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void Bytes_of_no_protocol_get_an_error_and_the_end_not_a_reset(string place) => NodeUnderTest.Run(place, node =>
    {
        foreach (string greeting in (string[])["\0\0\0", "\u0001", "\u007f\u007f"])
        {
            using Client client = node.Connect();
            client.Send(Encoding.ASCII.GetBytes(greeting));
            client.ShutdownSend();
            Assert.NotEmpty(client.ReceiveToEnd());
        }
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void A_stream_out_of_step_is_answered_with_an_error_and_ended_without_a_reset(string place) => NodeUnderTest.Run(place, node =>
    {
        using Client client = node.Connect();
        byte[] request = Frames.Join(Frames.Get("one"), new byte[CsFrame.Size], Frames.Get("two"));
        client.Send(request);

        // Input after the error must not reset the connection and eat the reply.
        client.Send(new byte[200_000]);
        client.ShutdownSend();
        byte[] replies = client.ReceiveToEnd();
        Assert.Equal(2 * CsFrame.Size, replies.Length);
        Assert.Equal(CsFrame.Error, replies[CsFrame.Size + CsFrame.StatusOffset]);
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void An_unknown_command_is_answered_with_an_error_and_the_connection_goes_on(string place) => NodeUnderTest.Run(place, node =>
    {
        using Client client = node.Connect();
        foreach (byte command in (byte[])[0, 4, 5, 7, 8, 31])
        {
            byte[] request = Frames.Request(command, "key"u8);
            Assert.Equal(Frames.WithStatus(request, CsFrame.Error), client.Exchange(request));
        }

        client.Put("key", "value");
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void A_slot_used_again_hears_nothing_of_its_last_connection(string place) => NodeUnderTest.Run(place, node =>
    {
        using Client steady = node.Connect();
        for (int round = 0; round < 150; round++)
        {
            // Leaves with an event under way: data, then a reset. The next connection takes the same slot.
            Client leaving = node.Connect();
            leaving.Send(Frames.Put("stale", "stale" + round));
            if (round % 2 == 0)
            {
                leaving.Send(new byte[100]);
            }

            leaving.Reset();
            using Client next = node.Connect();
            next.Put("fresh", "fresh" + round);
            Assert.Equal("fresh" + round, next.Get("fresh"));
            Assert.Null(steady.Get("absent"));
        }

        NodeUnderTest.Until(() => node.Server.Connections.Open == 1, "only one connection is left");
        Assert.InRange(node.Server.Connections.Used, 1, 20);
    });
}

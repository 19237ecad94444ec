using System;
using System.Text;

using Epollsrv.Protocol.Cs;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Reading and writing CS frames.</summary>
public sealed class CsFrameTests
{
    [Fact]
    public void Recorded_requests_are_written_again_byte_for_byte()
    {
        byte[] frame = new byte[CsFrame.Size];
        foreach (CsRecording recording in CsRecording.Load())
        {
            if (!recording.FromClient)
            {
                continue;
            }

            Array.Fill(frame, (byte)0xEE);
            ReadOnlySpan<byte> recorded = recording.Frame;
            CsFrame.WriteRequest(frame, CsFrame.Command(recorded), CsFrame.Key(recorded), CsFrame.Value(recorded));
            frame[CsFrame.StatusOffset] = CsFrame.Status(recorded);
            Assert.True(CsFrame.HasMagic(recorded));
            Assert.Equal(recording.Frame, frame);
        }
    }

    [Fact]
    public void Recorded_replies_are_written_again_byte_for_byte()
    {
        byte[] reply = new byte[CsFrame.Size];
        byte[]? request = null;
        byte[] stored = "127.0.0.1 51002\n"u8.ToArray();
        int replies = 0;
        foreach (CsRecording recording in CsRecording.Load())
        {
            if (recording.FromClient)
            {
                request = recording.Frame;
                continue;
            }

            Array.Fill(reply, (byte)0xEE);
            if (CsFrame.Command(request!) == CsFrame.Get && CsFrame.Status(recording.Frame) == CsFrame.Ok)
            {
                CsFrame.WriteGetReply(request!, reply, stored);

                // The one byte where ours differs: V of a GET reply, which the C program leaves as it came and does not read.
                int lengthOffset = CsFrame.KeyOffset + CsFrame.Key(reply).Length;
                Assert.Equal(16, reply[lengthOffset]);
                reply[lengthOffset] = 0;
            }
            else
            {
                CsFrame.WriteReply(request!, reply, CsFrame.Status(recording.Frame));
            }

            Assert.Equal(recording.Frame, reply);
            replies++;
        }

        Assert.Equal(10, replies);
    }

    [Fact]
    public void Keys_and_values_of_every_length_come_back()
    {
        byte[] bytes = new byte[255];
        new Random(1).NextBytes(bytes);
        byte[] frame = new byte[CsFrame.Size];
        for (int k = 0; k <= 255; k++)
        {
            for (int v = 0; v <= 255; v += k % 16 == 15 ? 1 : 15)
            {
                CsFrame.WriteRequest(frame, CsFrame.Put, bytes.AsSpan(0, k), bytes.AsSpan(255 - v), CsFrame.FlagReplace);
                Assert.True(CsFrame.Key(frame).SequenceEqual(bytes.AsSpan(0, k)));
                Assert.True(CsFrame.Value(frame).SequenceEqual(bytes.AsSpan(255 - v)));
                Assert.Equal(CsFrame.FlagReplace, CsFrame.Flags(frame));
            }
        }
    }

    [Fact]
    public void A_reply_may_be_written_over_its_request()
    {
        byte[] frame = new byte[CsFrame.Size];
        CsFrame.WriteRequest(frame, CsFrame.Get, "key"u8, "left over"u8);
        CsFrame.WriteGetReply(frame, frame, "value"u8);
        Assert.Equal("value", Encoding.ASCII.GetString(CsFrame.ReplyValue(frame)));
        Assert.True(CsFrame.Key(frame).SequenceEqual("key"u8));
        Assert.Equal(-1, frame.AsSpan(3 + 1 + 1 + 3 + 1 + 5).IndexOfAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(254)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(1237)]
    public void A_value_that_fits_comes_back_exactly(int length)
    {
        byte[] value = new byte[length];
        new Random(length).NextBytes(value);
        if (length > 255)
        {
            value[^1] = 1;
        }

        byte[] request = new byte[CsFrame.Size];
        byte[] reply = new byte[CsFrame.Size];
        CsFrame.WriteRequest(request, CsFrame.Get, new byte[255], default);
        CsFrame.WriteGetReply(request, reply, value);
        Assert.Equal(CsFrame.Ok, CsFrame.Status(reply));
        Assert.Equal(value, CsFrame.ReplyValue(reply).ToArray());
    }

    [Fact]
    public void A_value_of_255_zeros_keeps_them()
    {
        byte[] frame = new byte[CsFrame.Size];
        CsFrame.WriteRequest(frame, CsFrame.Get, "k"u8, default);
        CsFrame.WriteGetReply(frame, frame, new byte[255]);
        Assert.Equal(new byte[255], CsFrame.ReplyValue(frame).ToArray());
    }

    [Fact]
    public void The_longest_value_leaves_one_zero_at_the_end()
    {
        byte[] frame = new byte[CsFrame.Size];
        CsFrame.WriteRequest(frame, CsFrame.Get, "key"u8, default);
        byte[] value = new byte[CsFrame.ReplyCapacity(3)];
        Array.Fill(value, (byte)'x');
        CsFrame.WriteGetReply(frame, frame, value);
        Assert.Equal(CsFrame.Ok, CsFrame.Status(frame));
        Assert.Equal(0, frame[^1]);
        Assert.Equal((byte)'x', frame[^2]);
        Assert.Equal(value, CsFrame.ReplyValue(frame).ToArray());
    }

    [Fact]
    public void A_longer_value_that_is_no_list_is_an_error_and_says_why()
    {
        byte[] frame = new byte[CsFrame.Size];
        CsFrame.WriteRequest(frame, CsFrame.Get, "key"u8, default);
        byte[] value = new byte[CsFrame.ReplyCapacity(3) + 1];
        CsFrame.WriteGetReply(frame, frame, value);
        Assert.Equal(CsFrame.Error, CsFrame.Status(frame));
        Assert.True(CsFrame.IsTooLong(frame));
        Assert.True(CsFrame.Key(frame).SequenceEqual("key"u8));
    }

    [Fact]
    public void The_value_in_a_C_nodes_reply_ends_at_the_first_zero()
    {
        byte[] frame = new byte[CsFrame.Size];
        CsFrame.WriteRequest(frame, CsFrame.Get, "key"u8, default);
        "10.0.0.1 80"u8.CopyTo(frame.AsSpan(9));
        frame[25] = 7;
        Assert.Equal("10.0.0.1 80", Encoding.ASCII.GetString(CsFrame.ReplyValue(frame)));
    }

    [Fact]
    public void A_key_or_value_beyond_255_bytes_is_refused()
    {
        Assert.Throws<OverflowException>(() => CsFrame.WriteRequest(new byte[CsFrame.Size], CsFrame.Get, new byte[256], default));
        Assert.Throws<OverflowException>(() => CsFrame.WriteRequest(new byte[CsFrame.Size], CsFrame.Put, default, new byte[256]));
    }
}

using System;

using Epollsrv.Engine;
using Epollsrv.Protocol.Resp;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>What a reply takes is given back when memory runs out in its middle.</summary>
public sealed unsafe class ReplyBufferTests
{
    // More than any address space has.
    private const long Impossible = 1L << 50;

    [Fact]
    public void A_buffer_that_cannot_grow_is_freed()
    {
        ReplyBuffer buffer = default;
        buffer.Add("*1\r\n"u8);
        Assert.True(buffer.Data != null);
        bool refused = false;
        try
        {
            _ = buffer.Reserve(Impossible);
        }
        catch (OutOfMemoryException)
        {
            refused = true;
        }

        Assert.True(refused);
        Assert.True(buffer.Data == null);
        Assert.Equal(0, buffer.Length);

        // It can be used again.
        buffer.Add(12345L);
        buffer.Add((byte)' ');
        buffer.Add("text");
        Assert.True(buffer.Span.SequenceEqual("12345 text"u8));
        buffer.Free();
    }

    [Fact]
    public void A_walk_that_ends_early_lets_go_of_its_channels()
    {
        BufferPool pool = new(1 << 20);
        ChannelTable table = new();
        Channel* channel = table.Add(pool, ChannelKind.Channel, "news"u8, 1, 1);
        _ = Channel.Add(pool, channel, new Receiver(1, 1, 1));
        Span<PinnedChannel> pinned = stackalloc PinnedChannel[4];
        int found = table.Pin(pool, default, pinned, 0);
        Assert.Equal(1, found);

        // Its last subscriber goes meanwhile; the walk still holds it.
        channel->Count = 0;
        table.Remove(pool, channel);
        Assert.NotEqual(0, pool.InUse);
        table.Unpin(pool, pinned[..found]);
        Assert.Equal(0, pool.InUse);
    }
}

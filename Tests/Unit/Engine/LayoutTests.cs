using System;
using System.Runtime.InteropServices;

using Epollsrv.Engine;
using Epollsrv.Native;

using Xunit;

namespace Epollsrv.Tests.Unit.Engine;

/// <summary>Sizes and offsets that the kernel, the memory of an idle connection and the work queue depend on.</summary>
public sealed unsafe class LayoutTests
{
    [Fact]
    public void A_slot_is_two_cache_lines()
    {
        Assert.Equal(ConnectionSlot.Size, sizeof(ConnectionSlot));
        ConnectionSlot slot;
        Assert.Equal(0, (byte*)&slot.State - (byte*)&slot);
        Assert.True(slot.ProtocolState + ConnectionSlot.ProtocolBytes <= (byte*)&slot + ConnectionSlot.Size);
        Assert.Equal(0, (slot.ProtocolState - (byte*)&slot) % 4);
    }

    [Fact]
    public void Segments_messages_and_counters_fit_their_places()
    {
        Assert.True(sizeof(OutputSegment) <= OutputSegment.HeaderBytes);
        Assert.True(sizeof(PostedMessage) <= BufferPool.Smallest);
        Assert.Equal(512, sizeof(Counters));
        Assert.Equal(16, sizeof(Job));
    }

    [Fact]
    public void An_epoll_event_is_packed_on_x86_64_and_aligned_elsewhere()
    {
        bool packed = RuntimeInformation.ProcessArchitecture == Architecture.X64;
        Assert.Equal(packed ? 12 : 16, Epoll.EventSize);
        Assert.Equal(packed ? 4 : 8, Epoll.TokenOffset);
    }

    [Fact]
    public void Two_tokens_come_back_whole_with_their_events()
    {
        int epoll = Epoll.Create();
        int first = Descriptor.CreateEvent();
        int second = Descriptor.CreateEvent();
        byte* events = stackalloc byte[4 * 16];
        try
        {
            Assert.Equal(0, Epoll.AddDescriptor(epoll, first, Epoll.In, 0x0123_4567_89AB_CDEF));
            Assert.Equal(0, Epoll.AddDescriptor(epoll, second, Epoll.In, 0xFEDC_BA98_7654_3210));
            Descriptor.Signal(first);
            Descriptor.Signal(second);
            Assert.Equal(2, Epoll.Wait(epoll, events, 4, 1000));
            ulong[] tokens = [Epoll.TokenAt(events, 0), Epoll.TokenAt(events, 1)];
            Array.Sort(tokens);
            Assert.Equal([0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210], tokens);
            Assert.Equal(Epoll.In, Epoll.EventsAt(events, 0));
            Assert.Equal(Epoll.In, Epoll.EventsAt(events, 1));
        }
        finally
        {
            Descriptor.Close(first);
            Descriptor.Close(second);
            Descriptor.Close(epoll);
        }
    }

    [Fact]
    public void Errors_come_back_as_negative_numbers()
    {
        Assert.Equal(-Errno.BadDescriptor, Epoll.AddDescriptor(-1, 0, Epoll.In, 0));
        byte one = 0;
        Assert.Equal(-Errno.BadDescriptor, Socket.Receive(-1, &one, 1));
        Assert.Equal(-Errno.BadDescriptor, Descriptor.Write(-1, &one, 1));
    }

    /// <summary>The first question the C program left open (docs/EPOLL.md).</summary>
    [Fact]
    public void After_a_one_shot_event_a_second_add_answers_EEXIST_and_modify_arms_again()
    {
        int epoll = Epoll.Create();
        int descriptor = Descriptor.CreateEvent();
        byte* events = stackalloc byte[4 * 16];
        try
        {
            Assert.Equal(0, Epoll.AddDescriptor(epoll, descriptor, Epoll.In | Epoll.OneShot, 1));
            Descriptor.Signal(descriptor);
            Assert.Equal(1, Epoll.Wait(epoll, events, 4, 1000));

            // Disarmed, though still readable and still registered.
            Assert.Equal(0, Epoll.Wait(epoll, events, 4, 20));
            Assert.Equal(-Errno.Exists, Epoll.AddDescriptor(epoll, descriptor, Epoll.In | Epoll.OneShot, 1));
            Assert.Equal(0, Epoll.Wait(epoll, events, 4, 20));

            Assert.Equal(0, Epoll.ModifyDescriptor(epoll, descriptor, Epoll.In | Epoll.OneShot, 1));
            Assert.Equal(1, Epoll.Wait(epoll, events, 4, 1000));
        }
        finally
        {
            Descriptor.Close(descriptor);
            Descriptor.Close(epoll);
        }
    }

    /// <summary>Disarmed, not even the end of the connection is reported.</summary>
    [Fact]
    public void A_disarmed_descriptor_does_not_report_a_hang_up()
    {
        int epoll = Epoll.Create();
        using SocketPair pair = new();
        byte* events = stackalloc byte[4 * 16];
        byte one = 1;
        try
        {
            Assert.Equal(0, Epoll.AddDescriptor(epoll, pair.First, Epoll.In | Epoll.ReadHangUp | Epoll.OneShot, 1));
            Assert.Equal(1, Socket.Send(pair.Second, &one, 1, 0));
            Assert.Equal(1, Epoll.Wait(epoll, events, 4, 1000));
            pair.CloseSecond();
            Assert.Equal(0, Epoll.Wait(epoll, events, 4, 20));
            Assert.Equal(0, Epoll.ModifyDescriptor(epoll, pair.First, Epoll.In | Epoll.ReadHangUp | Epoll.OneShot, 1));
            Assert.Equal(1, Epoll.Wait(epoll, events, 4, 1000));
            Assert.NotEqual(0u, Epoll.EventsAt(events, 0) & Epoll.ReadHangUp);
        }
        finally
        {
            Descriptor.Close(epoll);
        }
    }
}

using System.Collections.Generic;
using System.Runtime.InteropServices;

using Epollsrv.Engine;

using Xunit;
using Xunit.Sdk;

namespace Epollsrv.Tests.Unit.Engine;

/// <summary>The list of those that wait for the log, and what waits in a reply buffer.</summary>
public sealed unsafe class ReplyGateTests
{
    private const int Buffer = 1000;

    [Fact]
    public void No_order_of_moving_and_waiting_loses_a_wake_up()
        => Assert.InRange(Interleavings.Explore(new GateWorld(GateWorld.Mistake.None)), 1000, int.MaxValue);

    [Theory]
    [InlineData(GateWorld.Mistake.DoesNotLookAgain)]
    [InlineData(GateWorld.Mistake.LooksForWaitersBeforeItPublishes)]
    [InlineData(GateWorld.Mistake.CountsAfterTheBit)]
    [InlineData(GateWorld.Mistake.ForgetsTheWakeUpBeforeItWalks)]
    public void The_enumeration_finds_a_mistake(GateWorld.Mistake mistake)
        => Assert.ThrowsAny<XunitException>(() => Interleavings.Explore(new GateWorld(mistake)));

    [Fact]
    public void What_is_held_together_waits_for_the_highest_position_and_what_came_before_for_none()
    {
        byte* start = stackalloc byte[Buffer];
        ReplyMarks marks = default;
        marks.Begin(start);
        Assert.Equal(0, marks.Decide(start + 10, 0));
        Assert.True(marks.HeldFrom == null);
        marks.Raise(7);
        marks.Raise(5);
        Assert.Equal(7, marks.Decide(start + 20, 0));
        Assert.True(marks.HeldFrom == start + 10);
        marks.Raise(6);
        Assert.Equal(6, marks.Decide(start + 30, 0));
        Assert.Equal(0, marks.Decide(start + 40, 0));
        Assert.True(marks.HeldFrom == start + 10 && marks.Start == start + 40);
        Assert.Equal(7, marks.Position);
        Assert.Equal(7, marks.Highest);
        marks.Empty(start);
        Assert.True(marks.HeldFrom == null && marks.Start == start && marks.Position == 0);
    }

    [Fact]
    public void A_position_that_is_reached_already_holds_nothing()
    {
        byte* start = stackalloc byte[Buffer];
        ReplyMarks marks = default;
        marks.Begin(start);
        marks.Raise(7);
        Assert.Equal(7, marks.Decide(start + 10, 7));
        Assert.True(marks.HeldFrom == null);
        marks.Raise(8);
        _ = marks.Decide(start + 10, 7);
        Assert.True(marks.HeldFrom == null, "a request that wrote nothing holds nothing");
    }

    [Fact]
    public void Segments_of_the_present_request_are_raised_and_earlier_ones_are_not()
    {
        BufferPool pool = new(1 << 20);
        ConnectionSlot* slot = (ConnectionSlot*)NativeMemory.AllocZeroed(ConnectionSlot.Size);
        byte* start = stackalloc byte[Buffer];
        ReplyMarks marks = default;
        marks.Begin(start);
        _ = OutputQueue.Append(pool, slot, start, 10, 3);
        for (int i = 0; i < 3; i++)
        {
            OutputSegment* before = slot->OutputTail;
            _ = i == 1
                ? OutputQueue.AppendReference(pool, slot, start, 10, 1, &Release, 0, ReplyGate.Undecided)
                : OutputQueue.Append(pool, slot, start, 10, ReplyGate.Undecided);
            marks.NoteQueued(slot, before);
        }

        marks.Raise(9);
        Assert.Equal(9, marks.Decide(start, 0));
        List<long> positions = [];
        for (OutputSegment* segment = slot->OutputHead; segment != null; segment = segment->Next)
        {
            positions.Add(segment->Position);
        }

        Assert.Equal([3, 9, 9, 9], positions);
        OutputQueue.Clear(pool, slot);
        NativeMemory.Free(slot);
        Assert.Equal(0, pool.InUse);
    }

    private static void Release(BufferPool pool, nint owner)
    {
    }
}

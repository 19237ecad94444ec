using Xunit;

namespace Epollsrv.Tests.Unit.Engine;

/// <summary>
/// The life of one slot through two connections: every interleaving of a loop that admits, dispatches and walks over the slots (shedding,
/// the sweep over deadlines, a stop), of another walker (CLIENT KILL), of a thread that posts a message to the first connection, and of
/// two workers. Each step is one of the real transitions, or one of the steps of admitting and closing in the engine's order.
/// </summary>
public sealed class SlotLifeTests
{
    [Theory]
    [InlineData(SlotWorld.Walk.Kill)]
    [InlineData(SlotWorld.Walk.Sweep)]
    [InlineData(SlotWorld.Walk.Stop)]
    public void No_interleaving_closes_twice_makes_two_owners_or_loses_a_message(SlotWorld.Walk walk)
        => Assert.InRange(Interleavings.Explore(new SlotWorld(walk, SlotWorld.Mistake.None)), 1000, 10_000_000);

    [Theory]
    [InlineData(SlotWorld.Mistake.ClosesBare)]
    [InlineData(SlotWorld.Mistake.OpensBeforeItRegisters)]
    [InlineData(SlotWorld.Mistake.LeavesTheMailboxOpen)]
    [InlineData(SlotWorld.Mistake.DoesNotLookAtTheMailbox)]
    [InlineData(SlotWorld.Mistake.OpensTheMailboxBeforeItRegisters)]
    public void The_enumeration_finds(SlotWorld.Mistake mistake)
        => Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Interleavings.Explore(new SlotWorld(SlotWorld.Walk.Kill, mistake)));
}

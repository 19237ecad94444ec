using System;
using System.Runtime.InteropServices;

using Epollsrv.Engine;

using Xunit;

namespace Epollsrv.Tests.Unit.Engine;

/// <summary>The slot, and where each thread is. Generations stand for tokens, descriptors and buffers alike; 0 is none.</summary>
public sealed unsafe record SlotWorld(SlotWorld.Walk LoopWalk, SlotWorld.Mistake Made) : IInterleaved<SlotWorld>
{
    /// <summary>What a walk over the slots does to each connection.</summary>
    public enum Walk
    {
        Kill,
        Sweep,
        Stop,
    }

    /// <summary>Mistakes that the engine once had: the enumeration must find each.</summary>
    public enum Mistake
    {
        None,
        ClosesBare,
        OpensBeforeItRegisters,
        LeavesTheMailboxOpen,
        DoesNotLookAtTheMailbox,
        OpensTheMailboxBeforeItRegisters,
    }

    public static int Threads => 7;

    private const int Connections = 2;

    // The one message there is.
    private static readonly PostedMessage* _message = (PostedMessage*)NativeMemory.AllocZeroed((nuint)sizeof(PostedMessage));

    private ulong Word { get; init; } = Prepared();

    private nint Mailbox { get; init; }

    private uint Queued { get; init; }

    private uint Descriptor { get; init; }

    private uint Held { get; init; }

    private bool IsFree { get; init; } = true;

    // An event of the kernel that the loop has not dispatched.
    private uint Event { get; init; }

    private int Admitted { get; init; }

    // The kernel refuses the second connection's descriptor once.
    private bool WasRefused { get; init; }

    private LoopAt Loop { get; init; }

    private Walker Sweeper { get; init; } = new(0, false);

    private Walker Killer { get; init; } = new(0, false);

    private PosterAt Poster { get; init; }

    private uint PosterToken { get; init; }

    private Worker First { get; init; } = new(WorkerAt.Waits, 0);

    private Worker Second { get; init; } = new(WorkerAt.Waits, 0);

    private uint Killed { get; init; }

    private enum LoopAt
    {
        Waits,
        HasSlot,
        HasFilledIn,
        HasRegistered,
        HasOpened,
    }

    private enum PosterAt
    {
        Begins,
        HasChecked,
        HasPushed,
        FoundItStale,
        FoundTheNext,
        Ended,
    }

    private enum WorkerAt
    {
        Waits,
        Owns,
        TakesMail,
        GoesIdle,
        Closes,
        ClosesMailbox,
        Frees,
        ClosesDescriptor,
        ReturnsSlot,
    }

    public SlotWorld? Step(int thread) => thread switch
    {
        0 => Admit(),
        1 => Loop == LoopAt.Waits && Event != 0 ? Mark(Event, ConnectionState.Read) with { Event = 0 } : null,
        2 => Loop == LoopAt.Waits
            ? Go(Sweeper, LoopWalk, walker => this with { Sweeper = walker }, (world, walker) => world with { Sweeper = walker }) : null,
        3 => Go(Killer, Walk.Kill, walker => this with { Killer = walker }, (world, walker) => world with { Killer = walker }),
        4 => Post(),
        5 => Work(First, worker => this with { First = worker }),
        _ => Work(Second, worker => this with { Second = worker }),
    };

    public void Check()
    {
        int owners = (First.At != WorkerAt.Waits ? 1 : 0) + (Second.At != WorkerAt.Waits ? 1 : 0)
            + (Loop is not (LoopAt.Waits or LoopAt.HasOpened) ? 1 : 0);
        Assert.True(owners + (Queued != 0 ? 1 : 0) + (IsFree ? 1 : 0) <= 1, "a free slot, an owner and a queue entry exclude each other: "
            + this);
    }

    public void CheckEnd()
    {
        Assert.True(!HasMessage(Mailbox), "the message lies in the mailbox: " + this);
        Assert.True(Killed == 0 || !IsOpen || ConnectionState.Generation(Word) != Killed, "a kill was lost: " + this);
        Assert.True(IsFree ? Held == 0 && Descriptor == 0 : IsOpen && (uint)Word == 0, "neither free nor idle: " + this);
    }

    private bool IsOpen => Made == Mistake.ClosesBare ? Descriptor != 0 : ConnectionState.IsOpen(Word);

    private static ulong Prepared()
    {
        ulong word;
        ConnectionState.Prepare(&word);
        return word;
    }

    private static bool HasMessage(nint mailbox) => mailbox == (nint)_message;

    private SlotWorld? Admit()
    {
        ulong word = Word;
        uint next = ConnectionState.NextGeneration(&word);
        switch (Loop)
        {
            case LoopAt.Waits:
                return IsFree && Admitted < Connections ? this with { IsFree = false, Loop = LoopAt.HasSlot } : null;
            case LoopAt.HasSlot:
                bool early = Made == Mistake.OpensBeforeItRegisters;
                if (early)
                {
                    ConnectionState.Open(&word);
                }

                Assert.True(Held == 0 && Descriptor == 0 && !HasMessage(Mailbox), "the slot still belonged to somebody: " + this);
                nint mailbox = early || Made == Mistake.OpensTheMailboxBeforeItRegisters ? 0 : Mailbox;
                return this with
                {
                    Word = word,
                    Mailbox = mailbox,
                    Descriptor = next,
                    Held = next,
                    Loop = early ? LoopAt.HasRegistered
                    : LoopAt.HasFilledIn
                };
            case LoopAt.HasFilledIn when Admitted == 1 && !WasRefused:
                return this with { WasRefused = true, Descriptor = 0, Held = 0, IsFree = true, Loop = LoopAt.Waits };
            case LoopAt.HasFilledIn:
                // Only the first connection's peer ends it: the second stays, unless it is killed.
                return this with
                {
                    Event = Admitted == 0 ? next : 0,
                    Mailbox = Made == Mistake.OpensTheMailboxBeforeItRegisters ? Mailbox
                    : 0,
                    Loop = LoopAt.HasRegistered
                };
            case LoopAt.HasRegistered:
                ConnectionState.Open(&word);
                return this with { Word = word, Admitted = Admitted + 1, Loop = LoopAt.HasOpened };
            default:
                SlotWorld after = Mailbox != 0 && Made != Mistake.DoesNotLookAtTheMailbox ? Mark((uint)Admitted, ConnectionState.Posted)
                    : this;
                return after with { Loop = LoopAt.Waits };
        }
    }

    // Two steps: the token is read, then the connection marked.
    private SlotWorld? Go(Walker walker, Walk walk, Func<Walker, SlotWorld> with, Func<SlotWorld, Walker, SlotWorld> set)
    {
        if (walker.HasEnded)
        {
            return null;
        }

        if (walker.Token == 0)
        {
            bool skips = Admitted == 0 || !IsOpen || (walk == Walk.Sweep && (Word & ConnectionState.Scheduled) != 0);
            return skips ? (Admitted == Connections ? with(new Walker(0, true)) : null)
                : with(new Walker(ConnectionState.Generation(Word), false));
        }

        SlotWorld after = Mark(walker.Token, walk == Walk.Stop ? ConnectionState.Posted | ConnectionState.Read : ConnectionState.Closing);
        return set(after, new Walker(0, true));
    }

    private SlotWorld? Post()
    {
        switch (Poster)
        {
            case PosterAt.Begins:
                return Admitted == 1 && ConnectionState.Generation(Word) == 1 ? this with { Poster = PosterAt.HasChecked } : null;
            case PosterAt.HasChecked:
                ConnectionSlot slot = default;
                slot.Mailbox = (PostedMessage*)Mailbox;
                bool pushed = PostedMessage.Push(&slot, _message);
                return this with { Mailbox = (nint)slot.Mailbox, Poster = pushed ? PosterAt.HasPushed : PosterAt.Ended };
            case PosterAt.HasPushed:
                ulong word = Word;
                bool stale = ConnectionState.MarkReady(&word, 1, ConnectionState.Posted) == ConnectionState.Mark.Stale;
                return Mark(1, ConnectionState.Posted) with { Poster = stale ? PosterAt.FoundItStale : PosterAt.Ended };
            case PosterAt.FoundItStale:
                return IsOpen
                    ? this with { Poster = PosterAt.FoundTheNext, PosterToken = ConnectionState.Generation(Word) }
                    : this with { Poster = PosterAt.Ended };
            case PosterAt.FoundTheNext:
                return Mark(PosterToken, ConnectionState.Posted) with { Poster = PosterAt.Ended };
            default:
                return null;
        }
    }

    private SlotWorld Mark(uint generation, uint bits)
    {
        ulong word = Word;
        ConnectionState.Mark mark = ConnectionState.MarkReady(&word, generation, bits);
        if (mark == ConnectionState.Mark.Schedule)
        {
            Assert.True(Queued == 0, "queued twice: " + this);
            return this with { Word = word, Queued = generation, Killed = bits == ConnectionState.Closing ? generation : Killed };
        }

        return this with
        {
            Word = word,
            Killed = bits == ConnectionState.Closing && mark == ConnectionState.Mark.Merged ? generation
            : Killed
        };
    }

    private SlotWorld? Work(Worker worker, Func<Worker, SlotWorld> with)
    {
        ulong word = Word;
        ConnectionSlot slot = default;
        slot.Mailbox = (PostedMessage*)Mailbox;
        switch (worker.At)
        {
            case WorkerAt.Waits:
                return Queued != 0 ? with(new Worker(WorkerAt.Owns, Queued)) with { Queued = 0 } : null;
            case WorkerAt.Owns:
                Assert.True(ConnectionState.Generation(Word) == worker.Token, "a queue entry outlived its connection: " + this);
                uint bits = (uint)ConnectionState.TakeReadiness(&word);
                WorkerAt next = (bits & (ConnectionState.Closing | ConnectionState.Read)) != 0 ? WorkerAt.Closes
                    : (bits & ConnectionState.Posted) != 0 ? WorkerAt.TakesMail
                    : WorkerAt.GoesIdle;
                return with(worker with { At = next }) with { Word = word };
            case WorkerAt.TakesMail:
                _ = PostedMessage.TakeAll(&slot);
                return with(worker with { At = WorkerAt.GoesIdle }) with { Mailbox = (nint)slot.Mailbox };
            case WorkerAt.GoesIdle:
                bool idle = ConnectionState.TryGoIdle(&word);
                return with(idle ? new Worker(WorkerAt.Waits, 0) : worker with { At = WorkerAt.Owns }) with { Word = word };
            case WorkerAt.Closes:
                ConnectionState.Close(&word);
                word = Made == Mistake.ClosesBare ? (word & ~ConnectionState.Closed) >> 32 << 32 : word;
                return with(worker with { At = WorkerAt.ClosesMailbox }) with { Word = word };
            case WorkerAt.ClosesMailbox:
                _ = Made == Mistake.LeavesTheMailboxOpen ? PostedMessage.TakeAll(&slot) : PostedMessage.Close(&slot);
                return with(worker with { At = WorkerAt.Frees }) with { Mailbox = (nint)slot.Mailbox };
            case WorkerAt.Frees:
                Assert.True(Held == worker.Token, "freed twice, or another's: " + this);
                return with(worker with { At = WorkerAt.ClosesDescriptor }) with { Held = 0 };
            case WorkerAt.ClosesDescriptor:
                Assert.True(Descriptor == worker.Token, "closed twice, or another's: " + this);
                return with(worker with { At = WorkerAt.ReturnsSlot }) with { Descriptor = 0 };
            default:
                Assert.False(IsFree, "returned twice: " + this);
                return with(new Worker(WorkerAt.Waits, 0)) with { IsFree = true };
        }
    }

    private sealed record Walker(uint Token, bool HasEnded);

    private sealed record Worker(WorkerAt At, uint Token);
}

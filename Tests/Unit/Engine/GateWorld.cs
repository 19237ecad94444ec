using System.Numerics;

using Epollsrv.Engine;

using Xunit;

namespace Epollsrv.Tests.Unit.Engine;

/// <summary>
/// Two connections that become held while the log's position moves twice, and the loop that walks the list of those
/// that wait: the steps of <see cref="ReplyGate"/>. The first connection waits for position 1, the second for 2.
/// </summary>
public sealed unsafe record GateWorld(GateWorld.Mistake Made) : IInterleaved<GateWorld>
{
    /// <summary>Mistakes that the enumeration must find.</summary>
    public enum Mistake
    {
        None,
        DoesNotLookAgain,
        LooksForWaitersBeforeItPublishes,
        CountsAfterTheBit,
        ForgetsTheWakeUpBeforeItWalks,
    }

    public static int Threads => 4;

    private const int Moves = 2;

    private const uint Generation = 1;

    private long Durable { get; init; }

    // Position the log's thread is about to publish or has just published.
    private long Moving { get; init; } = 1;

    private bool MoverHasPublished { get; init; }

    private bool MoverSawWaiters { get; init; }

    private int Count { get; init; }

    private uint Bits { get; init; }

    private bool WakePending { get; init; }

    private Walk Loop { get; init; } = new(-1, 0, false);

    private Connection First { get; init; } = new(At.Flushes, ConnectionWord, 0, false);

    private Connection Second { get; init; } = new(At.Flushes, ConnectionWord, 0, false);

    private enum At
    {
        Flushes,
        Counts,
        SetsBit,
        TakesCountBack,
        LooksAgain,
        GoesIdle,
        Idle,
        ClearsBit,
        Uncounts,
        Ended,
    }

    private static ulong ConnectionWord => ((ulong)Generation << 32) | ConnectionState.Scheduled;

    public GateWorld? Step(int thread) => thread switch
    {
        0 => Own(First, 0),
        1 => Own(Second, 1),
        2 => Move(),
        _ => GoRound(),
    };

    public void Check()
    {
        if (Made != Mistake.CountsAfterTheBit)
        {
            Assert.True(Count >= BitOperations.PopCount(Bits), "fewer are counted than wait: " + this);
        }
    }

    public void CheckEnd()
    {
        Assert.True(First.At == At.Ended && Second.At == At.Ended, "held for ever although the position is reached: " + this);
        Assert.True(Count == 0 && Bits == 0, "still counted: " + this);
    }

    private static long Position(int index) => index + 1;

    private static uint Bit(int index) => 1u << index;

    private Connection Of(int index) => index == 0 ? First : Second;

    private GateWorld With(int index, Connection connection) => index == 0 ? this with { First = connection }
        : this with { Second = connection };

    private GateWorld? Own(Connection connection, int index)
    {
        ulong word = connection.Word;
        bool late = Made == Mistake.CountsAfterTheBit;
        switch (connection.At)
        {
            case At.Flushes:
                return Durable >= Position(index)
                    ? With(index, connection with { At = At.ClearsBit })
                    : With(index, connection with { At = late ? At.SetsBit : At.Counts, Until = Position(index) });
            case At.Counts:
                return With(index, connection with { At = late ? At.LooksAgain : At.SetsBit }) with { Count = Count + 1 };
            case At.SetsBit:
                bool was = (Bits & Bit(index)) != 0;
                At next = was ? (late ? At.LooksAgain : At.TakesCountBack) : late ? At.Counts : At.LooksAgain;
                return With(index, connection with { At = next }) with { Bits = Bits | Bit(index) };
            case At.TakesCountBack:
                return With(index, connection with { At = At.LooksAgain }) with { Count = Count - 1 };
            case At.LooksAgain:
                bool reached = Durable >= Position(index) && Made != Mistake.DoesNotLookAgain;
                return With(index, connection with { At = reached ? At.Flushes : At.GoesIdle });
            case At.GoesIdle:
                bool idle = ConnectionState.TryGoIdle(&word);
                if (!idle)
                {
                    _ = ConnectionState.TakeReadiness(&word);
                }

                return With(index, connection with { At = idle ? At.Idle : At.Flushes, Word = word });
            case At.Idle when connection.IsQueued:
                _ = ConnectionState.TakeReadiness(&word);
                return With(index, connection with { At = At.Flushes, Word = word, IsQueued = false });
            case At.ClearsBit:
                bool set = (Bits & Bit(index)) != 0;
                return With(index, connection with { At = set ? At.Uncounts : At.Ended }) with { Bits = Bits & ~Bit(index) };
            case At.Uncounts:
                return With(index, connection with { At = At.Ended }) with { Count = Count - 1 };
            default:
                return null;
        }
    }

    private GateWorld? Move()
    {
        if (Moving > Moves)
        {
            return null;
        }

        bool early = Made == Mistake.LooksForWaitersBeforeItPublishes;
        if (!MoverHasPublished)
        {
            return early
                ? this with { MoverSawWaiters = Count > 0, MoverHasPublished = true }
                : this with { Durable = Moving, MoverHasPublished = true };
        }

        bool wakes = early ? MoverSawWaiters : Count > 0;
        return this with { Durable = Moving, MoverHasPublished = false, Moving = Moving + 1, WakePending = WakePending || wakes };
    }

    // The walk looks at the position once, then at each connection in three steps.
    private GateWorld? GoRound()
    {
        if (Loop.Index < 0)
        {
            bool late = Made == Mistake.ForgetsTheWakeUpBeforeItWalks;
            return WakePending ? this with { WakePending = late, Loop = new Walk(0, Durable, false) } : null;
        }

        if (Loop.Index == Moves)
        {
            return this with { Loop = new Walk(-1, 0, false), WakePending = Made != Mistake.ForgetsTheWakeUpBeforeItWalks && WakePending };
        }

        Connection connection = Of(Loop.Index);
        if (!Loop.HasTaken)
        {
            bool takes = (Bits & Bit(Loop.Index)) != 0 && connection.Until <= Loop.Durable;
            return takes
                ? this with { Bits = Bits & ~Bit(Loop.Index), Loop = Loop with { HasTaken = true } }
                : this with { Loop = Loop with { Index = Loop.Index + 1 } };
        }

        if (!Loop.HasUncounted)
        {
            return this with { Count = Count - 1, Loop = Loop with { HasUncounted = true } };
        }

        ulong word = connection.Word;
        bool queue = ConnectionState.MarkReady(&word, Generation, ConnectionState.Write) == ConnectionState.Mark.Schedule;
        GateWorld next = With(Loop.Index, connection with { Word = word, IsQueued = connection.IsQueued || queue });
        return next with { Loop = new Walk(Loop.Index + 1, Loop.Durable, false) };
    }

    private sealed record Connection(At At, ulong Word, long Until, bool IsQueued);

    private sealed record Walk(int Index, long Durable, bool HasTaken)
    {
        public bool HasUncounted { get; init; }
    }
}

namespace Epollsrv.Protocol.Resp;

/// <summary>What one thread counted about one command; others read it in passing (aligned 64-bit stores are whole).</summary>
internal struct CommandStatistics
{
    /// <summary>Times it ran.</summary>
    public long Calls;

    /// <summary>Of those: how many <see cref="Nanoseconds"/> speaks of; the rest follows at the thread's next job.</summary>
    public long TimedCalls;

    /// <summary>Time it took: its share of the jobs it ran in (engine.md §7).</summary>
    public long Nanoseconds;

    /// <summary>Times it was refused before it ran.</summary>
    public long Rejected;

    /// <summary>Times it ran and answered with an error.</summary>
    public long Failed;
}
